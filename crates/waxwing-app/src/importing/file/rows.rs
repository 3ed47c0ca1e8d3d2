//! Rows of a decoded stream, with their lines, their place and their faults.

use super::cells::{Cells, ends_in_quotes, row_end};
use super::sniff::Form;
use super::{FileProblem, RowFault};
use encoding_rs::{CoderResult, Decoder};
use std::io::Read;

/// The longest row, in bytes of decoded text.
pub(crate) const LONGEST_ROW: usize = 256 * 1024;
/// Bytes taken from the source at a time.
const PIECE: usize = 64 * 1024;

/// A row: its text, and its cells or why there are none.
pub(crate) struct Row<'a> {
    /// The line on which it begins, counted from 1.
    pub line: u64,
    /// Its text, without the line break at its end; of a line that is too long, its beginning.
    pub text: &'a str,
    /// Its cells.
    pub cells: Result<&'a Cells, RowFault>,
}

/// Reads rows.
pub(crate) struct Rows<R> {
    source: R,
    decoder: Decoder,
    delimiter: u8,
    /// Decoded text; the unread part begins at `at`.
    text: String,
    at: usize,
    /// How much decoded text lies before `text`.
    before: u64,
    line: u64,
    ended: bool,
    piece: Box<[u8]>,
    taken: u64,
    cells: Cells,
}

/// What lies at the reading mark.
enum Found {
    /// A row up to this offset, in need of so many bytes.
    Row(usize),
    /// A fault that costs one line, which ends there.
    Fault(usize, RowFault),
    /// A line that does not end within the longest row.
    Endless,
    /// More text is needed.
    More,
    /// Nothing follows.
    End,
}

impl<R: Read> Rows<R> {
    /// Reads `source` as text of this form. The byte order mark is skipped.
    pub(crate) fn new(source: R, form: &Form) -> Self {
        Self {
            source,
            decoder: form.encoding.new_decoder_with_bom_removal(),
            delimiter: form.delimiter,
            text: String::with_capacity(2 * LONGEST_ROW),
            at: 0,
            before: 0,
            line: 1,
            ended: false,
            piece: vec![0; PIECE].into_boxed_slice(),
            taken: 0,
            cells: Cells::default(),
        }
    }

    /// How much decoded text was handed out, in bytes: grows with every row and is the same
    /// whenever the file is read again.
    pub(crate) fn place(&self) -> u64 {
        self.before + self.at as u64
    }

    /// Bytes taken from the source, for showing how far the reading is.
    pub(crate) fn taken(&self) -> u64 {
        self.taken
    }

