//! A draft as plain text and as fragments of HTML.
//!
//! Everything that facts or people gave is escaped; a gap shows as `[missing: …]`.

use super::{Block, Draft, Line, Piece};

impl Draft {
    /// The draft as plain text, headings underlined.
    pub fn text(&self) -> String {
        let mut out = format!("{}\n{}\n", self.title, "=".repeat(self.title.chars().count()));
        for section in &self.sections {
            out.push_str(&format!("\n{}\n{}\n", section.heading, "-".repeat(section.heading.chars().count())));
            section.blocks.iter().for_each(|block| block_text(&mut out, block));
        }
        out
    }

    /// The draft as HTML: a heading of level 1, headings of level 2, paragraphs and lists. No attribute but `class`.
    pub fn html(&self) -> String {
        let mut out = format!("<h1>{}</h1>\n", escape(&self.title));
        for section in &self.sections {
            out.push_str(&format!("<h2>{}</h2>\n", escape(&section.heading)));
            section.blocks.iter().for_each(|block| block_html(&mut out, block));
        }
        out
    }
}

fn block_text(out: &mut String, block: &Block) {
    match block {
        Block::Paragraph { line } => out.push_str(&format!("{}\n", line_text(line))),
        Block::List { items } => items.iter().for_each(|line| out.push_str(&format!("- {}\n", line_text(line)))),
        Block::Field { label, line } => out.push_str(&format!("{label}: {}\n", line_text(line))),
    }
}

fn line_text(line: &Line) -> String {
    line.iter().map(piece_text).collect()
}

fn piece_text(piece: &Piece) -> String {
    match piece {
        Piece::Fixed(text) | Piece::Fact(text) | Piece::Written(text) => text.clone(),
        Piece::Gap(what) => format!("[missing: {what}]"),
    }
}

fn block_html(out: &mut String, block: &Block) {
    match block {
        Block::Paragraph { line } => out.push_str(&format!("<p>{}</p>\n", line_html(line))),
        Block::List { items } => {
            let items: String = items.iter().map(|line| format!("<li>{}</li>", line_html(line))).collect();
            out.push_str(&format!("<ul>{items}</ul>\n"));
        }
        Block::Field { label, line } => {
            out.push_str(&format!("<p><strong>{}:</strong> {}</p>\n", escape(label), line_html(line)));
        }
    }
}

fn line_html(line: &Line) -> String {
    line.iter().map(piece_html).collect()
}

fn piece_html(piece: &Piece) -> String {
    match piece {
        Piece::Gap(_) => format!("<mark class=\"gap\">{}</mark>", escape(&piece_text(piece))),
        Piece::Fixed(text) | Piece::Fact(text) | Piece::Written(text) => escape(text).replace('\n', "<br>"),
    }
}

/// The five characters that HTML reads.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
