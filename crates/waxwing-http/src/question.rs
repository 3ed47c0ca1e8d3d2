//! A question before an act that cannot be undone.
//!
//! It is asked in a dialog where there is script, and on a page of its own where there is none: the
//! button that leads to it is a link to that page with `data-opens="<id>"`. Both say the same.

use crate::Shell;
use askama::Template;

/// What is asked. Draw it with `ui::question` for a dialog, or as a [`QuestionPage`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Question {
    /// Names the dialog.
    pub id: &'static str,
    /// The question.
    pub title: String,
    /// What will happen, with its numbers.
    pub text: String,
    /// Where the form goes.
    pub action: String,
    /// Fields of the form that nobody sees.
    pub hidden: Vec<(&'static str, String)>,
    /// The button that does it.
    pub verb: &'static str,
    /// Where the page's other button leads.
    pub back: String,
}

/// A page that asks, for who has no script.
#[derive(Template)]
#[template(path = "question.html")]
pub struct QuestionPage {
    /// The frame.
    pub shell: Shell,
    /// What is asked.
    pub question: Question,
}

impl QuestionPage {
    /// The page of a question.
    pub fn new(shell: Shell, question: Question) -> Self {
        Self { shell: shell.titled(question.title.clone()), question }
    }
}
