//! The newest checkpoint by mail to a mailbox outside, once a day.
//!
//! Promise: whoever keeps these mails can show later that entries were changed or lost since. Limit:
//! a mailbox that the same thief can empty is no outside memory.

use crate::{App, Error, Result, settings};
use serde_json::json;
use waxwing_domain::{Action, Ctx, EmailAddress, HeaderText, Micros, Operation};
use waxwing_store::{Entry, SystemMail, Tx, record_checkpoint};

const TO: &str = "record.mail_to";
const LAST: &str = "record.mailed_at";

/// The mailbox; `None` when no mail is sent.
pub async fn mailbox(tx: &mut Tx, ctx: &Ctx) -> Result<Option<EmailAddress>> {
    ctx.authorise(Action::RecordRead)?;
    address(tx).await
}

async fn address(tx: &mut Tx) -> Result<Option<EmailAddress>> {
    let text = settings::value(tx, TO).await?.unwrap_or_default();
    Ok(EmailAddress::parse(&text).ok())
}

/// Sets the mailbox; empty text ends the mails.
pub async fn set_mailbox(app: &App, tx: &mut Tx, ctx: &Ctx, text: &str) -> Result<()> {
    ctx.authorise(Action::SettingsWrite)?;
    let text = text.trim();
    let checked = if text.is_empty() { Ok(None) } else { EmailAddress::parse(text).map(Some) };
    let address = checked.map_err(|e| Error::invalid("mailbox", e))?;
    settings::set_value(tx, ctx, TO, address.as_ref().map_or("", EmailAddress::as_str)).await?;
    let detail = json!({ "set": address.is_some() });
    tx.record(app.store(), ctx, Entry::new(Operation::Change, "record.set_mailbox").detail(detail)).await?;
    Ok(())
}

/// Posts the newest checkpoint when the last one is a day old; says whether it did.
pub(super) async fn post_daily(app: &App, tx: &mut Tx, ctx: &Ctx) -> Result<bool> {
    let Some(to) = address(tx).await? else { return Ok(false) };
    let last =
        settings::value(tx, LAST).await?.and_then(|text| text.parse().ok()).map_or(Micros::default(), Micros::from_i64);
    let Some(head) = record_checkpoint(tx).await?.filter(|_| ctx.now().since(last) >= Micros::DAY) else {
        return Ok(false);
    };
    let key = waxwing_store::record_key(tx).await?.map(|key| key.to_string()).unwrap_or_default();
    let size = waxwing_http::count(head.checkpoint.size as i64);
    let subject =
        HeaderText::parse(&format!("Access record: {size} entries on {}", ctx.now().timestamp().strftime("%Y-%m-%d")));
    let subject = subject.map_err(|e| Error::invalid("subject", e))?;
    let text = words(&size.to_string(), &key, &head.note.to_text());
    tx.post(app.store(), ctx, SystemMail { kind: "record.checkpoint", to, subject, text, html: None }).await?;
    settings::set_value(tx, ctx, LAST, &ctx.now().as_i64().to_string()).await?;
    Ok(true)
}

fn words(size: &str, key: &str, note: &str) -> String {
    format!(
        "The access record holds {size} entries. Keep this mail: it shows later whether any of them was changed or lost.\n\n\
         To check, save the lines between the rules as a file, and on any machine, without a database:\n\n\
         \x20   waxwing record verify DIRECTORY --key KEY --against FILE\n\n\
         The key of the log:\n\n    {key}\n\n\
         --------\n{note}--------\n"
    )
}