    /// The next row that is not empty; none at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Row<'_>>, FileProblem> {
        loop {
            self.skip_breaks();
            match self.find() {
                Found::Row(end) => return Ok(Some(self.row(end))),
                Found::Fault(end, fault) => return Ok(Some(self.fault(end, fault))),
                Found::Endless => return self.endless().map(Some),
                Found::More => self.fill()?,
                Found::End => return Ok(None),
            }
        }
    }

    /// Skips line breaks and counts lines: CRLF, LF and CR alike.
    fn skip_breaks(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(byte @ (b'\n' | b'\r')) = bytes.get(self.at) {
            // CRLF is one break, counted at its LF; a CR at the very end of the buffer waits for more.
            if *byte == b'\r' && self.at + 1 == bytes.len() && !self.ended {
                return;
            }
            if *byte == b'\n' || bytes.get(self.at + 1) != Some(&b'\n') {
                self.line += 1;
            }
            self.at += 1;
        }
    }

    fn find(&self) -> Found {
        let rest = &self.text.as_bytes()[self.at..];
        if rest.is_empty() {
            return if self.ended { Found::End } else { Found::More };
        }
        if rest == b"\r" && !self.ended {
            return Found::More;
        }
        let line = memchr::memchr2(b'\n', b'\r', rest);
        let plain = line.filter(|&end| memchr::memchr(b'"', &rest[..end]).is_none());
        let end = plain.or_else(|| row_end(rest, self.delimiter));
        match end {
            Some(end) if end <= LONGEST_ROW => Found::Row(self.at + end),
            _ if rest.len() <= LONGEST_ROW && !self.ended => Found::More,
            None if self.ended && rest.len() <= LONGEST_ROW && !ends_in_quotes(rest, self.delimiter) => {
                Found::Row(self.text.len())
            }
            _ => match line.or(self.ended.then_some(rest.len())) {
                Some(end) if end <= LONGEST_ROW => Found::Fault(self.at + end, RowFault::Quote),
                _ => Found::Endless,
            },
        }
    }

    fn row(&mut self, end: usize) -> Row<'_> {
        let (start, line) = (self.at, self.line);
        self.pass(end);
        let text = &self.text[start..end];
        let cells = self.cells.cut(text, self.delimiter).and_then(|()| clean(text));
        Row { line, text, cells: cells.map(|()| &self.cells) }
    }

    fn fault(&mut self, end: usize, fault: RowFault) -> Row<'_> {
        let (start, line) = (self.at, self.line);
        self.pass(end);
        Row { line, text: &self.text[start..end], cells: Err(fault) }
    }

    /// Moves the mark to `end`, counting the line breaks that a quoted cell holds.
    fn pass(&mut self, end: usize) {
        let bytes = &self.text.as_bytes()[self.at..end];
        let mut breaks = memchr::memchr2_iter(b'\n', b'\r', bytes).peekable();
        while let Some(at) = breaks.next() {
            if bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n') {
                breaks.next();
            }
            self.line += 1;
        }
        self.at = end;
    }

    /// Hands out the beginning of a line that is too long, and drops the rest of it.
    fn endless(&mut self) -> Result<Row<'_>, FileProblem> {
        let line = self.line;
        let shown: String = self.text[self.at..].chars().take(1_000).collect();
        loop {
            match memchr::memchr2(b'\n', b'\r', &self.text.as_bytes()[self.at..]) {
                Some(end) => {
                    self.at += end;
                    break;
                }
                None => {
                    self.at = self.text.len();
                    if self.ended {
                        break;
                    }
                    self.fill()?;
                }
            }
        }
        // The shown beginning goes into the read part of the buffer, which nobody else looks at.
        self.before += self.at as u64;
        self.text.drain(..self.at);
        self.text.insert_str(0, &shown);
        self.at = shown.len();
        self.before -= self.at as u64;
        Ok(Row { line, text: &self.text[..self.at], cells: Err(RowFault::TooLong) })
    }

    /// Takes another piece from the source.
    fn fill(&mut self) -> Result<(), FileProblem> {
        self.before += self.at as u64;
        self.text.drain(..self.at);
        self.at = 0;
        let count = self.source.read(&mut self.piece).map_err(|e| FileProblem::Copy(e.to_string()))?;
        self.taken += count as u64;
        self.ended = count == 0;
        let mut bytes = &self.piece[..count];
        loop {
            // Each byte becomes at most three bytes of UTF-8, and what the decoder held back a few more.
            self.text.reserve(3 * bytes.len() + 16);
            let (result, read, _) = self.decoder.decode_to_string(bytes, &mut self.text, self.ended);
            bytes = &bytes[read..];
            if result == CoderResult::InputEmpty {
                return Ok(());
            }
        }
    }
}

