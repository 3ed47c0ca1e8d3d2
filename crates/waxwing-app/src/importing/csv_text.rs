//! CSV that people open in spreadsheets.

use std::borrow::Cow;

/// A cell that no spreadsheet runs: what begins like a formula gets an apostrophe in front
/// (OWASP, "CSV Injection"). A phone number in the form `+41446681800` is only digits and stays.
pub(super) fn neutral(cell: &str) -> Cow<'_, str> {
    let runs = match cell.bytes().next() {
        Some(b'=' | b'@' | b'\t' | b'\r' | b'\n') => true,
        Some(b'+' | b'-') => !cell[1..].bytes().all(|b| b.is_ascii_digit() || b == b'.'),
        // Full-width forms, which some spreadsheets read as the plain ones.
        _ => cell.starts_with(['＝', '＋', '－', '＠']),
    };
    if runs { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

/// One row as CSV (RFC 4180), its cells made harmless.
pub fn row<'a>(cells: impl IntoIterator<Item = &'a str>, into: &mut String) {
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            into.push(',');
        }
        quoted(&neutral(cell), into);
    }
    into.push_str("\r\n");
}

fn quoted(cell: &str, into: &mut String) {
    if !cell.contains(['"', ',', '\r', '\n', ';', '\t']) {
        return into.push_str(cell);
    }
    into.push('"');
    into.push_str(&cell.replace('"', "\"\""));
    into.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for cell in ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "\t=1", "\r=1", "＝1"] {
            assert_eq!(neutral(cell), format!("'{cell}"));
        }
        for cell in ["", "Ann", "ann@example.org", "+41446681800", "-12.5", "a=b"] {
            assert_eq!(neutral(cell), cell);
        }
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let mut text = String::new();
        row(["a", "b,c", "say \"hi\"", "two\nlines", ""], &mut text);
        assert_eq!(text, "a,\"b,c\",\"say \"\"hi\"\"\",\"two\nlines\",\r\n");
    }
}
