//! Reading a message up to its final dot (RFC 5321 §4.5.2), and noticing what is wrong with it.
//!
//! Promise: only CR LF dot CR LF ends a message; a bare LF, a bare CR, a NUL or a line of more than 1,000 bytes is a
//! fault. Limit: a too large message is read to its end but not kept; after any other fault nothing more is read, for
//! where a message ends is then a matter of opinion, and opinions are how a second message is smuggled.

use memchr::{memchr, memchr2};

/// The longest line of a message with its CR LF, RFC 5321 §4.5.3.1.6.
const TEXT_LINE: usize = 1_000;

/// Why a message is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Larger than announced by SIZE.
    TooLarge,
    /// A line end that is not CR LF, or a NUL.
    BareLineEnd,
    /// A line of more than 1,000 bytes.
    LongLine,
}

/// Where reading stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// More must come.
    More,
    /// The final dot was read.
    Done,
    /// It cannot be gone on with.
    Broken(Fault),
}

/// A message while it arrives.
#[derive(Debug)]
pub(super) struct Body {
    kept: Vec<u8>,
    size: usize,
    limit: usize,
}

impl Body {
    /// A message of at most `limit` bytes.
    pub(super) const fn new(limit: usize) -> Self {
        Self { kept: Vec::new(), size: 0, limit }
    }

    /// Takes whole lines of `input`; says how many bytes those were and where reading stands.
    pub(super) fn feed(&mut self, input: &[u8]) -> (usize, Progress) {
        let mut taken = 0;
        while let Some(end) = memchr(b'\n', &input[taken..]) {
            let line = &input[taken..=taken + end];
            taken += line.len();
            match self.line(line) {
                Progress::More => {}
                ended => return (taken, ended),
            }
        }
        let endless = input.len() - taken >= TEXT_LINE;
        (taken, if endless { Progress::Broken(Fault::LongLine) } else { Progress::More })
    }

    /// Bytes of the message so far, dots unstuffed.
    pub(super) const fn size(&self) -> usize {
        self.size
    }

    /// The message, unless it was too large.
    pub(super) fn finish(self) -> Result<Vec<u8>, Fault> {
        if self.size > self.limit { Err(Fault::TooLarge) } else { Ok(self.kept) }
    }

    fn line(&mut self, line: &[u8]) -> Progress {
        let Some(text) = line.strip_suffix(b"\r\n") else { return Progress::Broken(Fault::BareLineEnd) };
        if memchr2(b'\r', 0, text).is_some() {
            return Progress::Broken(Fault::BareLineEnd);
        }
        if line.len() > TEXT_LINE {
            return Progress::Broken(Fault::LongLine);
        }
        if text == b"." {
            return Progress::Done;
        }
        self.keep(line.strip_prefix(b".").unwrap_or(line));
        Progress::More
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.size = self.size.saturating_add(bytes.len());
        if self.size > self.limit {
            self.kept = Vec::new();
        } else {
            self.kept.extend_from_slice(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(input: &[u8]) -> (usize, Progress, Result<Vec<u8>, Fault>) {
        let mut body = Body::new(10_000);
        let (taken, progress) = body.feed(input);
        (taken, progress, body.finish())
    }

    #[test]
    fn a_stuffed_dot_loses_its_stuffing_and_what_follows_the_dot_is_left() {
        assert_eq!(read(b"a\r\n..b\r\n.\r\nQUIT"), (11, Progress::Done, Ok(b"a\r\n.b\r\n".to_vec())));
    }

    #[test]
    fn every_known_way_to_smuggle_an_end_breaks_the_message() {
        let ends: [&[u8]; 7] =
            [b"a\n.\n", b"a\n.\r\n", b"a\r\n.\n", b"a\r.\r\n", b"a\r\n.\r", b"a\r\n.\r.\r\n", b"a\r\n\0.\r\n"];
        for end in ends {
            let whole = [end, b"MAIL FROM:<x@y.example>\r\n"].concat();
            assert_eq!(read(&whole).1, Progress::Broken(Fault::BareLineEnd), "{}", end.escape_ascii());
        }
    }

    #[test]
    fn a_line_of_a_thousand_bytes_passes_and_one_more_does_not() {
        let line = |n: usize| [vec![b'x'; n - 2], b"\r\n.\r\n".to_vec()].concat();
        assert_eq!(read(&line(1_000)).1, Progress::Done);
        assert_eq!(read(&line(1_001)).1, Progress::Broken(Fault::LongLine));
        assert_eq!(read(&[b'x'; 5_000]).1, Progress::Broken(Fault::LongLine), "and one without an end neither");
    }

    #[test]
    fn too_many_bytes_are_counted_and_not_kept() {
        let mut body = Body::new(4);
        assert_eq!(body.feed(b"abc\r\ndef\r\n.\r\n").1, Progress::Done);
        assert_eq!((body.size(), body.finish()), (10, Err(Fault::TooLarge)));
    }

    proptest! {
        /// Wherever the network cuts the stream, the same message comes out, and nothing after the dot is eaten.
        #[test]
        fn the_cuts_between_reads_do_not_matter(
            lines in prop::collection::vec("[ -~]{0,40}", 0..12), cuts in prop::collection::vec(0usize..600, 0..6)
        ) {
            let text: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
            let stuffed: String = lines.iter().map(|line| if line.starts_with('.') { format!(".{line}\r\n") } else { format!("{line}\r\n") }).collect();
            let wire = format!("{stuffed}.\r\nQUIT\r\n").into_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(wire.len())).collect();
            cuts.sort_unstable();
            cuts.push(wire.len());
            let (mut body, mut start) = (Body::new(100_000), 0);
            let mut end = Progress::More;
            for cut in cuts {
                if end == Progress::More && cut > start {
                    let (taken, progress) = body.feed(&wire[start..cut]);
                    (start, end) = (start + taken, progress);
                }
            }
            prop_assert_eq!(end, Progress::Done);
            prop_assert_eq!(&wire[start..], b"QUIT\r\n");
            prop_assert_eq!(body.finish().expect("small"), text.into_bytes());
        }
    }
}
