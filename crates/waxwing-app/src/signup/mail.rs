//! The mails of sign-up. System mail: no tracking, no promotion, one thing to do.

use super::Form;
use crate::{Result, lists, settings};
use askama::Template;
use waxwing_crypto::SecretToken;
use waxwing_domain::{EmailAddress, HeaderText};
use waxwing_store::{StoreError, SystemMail, Tx};

/// What the mails say about sender and list.
pub(super) struct Facts {
    organisation: String,
    postal: String,
    list: String,
}

impl Facts {
    pub(super) async fn load(tx: &mut Tx, form: &Form) -> Result<Self> {
        let workspace = settings::load(tx).await?;
        let list = lists::shown_name(tx, form.list).await?;
        Ok(Self { organisation: super::organisation(tx).await?, postal: workspace.postal_address, list })
    }
}

#[derive(Template)]
#[template(path = "signup/pages/mail_confirm.html")]
struct ConfirmHtml<'a> {
    facts: &'a Facts,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "signup/pages/mail_confirm.txt", escape = "none")]
struct ConfirmText<'a> {
    facts: &'a Facts,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "signup/pages/mail_already.txt", escape = "none")]
struct AlreadyText<'a> {
    facts: &'a Facts,
}

/// "Confirm that it was you."
pub(super) fn confirm(facts: &Facts, to: &EmailAddress, public_url: &str, token: &SecretToken) -> Result<SystemMail> {
    let link = format!("{public_url}/confirm/{}", token.text());
    Ok(SystemMail {
        kind: "signup.confirm",
        to: to.clone(),
        subject: line(&format!("Confirm your subscription to {}", facts.list))?,
        text: render(&ConfirmText { facts, link: &link })?,
        html: Some(render(&ConfirmHtml { facts, link: &link })?),
    })
}

/// "You are subscribed already": said in the mailbox, never on the page.
pub(super) fn already(facts: &Facts, to: &EmailAddress) -> Result<SystemMail> {
    Ok(SystemMail {
        kind: "signup.already",
        to: to.clone(),
        subject: line(&format!("You are subscribed to {} already", facts.list))?,
        text: render(&AlreadyText { facts })?,
        html: None,
    })
}

fn line(text: &str) -> Result<HeaderText> {
    HeaderText::parse(text)
        .map_err(|_| StoreError::Damaged("a list's name that cannot stand in a subject line".into()).into())
}

fn render(template: &impl Template) -> Result<String> {
    template.render().map_err(|_| StoreError::Damaged("a mail of sign-up cannot be made".into()).into())
}
