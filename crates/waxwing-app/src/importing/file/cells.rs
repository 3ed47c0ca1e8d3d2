//! One row cut into cells (RFC 4180, read leniently: a quote inside an unquoted cell is a quote).

use super::RowFault;
use std::borrow::Cow;

/// Columns a row may have at most.
pub(crate) const MOST_COLUMNS: usize = 500;

const QUOTE: u8 = b'"';

/// The cells of a row as ranges of its text; unquoting is left to whoever wants the cell.
#[derive(Default, Debug)]
pub(crate) struct Cells {
    ranges: Vec<(u32, u32)>,
}

impl Cells {
    /// Cuts `row` at `delimiter`.
    pub(super) fn cut(&mut self, row: &str, delimiter: u8) -> Result<(), RowFault> {
        self.ranges.clear();
        let bytes = row.as_bytes();
        let mut start = 0;
        loop {
            let end = match bytes.get(start) {
                Some(&QUOTE) => quoted_cell(bytes, start, delimiter),
                _ => memchr::memchr(delimiter, &bytes[start..]).map_or(bytes.len(), |at| start + at),
            };
            if self.ranges.len() == MOST_COLUMNS {
                return Err(RowFault::Columns);
            }
            // A row is at most 256 KiB long, so its offsets fit.
            self.ranges.push((start as u32, end as u32));
            if end == bytes.len() {
                return Ok(());
            }
            start = end + 1;
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.ranges.len()
    }

    /// A cell of `row`, unquoted and without white space around it; empty where the row is short.
    pub(crate) fn get<'a>(&self, row: &'a str, column: usize) -> Cow<'a, str> {
        let Some(&(start, end)) = self.ranges.get(column) else { return Cow::Borrowed("") };
        unquote(row.get(start as usize..end as usize).unwrap_or_default())
    }

    /// All cells.
    pub(crate) fn all(&self, row: &str) -> Vec<String> {
        (0..self.len()).map(|column| self.get(row, column).into_owned()).collect()
    }
}

/// Where the cell that begins with the quote at `start` ends: at a delimiter or at the row's end.
fn quoted_cell(bytes: &[u8], start: usize, delimiter: u8) -> usize {
    let closing = closing_quote(bytes, start + 1).unwrap_or(bytes.len());
    memchr::memchr(delimiter, bytes.get(closing..).unwrap_or_default()).map_or(bytes.len(), |at| closing + at)
}

/// The quote that closes a cell whose content begins at `from`; doubled quotes stand for one.
fn closing_quote(bytes: &[u8], mut from: usize) -> Option<usize> {
    loop {
        let at = from + memchr::memchr(QUOTE, bytes.get(from..)?)?;
        if bytes.get(at + 1) != Some(&QUOTE) {
            return Some(at);
        }
        from = at + 2;
    }
}

fn unquote(cell: &str) -> Cow<'_, str> {
    let Some(inner) = cell.strip_prefix('"') else { return Cow::Borrowed(cell.trim()) };
    let closing = closing_quote(cell.as_bytes(), 1).unwrap_or(cell.len());
    let (inside, after) = (&inner[..closing - 1], cell.get(closing + 1..).unwrap_or_default());
    if !inside.contains('"') && after.trim().is_empty() {
        return Cow::Borrowed(inside.trim());
    }
    Cow::Owned(format!("{}{}", inside.replace("\"\"", "\""), after.trim_end()).trim().to_owned())
}

/// Where a row that begins at the start of `bytes` ends, when quotes are minded: the offset of the
/// line break outside quotes. `None`: not within these bytes.
pub(super) fn row_end(bytes: &[u8], delimiter: u8) -> Option<usize> {
    let mut at = 0;
    loop {
        if bytes.get(at) == Some(&QUOTE) {
            at = closing_quote(bytes, at + 1)? + 1;
        }
        at += memchr::memchr3(delimiter, b'\n', b'\r', bytes.get(at..)?)?;
        if bytes[at] != delimiter {
            return Some(at);
        }
        at += 1;
    }
}

/// Whether the rest of the file, `bytes`, ends inside a quoted cell.
pub(super) fn ends_in_quotes(bytes: &[u8], delimiter: u8) -> bool {
    let mut at = 0;
    loop {
        if bytes.get(at) == Some(&QUOTE) {
            match closing_quote(bytes, at + 1) {
                Some(closing) => at = closing + 1,
                None => return true,
            }
        }
        match memchr::memchr(delimiter, bytes.get(at..).unwrap_or_default()) {
            Some(next) => at += next + 1,
            None => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(row: &str) -> Vec<String> {
        let mut cells = Cells::default();
        cells.cut(row, b',').expect("few columns");
        cells.all(row)
    }

    #[test]
    fn cells_are_cut_and_unquoted() {
        for (row, expected) in [
            ("", vec![""]),
            ("a,b", vec!["a", "b"]),
            ("a,,", vec!["a", "", ""]),
            (" a , b ", vec!["a", "b"]),
            (r#""a,b",c"#, vec!["a,b", "c"]),
            (r#""say ""hi""",c"#, vec![r#"say "hi""#, "c"]),
            (r#""",c"#, vec!["", "c"]),
            (r#"a"b",c"#, vec![r#"a"b""#, "c"]),
            (r#""a"b,c"#, vec!["ab", "c"]),
            (r#""open,c"#, vec!["open,c"]),
            ("\"two\nlines\",c", vec!["two\nlines", "c"]),
        ] {
            assert_eq!(cut(row), expected, "{row:?}");
        }
    }

    #[test]
    fn a_short_row_has_empty_cells_at_its_end() {
        let mut cells = Cells::default();
        cells.cut("a", b',').expect("one column");
        assert_eq!((cells.len(), cells.get("a", 7)), (1, Cow::Borrowed("")));
    }

    #[test]
    fn a_row_with_too_many_columns_is_refused() {
        assert_eq!(Cells::default().cut(&",".repeat(MOST_COLUMNS), b','), Err(RowFault::Columns));
    }

    #[test]
    fn line_breaks_inside_quotes_do_not_end_a_row() {
        assert_eq!(row_end(b"a,\"b\r\nc\"\nd", b','), Some(8));
        assert_eq!(row_end(b"a,\"b\nc", b','), None);
        assert!(ends_in_quotes(b"a,\"b\nc", b','));
        assert!(!ends_in_quotes(b"a,\"b\"\"\nc\"", b','));
    }
}
