//! Reports as a file: CSV with a line of names, or one JSON object a line (NDJSON).

use super::Wish;
use crate::{Error, Result};
use std::path::Path;

/// The largest file that is read, in bytes (64 MiB).
const LARGEST: u64 = 64 * 1024 * 1024;

/// Reads a file. Its columns or names are those of the API: `kind`, `class`, `message_id`, `email`, `campaign`, `at`,
/// `diagnostic`.
///
/// # Errors
/// [`Error::Invalid`] for `file`, with the line where one is wrong; its words are not repeated.
pub fn read(path: &Path) -> Result<Vec<Wish>> {
    let cannot = |error: std::io::Error| Error::invalid("file", format!("{} cannot be read: {error}", path.display()));
    if std::fs::metadata(path).map_err(cannot)?.len() > LARGEST {
        return Err(Error::invalid("file", "The file is larger than 64 MiB. Bring it in parts."));
    }
    let text = std::fs::read_to_string(path).map_err(cannot)?;
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with('{') { ndjson(text) } else { csv(text) }
}

fn ndjson(text: &str) -> Result<Vec<Wish>> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(at, line)| serde_json::from_str(line).map_err(|_| wrong(at + 1))).collect()
}

fn csv(text: &str) -> Result<Vec<Wish>> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    // The line of names is the first.
    reader.deserialize().enumerate().map(|(at, row)| row.map_err(|_| wrong(at + 2))).collect()
}

fn wrong(line: usize) -> Error {
    let names = "kind, class, message_id, email, campaign, at and diagnostic";
    Error::invalid("file", format!("Line {line} cannot be read. The names are {names}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Vec<Wish>> {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("reports");
        std::fs::write(&file, text).expect("writes");
        read(&file)
    }

    #[test]
    fn both_forms_say_the_same() {
        let csv = "kind,class,email\nbounce,hard,ada@example.org\ncomplaint,,eve@example.org\n";
        let lines = "{\"kind\":\"bounce\",\"class\":\"hard\",\"email\":\"ada@example.org\"}\n\n{\"kind\":\"complaint\",\"email\":\"eve@example.org\"}\n";
        for text in [csv, lines, &format!("\u{feff}{csv}")] {
            let read = read_text(text).unwrap_or_default();
            let said: Vec<_> =
                read.iter().map(|wish| (wish.kind.as_str(), wish.class.as_deref(), wish.email.as_deref())).collect();
            assert_eq!(
                said,
                [("bounce", Some("hard"), Some("ada@example.org")), ("complaint", None, Some("eve@example.org"))]
            );
        }
    }

    #[test]
    fn a_wrong_line_is_named_and_not_repeated() {
        for text in ["{\"kind\":\"bounce\"}\n{\"secret\":1}\n", "kind,email\nbounce\n", "kind,secret\nbounce,x\n"] {
            let Err(error) = read_text(text) else { panic!("{text} was read") };
            let said = error.to_string();
            assert!(said.contains("Line 2") && !said.contains("secret"), "{said}");
        }
        assert!(read(Path::new("/nowhere/at/all")).is_err());
    }
}
