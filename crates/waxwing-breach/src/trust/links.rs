//! Links of the trust page: to the policies that a house publishes elsewhere.

use serde::{Deserialize, Serialize};
use serde_json::json;
use waxwing_app::{App, Error, Result, settings};
use waxwing_domain::{Action, Ctx, Operation};
use waxwing_store::{Entry, Tx};

/// The setting that holds them, as JSON.
const KEY: &str = "trust.links";
/// More than these nobody looks through.
const MOST: usize = 10;
/// The longest title, in characters.
const LONGEST_TITLE: usize = 80;
/// The longest address, in bytes.
const LONGEST_ADDRESS: usize = 500;

/// A link to a policy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = TrustLink)]
pub struct Link {
    /// What it is called.
    pub title: String,
    /// Where it is: an address that begins with `https://`.
    pub url: String,
}

impl Link {
    /// A line as it is typed: title, a vertical bar, address.
    ///
    /// # Errors
    /// [`Error::Invalid`] for another form.
    pub fn parse(line: &str) -> Result<Self> {
        let (title, url) = line.split_once('|').ok_or_else(|| wrong("Write a title, a bar and an address."))?;
        Self { title: title.trim().to_owned(), url: url.trim().to_owned() }.checked()
    }

    fn checked(self) -> Result<Self> {
        let long = self.title.is_empty() || self.title.chars().count() > LONGEST_TITLE;
        if long || self.title.chars().any(char::is_control) {
            return Err(wrong("Write a title of one line, at most 80 characters."));
        }
        let read = self.url.parse::<http::Uri>().ok().filter(|_| self.url.len() <= LONGEST_ADDRESS);
        let fine = read.is_some_and(|uri| {
            uri.scheme_str() == Some("https") && uri.authority().is_some_and(|host| !host.as_str().contains('@'))
        });
        if fine { Ok(self) } else { Err(wrong("Write an address that begins with https://, without a name in it.")) }
    }
}

fn wrong(why: &str) -> Error {
    Error::invalid("links", why)
}

/// What is linked.
pub async fn links(tx: &mut Tx) -> Result<Vec<Link>> {
    let kept = settings::value(tx, KEY).await?.unwrap_or_default();
    Ok(serde_json::from_str(&kept).unwrap_or_default())
}

/// Links exactly these.
///
/// # Errors
/// [`Error::Invalid`] for more than ten, and for what is no link.
pub async fn set_links(app: &App, tx: &mut Tx, ctx: &Ctx, links: Vec<Link>) -> Result<()> {
    ctx.authorise(Action::StatusPublish)?;
    if links.len() > MOST {
        return Err(wrong("At most ten links."));
    }
    let links = links.into_iter().map(Link::checked).collect::<Result<Vec<_>>>()?;
    settings::set_value(tx, ctx, KEY, &json!(links).to_string()).await?;
    let entry = Entry::new(Operation::Change, "trust.set_links").detail(json!({ "links": links.len() }));
    tx.record(app.store(), ctx, entry).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_a_title_and_an_address_of_https() {
        let link = Link::parse(" Privacy policy | https://orchard.example/privacy ").expect("a link");
        assert_eq!((link.title.as_str(), link.url.as_str()), ("Privacy policy", "https://orchard.example/privacy"));
        for wrong in [
            "https://orchard.example",
            "Policy | http://orchard.example",
            "Policy | javascript:alert(1)",
            "Policy | https://orchard.example@evil.example",
            " | https://orchard.example",
            "Policy | nonsense",
        ] {
            assert!(Link::parse(wrong).is_err(), "{wrong}");
        }
    }
}
