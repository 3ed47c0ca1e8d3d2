//! What kind of file this is: encoding and delimiter, found out from its bytes.

use super::{Cells, FileProblem, Rows};
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use serde::{Deserialize, Serialize};

/// How much of a file's beginning is looked at, in bytes.
pub(crate) const SNIFFED: usize = 256 * 1024;
/// Rows looked at for the delimiter.
const ROWS: usize = 25;
/// In the order of preference where the rows speak for none.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How the bytes of a file become rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Form {
    /// The encoding of the text; kept by its name in the Encoding Standard.
    #[serde(with = "by_name")]
    pub encoding: &'static Encoding,
    /// What stands between cells.
    pub delimiter: u8,
}

impl Form {
    /// The delimiter in a word.
    pub(crate) const fn delimiter_name(&self) -> &'static str {
        match self.delimiter {
            b';' => "semicolon",
            b'\t' => "tab",
            b'|' => "vertical bar",
            _ => "comma",
        }
    }
}

mod by_name {
    use encoding_rs::Encoding;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    pub(super) fn serialize<S: Serializer>(encoding: &&'static Encoding, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(encoding.name())
    }
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<&'static Encoding, D::Error> {
        let name = String::deserialize(from)?;
        Encoding::for_label(name.as_bytes()).ok_or_else(|| D::Error::custom("an unknown encoding"))
    }
}

/// Watches the bytes of a file go by.
pub(crate) struct Sniffer {
    head: Vec<u8>,
    detector: EncodingDetector,
}

impl Sniffer {
    /// Has seen nothing.
    pub(crate) fn new() -> Self {
        Self { head: Vec::new(), detector: EncodingDetector::new(Iso2022JpDetection::Deny) }
    }

    /// Sees the next bytes.
    pub(crate) fn see(&mut self, bytes: &[u8]) {
        let room = SNIFFED.saturating_sub(self.head.len());
        self.head.extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.detector.feed(bytes, false);
    }

    /// The form, once all bytes were seen.
    pub(crate) fn form(mut self) -> Result<Form, FileProblem> {
        if self.head.iter().all(u8::is_ascii_whitespace) {
            return Err(FileProblem::Empty);
        }
        refuse_known(&self.head)?;
        let encoding = self.encoding()?;
        let delimiter = delimiter(&self.head, encoding);
        Ok(Form { encoding, delimiter })
    }

    fn encoding(&mut self) -> Result<&'static Encoding, FileProblem> {
        if let Some((encoding, _)) = Encoding::for_bom(&self.head) {
            return Ok(encoding);
        }
        if let Some(encoding) = utf16_without_mark(&self.head) {
            return Ok(encoding);
        }
        refuse_binary(&self.head)?;
        // Where the beginning speaks for UTF-8, single wrong bytes later are faults of their rows.
        if !self.head.is_ascii() && is_utf8_so_far(&self.head) {
            return Ok(UTF_8);
        }
        self.detector.feed(b"", true);
        Ok(self.detector.guess(None, Utf8Detection::Allow))
    }
}

/// Files that people take for CSV, by their first bytes.
fn refuse_known(head: &[u8]) -> Result<(), FileProblem> {
    let known: [(&[u8], &str); 7] = [
        (b"PK\x03\x04", "a spreadsheet (.xlsx, .ods) or a zip archive"),
        (b"\xd0\xcf\x11\xe0", "an old spreadsheet (.xls)"),
        (b"%PDF", "a PDF"),
        (b"\x1f\x8b", "a gzip archive"),
        (b"{\\rtf", "a rich text document"),
        (b"SQLite format 3\0", "a database"),
        (b"\x7fELF", "a program"),
    ];
    match known.iter().find(|(magic, _)| head.starts_with(magic)) {
        Some((_, kind)) => Err(FileProblem::Kind(kind)),
        None => Ok(()),
    }
}

/// In UTF-16 most text has a zero in every second byte.
fn utf16_without_mark(head: &[u8]) -> Option<&'static Encoding> {
    let pairs = head.len() / 2;
    let zeros = |odd: usize| head.iter().skip(odd).step_by(2).filter(|&&byte| byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    match () {
        () if pairs < 2 => None,
        () if odd * 10 > pairs * 4 && even * 20 < pairs => Some(UTF_16LE),
        () if even * 10 > pairs * 4 && odd * 20 < pairs => Some(UTF_16BE),
        () => None,
    }
}

