//! Cuts HTML and MJML into tags, text and comments, as far as the passes over content need it.
//!
//! Promise: the pieces, one after the other, are the input; it never fails and takes linear time.
//! Limit: it knows no tree and no error recovery. Nothing here decides what is safe; the sanitiser,
//! which has a full parser, does.

/// An attribute of an opening tag; the value keeps its entities.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Attribute<'a> {
    pub name: &'a str,
    pub value: &'a str,
}

/// One piece of markup.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Kind<'a> {
    Text,
    Open {
        name: String,
        attributes: Vec<Attribute<'a>>,
        closed: bool,
    },
    Close {
        name: String,
    },
    /// The text inside an element that holds no markup, such as `style`; its tags are pieces of their own.
    Raw {
        element: String,
    },
    Comment,
    /// An edge of a conditional comment; what it surrounds is cut like the rest.
    Condition,
    /// `<!doctype …>`, `<?…?>`.
    Declaration,
}

/// A piece with its source text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Piece<'a> {
    pub kind: Kind<'a>,
    pub text: &'a str,
    /// Inside `<!--[if …]>…<![endif]-->`: for most readers a comment.
    pub hidden: bool,
}

const RAW: &[&str] = &["style", "script", "title", "textarea", "mj-style", "mj-title", "mj-preview", "xmp", "iframe"];
/// Elements without content.
pub(crate) const VOID: &[&str] =
    &["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"];

/// All pieces of `source`.
pub(crate) fn pieces(source: &str) -> Vec<Piece<'_>> {
    let mut lexer = Lexer { source, at: 0, hidden: false, raw: None, found: Vec::new() };
    while lexer.at < source.len() {
        lexer.step();
    }
    lexer.found
}

struct Lexer<'a> {
    source: &'a str,
    at: usize,
    hidden: bool,
    raw: Option<String>,
    found: Vec<Piece<'a>>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    fn push(&mut self, kind: Kind<'a>, length: usize) {
        let text = &self.source[self.at..self.at + length];
        if text.is_empty() {
            return;
        }
        // To a parser, a conditional comment ends like any other, in a tag or a value just as well.
        if let Some(end) = comment_end(text).filter(|_| self.hidden && kind != Kind::Condition) {
            self.found.push(Piece { kind: Kind::Text, text: &text[..end], hidden: true });
            self.at += end;
            self.hidden = false;
            self.raw = None;
            return;
        }
        self.found.push(Piece { kind, text, hidden: self.hidden });
        self.at += length;
    }

    fn step(&mut self) {
        if let Some(element) = self.raw.take() {
            let length = raw_end(self.rest(), &element);
            self.push(Kind::Raw { element }, length);
            return;
        }
        let rest = self.rest();
        match rest.as_bytes() {
            [b'<', b'!', b'-', b'-', ..] => self.comment(),
            [b'<', b'!', ..] if rest.starts_with("<![endif]-->") => {
                self.hidden = false;
                self.push(Kind::Condition, "<![endif]-->".len());
            }
            [b'<', b'!' | b'?', ..] => self.push(Kind::Declaration, through(rest, ">")),
            [b'<', b'/', b, ..] if b.is_ascii_alphabetic() => {
                let name = element_name(&rest[2..]);
                let (_, length, _) = attributes(rest, 2 + name.len());
                self.push(Kind::Close { name }, length);
            }
            [b'<', b, ..] if b.is_ascii_alphabetic() => self.open(),
            _ => {
                let length = rest.bytes().skip(1).position(|b| b == b'<').map_or(rest.len(), |n| n + 1);
                self.push(Kind::Text, length);
            }
        }
    }

    fn comment(&mut self) {
        let rest = self.rest();
        if rest.starts_with("<!--[if")
            && let Some(end) = condition_end(rest)
        {
            let shown = ["<!-->", "<!-- -->", "-->"].into_iter().find(|edge| rest[end + 2..].starts_with(edge));
            self.push(Kind::Condition, end + 2 + shown.map_or(0, str::len));
            self.hidden = shown.is_none();
        } else if let Some(edge) = ["<!--<![endif]-->", "<!-- <![endif]-->"].into_iter().find(|e| rest.starts_with(e)) {
            self.hidden = false;
            self.push(Kind::Condition, edge.len());
        } else {
            let short = ["<!-->", "<!--->"].into_iter().find(|c| rest.starts_with(c)).map(str::len);
            let length = short.unwrap_or_else(|| 4 + comment_end(&rest[4..]).unwrap_or(rest.len() - 4));
            self.push(Kind::Comment, length);
        }
    }

    fn open(&mut self) {
        let rest = self.rest();
        let name = element_name(&rest[1..]);
        let (attributes, length, closed) = attributes(rest, 1 + name.len());
        if !closed && RAW.contains(&name.as_str()) {
            self.raw = Some(name.clone());
        }
        self.push(Kind::Open { name, attributes, closed }, length);
    }
}

/// Where the `]>` of a condition stands; conditions are short, and a search without end would not be linear.
fn condition_end(text: &str) -> Option<usize> {
    text.as_bytes().iter().take(200).zip(text.as_bytes().iter().skip(1)).position(|(&a, &b)| a == b']' && b == b'>')
}

