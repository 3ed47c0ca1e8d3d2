//! The relaxed canonical forms of DKIM (RFC 6376 §3.4.2 and §3.4.4), each in one pass.

use memchr::memmem;

/// One header field of a message, by its parts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    pub name: &'a [u8],
    /// All after the colon, without the last CRLF.
    pub value: &'a [u8],
}

/// Splits a message into its fields and its body; a line that is no field is left out.
pub(super) fn split(message: &[u8]) -> (Vec<Field<'_>>, &[u8]) {
    let mut fields = Vec::with_capacity(24);
    let mut rest = message;
    loop {
        if let Some(body) = rest.strip_prefix(b"\r\n") {
            return (fields, body);
        }
        if rest.is_empty() {
            return (fields, rest);
        }
        let end = field_end(rest);
        let (field, after) = rest.split_at(end);
        let field = field.strip_suffix(b"\r\n").unwrap_or(field);
        if let Some(colon) = field.iter().position(|&b| b == b':') {
            fields.push(Field { name: field[..colon].trim_ascii_end(), value: &field[colon + 1..] });
        }
        rest = after;
    }
}

/// The length of the first field with its continuation lines and the last CRLF.
fn field_end(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(step) = memmem::find(&bytes[at..], b"\r\n") {
        at += step + 2;
        if !matches!(bytes.get(at), Some(b' ' | b'\t')) {
            return at;
        }
    }
    bytes.len()
}

/// Appends `name:value` in relaxed form, without CRLF.
pub(super) fn relaxed_field(field: Field<'_>, out: &mut Vec<u8>) {
    out.extend(field.name.iter().map(u8::to_ascii_lowercase));
    out.push(b':');
    let mut blank = false;
    let start = out.len();
    for &b in field.value {
        match b {
            b'\r' | b'\n' => {}
            b' ' | b'\t' => blank = true,
            _ => {
                if blank && out.len() > start {
                    out.push(b' ');
                }
                blank = false;
                out.push(b);
            }
        }
    }
}

/// The body in relaxed form: blanks at line ends and empty lines at the end go, runs of blanks become one.
///
/// A line of blanks only is an empty line, also among those at the end (`Line\r\n \r\n` is `Line\r\n`).
pub(super) fn relaxed_body(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 2);
    let mut empty_lines = 0;
    let mut rest = body;
    while !rest.is_empty() {
        let (line, after) = next_line(rest);
        let line = trim_end(line);
        if line.is_empty() {
            empty_lines += 1;
        } else {
            for _ in 0..empty_lines {
                out.extend_from_slice(b"\r\n");
            }
            empty_lines = 0;
            relaxed_line(line, &mut out);
            out.extend_from_slice(b"\r\n");
        }
        rest = after;
    }
    out
}

/// The first line without its CRLF, and what follows.
fn next_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    match memmem::find(bytes, b"\r\n") {
        Some(end) => (&bytes[..end], &bytes[end + 2..]),
        None => (bytes, &[]),
    }
}

fn trim_end(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|b| !matches!(b, b' ' | b'\t')).map_or(0, |last| last + 1);
    &line[..end]
}

/// Appends a line whose end holds no blank, with runs of blanks as one space.
fn relaxed_line(line: &[u8], out: &mut Vec<u8>) {
    // Nearly every line is relaxed already; without an early exit this check runs many bytes at once.
    let blank = |b: u8| b == b' ' || b == b'\t';
    let pairs = line.iter().zip(line.iter().skip(1));
    if !pairs.fold(line.contains(&b'\t'), |found, (&a, &b)| found | (blank(a) & blank(b))) {
        return out.extend_from_slice(line);
    }
    let mut rest = line;
    while let Some(at) = rest.iter().position(|&b| blank(b)) {
        out.extend_from_slice(&rest[..at]);
        out.push(b' ');
        let run = rest[at..].iter().position(|&b| !blank(b)).unwrap_or(rest.len() - at);
        rest = &rest[at + run..];
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_standard_holds() {
        // RFC 6376 §3.4.5.
        let message = b"A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\nD \t E\r\n\r\n\r\n";
        let (fields, body) = split(message);
        let mut out = Vec::new();
        for field in fields {
            relaxed_field(field, &mut out);
            out.extend_from_slice(b"\r\n");
        }
        assert_eq!(out, b"a:X\r\nb:Y Z\r\n");
        assert_eq!(relaxed_body(body), b" C\r\nD E\r\n");
    }

    #[test]
    fn bodies_end_as_the_standard_says() {
        for (body, relaxed) in [
            (&b""[..], &b""[..]),
            (b"\r\n", b""),
            (b" \r\n\t\r\n", b""),
            (b"Line\r\n \r\n", b"Line\r\n"),
            (b"Line\r\n \r\n\r\n\t \r\n", b"Line\r\n"),
            (b"Line", b"Line\r\n"),
            (b"a\r\n\r\n \r\nb\r\n", b"a\r\n\r\n\r\nb\r\n"),
            (b"a\rb\nc \t d\r\n", b"a\rb\nc d\r\n"),
            (b"a\r", b"a\r\r\n"),
        ] {
            assert_eq!(relaxed_body(body), relaxed, "{:?}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn a_message_without_body_or_headers_is_split() {
        assert!(split(b"").0.is_empty());
        assert_eq!(split(b"\r\nbody").1, b"body");
        let (fields, body) = split(b"A: b\r\n c");
        assert_eq!((fields.len(), fields[0].value, body), (1, &b" b\r\n c"[..], &b""[..]));
    }
}