/// Refuses text that is no text.
fn clean(text: &str) -> Result<(), RowFault> {
    if memchr::memchr(0, text.as_bytes()).is_some() {
        return Err(RowFault::Nul);
    }
    // U+FFFD stands where bytes could not be decoded; 0xEF begins it in UTF-8.
    if memchr::memchr(0xef, text.as_bytes()).is_some() && text.contains('\u{fffd}') {
        return Err(RowFault::Encoding);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Seen = (u64, Result<Vec<String>, RowFault>);

    /// A source that gives so many bytes at a time.
    struct Slow<'a>(&'a [u8], usize);
    impl Read for Slow<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let count = self.0.len().min(self.1).min(into.len());
            into[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn form() -> Form {
        Form { encoding: encoding_rs::UTF_8, delimiter: b',' }
    }

    fn read(bytes: &[u8], piece: usize) -> Vec<Seen> {
        let mut rows = Rows::new(Slow(bytes, piece), &form());
        let mut seen = Vec::new();
        let mut place = 0;
        while let Some(row) = rows.next().expect("memory does not fail") {
            seen.push((row.line, row.cells.map(|cells| cells.all(row.text))));
            assert!(rows.place() > place, "the place grows");
            place = rows.place();
        }
        seen
    }

    fn row(line: u64, cells: &[&str]) -> Seen {
        (line, Ok(cells.iter().map(|&c| c.to_owned()).collect()))
    }

    #[test]
    fn rows_carry_the_line_they_begin_on_whatever_ends_the_lines() {
        let text = b"\xef\xbb\xbfa,b\r\nc,d\n\n\"e\r\nf\",g\rh,i";
        let expected = [row(1, &["a", "b"]), row(2, &["c", "d"]), row(4, &["e\r\nf", "g"]), row(6, &["h", "i"])];
        for piece in [1, 2, 3, 7, 1_000] {
            assert_eq!(read(text, piece), expected, "{piece} bytes at a time");
        }
    }

    #[test]
    fn an_unclosed_quote_costs_its_own_line_only() {
        let expected = [row(1, &["a"]), (2, Err(RowFault::Quote)), row(3, &["c"]), row(4, &["d"])];
        assert_eq!(read(b"a\n\"b\nc\nd\n", 3), expected);
        let mut long = b"a\n\"b\nc\n".to_vec();
        long.extend(b"x,y\n".repeat(LONGEST_ROW / 2));
        let seen = read(&long, 60_000);
        assert_eq!(seen[..3], [row(1, &["a"]), (2, Err(RowFault::Quote)), row(3, &["c"])]);
        assert_eq!(seen.len(), 3 + LONGEST_ROW / 2);
    }

    #[test]
    fn an_endless_line_is_dropped_without_being_kept() {
        let mut text = b"a\n".to_vec();
        text.extend(vec![b'x'; 3 * LONGEST_ROW]);
        text.extend(b"\nb\n");
        let mut rows = Rows::new(&text[..], &form());
        assert_eq!(rows.next().expect("reads").map(|r| r.line), Some(1));
        let endless = rows.next().expect("reads").expect("a row");
        assert_eq!((endless.line, endless.text.len(), endless.cells.err()), (2, 1_000, Some(RowFault::TooLong)));
        assert!(rows.text.capacity() < 3 * LONGEST_ROW, "{}", rows.text.capacity());
        assert_eq!(rows.next().expect("reads").map(|r| (r.line, r.text.to_owned())), Some((3, "b".to_owned())));
        assert_eq!(rows.place() as usize, text.len() - 1);
    }

    #[test]
    fn zero_bytes_and_undecodable_bytes_are_faults_of_their_row() {
        let expected = [row(1, &["a"]), (2, Err(RowFault::Nul)), (3, Err(RowFault::Encoding)), row(4, &["d"])];
        assert_eq!(read(b"a\nb\0\n\xffc\nd", 100), expected);
    }

    #[test]
    fn other_encodings_are_read() {
        let utf16: Vec<u8> = "é,ü\nŁ,b\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let form = Form { encoding: encoding_rs::UTF_16LE, delimiter: b',' };
        let mut rows = Rows::new(Slow(&utf16, 3), &form);
        let first = rows.next().expect("reads").map(|r| r.text.to_owned());
        let second = rows.next().expect("reads").map(|r| r.text.to_owned());
        assert_eq!((first.as_deref(), second.as_deref()), (Some("é,ü"), Some("Ł,b")));
    }

    proptest! {
        #[test]
        fn the_same_rows_are_read_in_any_pieces(bytes in proptest::collection::vec(prop_oneof![
            Just(b'"'), Just(b','), Just(b'\n'), Just(b'\r'), Just(b'a'), Just(0xc3u8), Just(0xa9u8), Just(0u8)
        ], 0..200), piece in 1usize..20) {
            prop_assert_eq!(read(&bytes, piece), read(&bytes, 1_000));
        }
    }
}