/// The length up to and with the first end of a comment (HTML standard, §13.2.5.51 and following).
fn comment_end(text: &str) -> Option<usize> {
    let ends = text.match_indices("--").find(|(at, _)| {
        let after = &text[at + 2..];
        after.starts_with('>') || after.starts_with("!>")
    });
    ends.map(|(at, _)| at + if text[at + 2..].starts_with('>') { 3 } else { 4 })
}

/// The length up to and with `end`, or all.
fn through(text: &str, end: &str) -> usize {
    text.find(end).map_or(text.len(), |n| n + end.len())
}

fn element_name(text: &str) -> String {
    let end = text.find(|c: char| c.is_ascii_whitespace() || matches!(c, '>' | '/')).unwrap_or(text.len());
    text[..end].to_ascii_lowercase()
}

/// Where the closing tag of a raw element begins.
fn raw_end(text: &str, element: &str) -> usize {
    let mut at = 0;
    while let Some(step) = text[at..].find("</") {
        at += step;
        let name = text.as_bytes().get(at + 2..at + 2 + element.len());
        let after = text.as_bytes().get(at + 2 + element.len());
        let ends = after.is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/'));
        if ends && name.is_some_and(|n| n.eq_ignore_ascii_case(element.as_bytes())) {
            return at;
        }
        at += 2;
    }
    text.len()
}

/// The attributes of the tag at the start of `tag`, its length, and whether it ends in `/>`.
fn attributes(tag: &str, from: usize) -> (Vec<Attribute<'_>>, usize, bool) {
    let bytes = tag.as_bytes();
    let mut found = Vec::new();
    let mut at = from;
    loop {
        at += run(&bytes[at..], |b| b.is_ascii_whitespace());
        match bytes.get(at) {
            None => return (found, tag.len(), false),
            Some(b'>') => return (found, at + 1, bytes[at - 1] == b'/'),
            Some(b'/') => at += 1,
            Some(_) => at = attribute(tag, at, &mut found),
        }
    }
}

/// Reads one attribute at `at` and answers where it ends.
fn attribute<'a>(tag: &'a str, at: usize, found: &mut Vec<Attribute<'a>>) -> usize {
    let bytes = tag.as_bytes();
    let name_end = at + 1 + run(&bytes[at + 1..], |b| !b.is_ascii_whitespace() && !matches!(b, b'=' | b'>' | b'/'));
    let name = &tag[at..name_end];
    let equals = name_end + run(&bytes[name_end..], |b| b.is_ascii_whitespace());
    if bytes.get(equals) != Some(&b'=') {
        found.push(Attribute { name, value: "" });
        return name_end;
    }
    let start = equals + 1 + run(&bytes[equals + 1..], |b| b.is_ascii_whitespace());
    let (start, end, after) = match bytes.get(start) {
        Some(&quote @ (b'"' | b'\'')) => {
            let end = start + 1 + run(&bytes[start + 1..], |b| b != quote);
            (start + 1, end, (end + 1).min(tag.len()))
        }
        _ => {
            let end = start + run(&bytes[start..], |b| !b.is_ascii_whitespace() && b != b'>');
            (start, end, end)
        }
    };
    found.push(Attribute { name, value: &tag[start..end] });
    after
}

fn run(bytes: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|&b| !belongs(b)).unwrap_or(bytes.len())
}

/// Replaces the entities a serialiser writes, and numeric ones; others stay as they are.
pub(crate) fn decode_entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(12).position(|b| b == b';');
        match end.and_then(|end| entity(&rest[1..end]).map(|c| (c, end))) {
            Some((c, end)) => {
                out.push(c);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out + rest
}

fn entity(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn markup_is_cut_where_a_reader_would() {
        let source = "<!doctype html><p class=a title='x > y'>Hi &amp; <br/>you</p><style>a>b{}</style><!-- no --><!--[if mso]><td><![endif]-->";
        let kinds: Vec<String> = pieces(source).iter().map(|p| format!("{:?}", p.kind)).collect();
        let expected = [
            "Declaration",
            "Open { name: \"p\", attributes: [Attribute { name: \"class\", value: \"a\" }, Attribute { name: \"title\", value: \"x > y\" }], closed: false }",
            "Text",
            "Open { name: \"br\", attributes: [], closed: true }",
            "Text",
            "Close { name: \"p\" }",
            "Open { name: \"style\", attributes: [], closed: false }",
            "Raw { element: \"style\" }",
            "Close { name: \"style\" }",
            "Comment",
            "Condition",
            "Open { name: \"td\", attributes: [], closed: false }",
            "Condition",
        ];
        assert_eq!(kinds, expected);
        assert!(pieces(source)[11].hidden);
    }

    #[test]
    fn entities_are_read() {
        assert_eq!(
            decode_entities("a &amp;&lt;&nbsp;&#233;&#xe9; &unknown; & &#x110000;"),
            "a &<\u{a0}éé &unknown; & &#x110000;"
        );
    }

    proptest! {
        #[test]
        fn pieces_are_the_whole_input(source in "(?s)(<|>|!|--|\\[if|\\]>|<!\\[endif\\]-->|a|é|/|=|\"|'| |style|</style|\n){0,60}") {
            let whole: String = pieces(&source).iter().map(|p| p.text).collect();
            prop_assert_eq!(whole, source);
        }
    }
}