/// Text has hardly any control characters; a few are left to be faults of their rows.
fn refuse_binary(head: &[u8]) -> Result<(), FileProblem> {
    let control = head.iter().filter(|&&b| b < b' ' && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0c)).count();
    if control * 20 > head.len() { Err(FileProblem::Binary) } else { Ok(()) }
}

/// Whether the bytes are UTF-8 but for a few wrong ones; the last character may be cut.
fn is_utf8_so_far(head: &[u8]) -> bool {
    let (mut good, mut wrong) = (0, 0);
    for chunk in head.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        wrong += usize::from(!chunk.invalid().is_empty());
    }
    wrong * 20 <= good
}

/// The delimiter that cuts the first rows into the same number of cells, and into most of them.
fn delimiter(head: &[u8], encoding: &'static Encoding) -> u8 {
    let score = |delimiter: u8| score(head, &Form { encoding, delimiter });
    let best = DELIMITERS.iter().rev().max_by_key(|&&delimiter| score(delimiter));
    best.copied().unwrap_or(b',')
}

/// Rows that have as many cells as the first, then that number; nothing for a single column.
fn score(head: &[u8], form: &Form) -> (usize, usize) {
    let mut rows = Rows::new(head, form);
    let mut counts = Vec::new();
    while counts.len() < ROWS {
        match rows.next() {
            Ok(Some(row)) => counts.push(row.cells.map_or(0, Cells::len)),
            Ok(None) | Err(_) => break,
        }
    }
    let first = counts.first().copied().unwrap_or(0);
    if first < 2 {
        return (0, 0);
    }
    (counts.iter().filter(|&&count| count == first).count(), first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(bytes: &[u8]) -> Result<(&'static str, u8), FileProblem> {
        let mut sniffer = Sniffer::new();
        bytes.chunks(7).for_each(|piece| sniffer.see(piece));
        sniffer.form().map(|form| (form.encoding.name(), form.delimiter))
    }

    #[test]
    fn delimiters_are_recognised() {
        for (text, delimiter) in [
            ("email,name\na@b.example,\"x;y\"\n", b','),
            ("email;name\na@b.example;Müller, Ann\nb@b.example;Meier, Bob\n", b';'),
            ("email\tname\na@b.example\tx\n", b'\t'),
            ("email|name\na@b.example|x\n", b'|'),
            ("email\na@b.example\n", b','),
        ] {
            assert_eq!(form(text.as_bytes()).map(|f| f.1), Ok(delimiter), "{text}");
        }
    }

    #[test]
    fn encodings_are_recognised_with_and_without_a_mark() {
        let text = "email,name\njuerg@b.example,Jürg Müßig\nrene@b.example,René Brûlé\n";
        let utf16 = |to: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(to).collect::<Vec<u8>>();
        let (little, big) = (utf16(u16::to_le_bytes), utf16(u16::to_be_bytes));
        let latin: Vec<u8> = text.chars().map(|c| c as u8).collect();
        for (bytes, name) in [
            (text.as_bytes().to_vec(), "UTF-8"),
            ([b"\xef\xbb\xbf", text.as_bytes()].concat(), "UTF-8"),
            ([b"\xff\xfe", &little[..]].concat(), "UTF-16LE"),
            ([b"\xfe\xff", &big[..]].concat(), "UTF-16BE"),
            (little, "UTF-16LE"),
            (big, "UTF-16BE"),
            (latin, "windows-1252"),
        ] {
            assert_eq!(form(&bytes), Ok((name, b',')), "{name}");
        }
    }

    #[test]
    fn a_wrong_byte_does_not_make_a_utf8_file_something_else() {
        let mut bytes = "name\nJürg\n".repeat(100).into_bytes();
        bytes.extend(b"\xff\n");
        assert_eq!(form(&bytes).map(|f| f.0), Ok("UTF-8"));
    }

    #[test]
    fn what_is_no_text_is_refused_by_name() {
        assert_eq!(form(b""), Err(FileProblem::Empty));
        assert_eq!(form(b" \r\n\n"), Err(FileProblem::Empty));
        assert!(matches!(form(b"PK\x03\x04rest"), Err(FileProblem::Kind(_))));
        assert!(matches!(form(b"%PDF-1.7"), Err(FileProblem::Kind(_))));
        let noise: Vec<u8> = (0..4_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        assert_eq!(form(&noise), Err(FileProblem::Binary));
    }
}
