//! Reading a message up to its final dot (RFC 5321 §4.5.2), and noticing what is wrong with it.
//!
//! Promise: only CR LF dot CR LF ends a message; a bare LF, a bare CR, a NUL or a line of more
//! than 1,000 bytes is a fault that refuses it, so a sender whose messages pass here cannot
//! smuggle a second one. Limit: a faulty or too large message is read to its end but not kept.

use memchr::{memchr, memchr2};

/// The longest line of a message with its CR LF, RFC 5321 §4.5.3.1.6.
const TEXT_LINE: usize = 1_000;

/// Why a message is refused after its final dot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Larger than announced by SIZE.
    TooLarge,
    /// A line end that is not CR LF, or a NUL.
    BareLineEnd,
    /// A line of more than 1,000 bytes.
    LongLine,
}

/// A message while it arrives.
#[derive(Debug)]
pub(crate) struct Body {
    kept: Vec<u8>,
    size: usize,
    limit: usize,
    keep: bool,
    /// The beginning of an over-long line has been eaten already.
    inside_long_line: bool,
    fault: Option<Fault>,
    done: bool,
}

impl Body {
    /// A message of at most `limit` bytes; with `keep` false it is only counted.
    pub(crate) fn new(limit: usize, keep: bool) -> Self {
        Self { kept: Vec::new(), size: 0, limit, keep, inside_long_line: false, fault: None, done: false }
    }

    /// Takes what it can of `input` and says how many bytes that were; the rest waits for more.
    pub(crate) fn feed(&mut self, input: &[u8]) -> usize {
        let mut taken = 0;
        while !self.done {
            let rest = &input[taken..];
            let Some(end) = memchr(b'\n', rest) else {
                return taken + self.long_line(rest);
            };
            self.line(&rest[..=end]);
            taken += end + 1;
        }
        taken
    }

    /// Whether the final dot was read.
    pub(crate) fn is_done(&self) -> bool {
        self.done
    }

    /// Bytes of the message so far, dots unstuffed.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// The message, or why it is refused.
    pub(crate) fn finish(self) -> Result<Vec<u8>, Fault> {
        match self.fault {
            None => Ok(self.kept),
            Some(fault) => Err(fault),
        }
    }

    /// Eats `rest`, which has no line end, once it is longer than a line may be.
    fn long_line(&mut self, rest: &[u8]) -> usize {
        if rest.len() < TEXT_LINE {
            return 0;
        }
        self.inside_long_line = true;
        self.blame(Fault::LongLine);
        self.append(rest);
        rest.len()
    }

    fn line(&mut self, line: &[u8]) {
        if self.inside_long_line {
            self.inside_long_line = false;
            return self.append(line);
        }
        if line == b".\r\n" {
            self.done = true;
            return;
        }
        self.check(line);
        self.append(line.strip_prefix(b".").unwrap_or(line));
    }

    fn check(&mut self, line: &[u8]) {
        let text = line.strip_suffix(b"\r\n");
        if text.is_none_or(|text| memchr2(b'\r', 0, text).is_some()) {
            self.blame(Fault::BareLineEnd);
        }
        if line.len() > TEXT_LINE {
            self.blame(Fault::LongLine);
        }
    }

    fn append(&mut self, bytes: &[u8]) {
        self.size = self.size.saturating_add(bytes.len());
        if self.size > self.limit {
            self.blame(Fault::TooLarge);
        }
        if self.keep && self.fault.is_none() {
            self.kept.extend_from_slice(bytes);
        }
    }

    /// The first fault is the one reported.
    fn blame(&mut self, fault: Fault) {
        if self.fault.is_none() {
            self.fault = Some(fault);
            self.kept = Vec::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &[u8]) -> (bool, usize, Result<Vec<u8>, Fault>) {
        let mut body = Body::new(10_000, true);
        let taken = body.feed(input);
        (body.is_done(), taken, body.finish())
    }

    #[test]
    fn a_stuffed_dot_loses_its_stuffing() {
        assert_eq!(read(b"a\r\n..b\r\n.\r\nQUIT"), (true, 11, Ok(b"a\r\n.b\r\n".to_vec())));
    }

    #[test]
    fn a_dot_between_bare_line_feeds_ends_nothing() {
        let (done, _, read) = read(b"a\r\n.\nMAIL FROM:<x@y.example>\r\n");
        assert!(!done);
        assert_eq!(read, Err(Fault::BareLineEnd));
    }

    #[test]
    fn a_bare_carriage_return_or_a_nul_is_a_fault() {
        assert_eq!(read(b"a\rb\r\n.\r\n").2, Err(Fault::BareLineEnd));
        assert_eq!(read(b"a\0b\r\n.\r\n").2, Err(Fault::BareLineEnd));
    }

    #[test]
    fn a_line_of_a_thousand_bytes_passes_and_one_more_does_not() {
        let line = |n: usize| [vec![b'x'; n - 2], b"\r\n.\r\n".to_vec()].concat();
        assert!(read(&line(1_000)).2.is_ok());
        assert_eq!(read(&line(1_001)).2, Err(Fault::LongLine));
    }

    #[test]
    fn a_line_without_end_is_eaten_and_its_end_is_no_final_dot() {
        let mut body = Body::new(10_000, true);
        assert_eq!(body.feed(&[b'x'; 5_000]), 5_000);
        assert_eq!(body.feed(b".\r\n.\r\n"), 6);
        assert!(body.is_done());
        assert_eq!(body.finish(), Err(Fault::LongLine));
    }

    #[test]
    fn too_many_bytes_are_counted_and_not_kept() {
        let mut body = Body::new(4, true);
        body.feed(b"abc\r\ndef\r\n.\r\n");
        assert_eq!((body.size(), body.finish()), (10, Err(Fault::TooLarge)));
    }

    #[test]
    fn the_cut_between_two_reads_does_not_matter() {
        let whole = b"a: b\r\n\r\n..x\r\ny\r\n.\r\n";
        for cut in 0..whole.len() {
            let mut body = Body::new(100, true);
            let taken = body.feed(&whole[..cut]);
            body.feed(&whole[taken..]);
            assert_eq!(body.finish(), Ok(b"a: b\r\n\r\n.x\r\ny\r\n".to_vec()), "cut at {cut}");
        }
    }
}
