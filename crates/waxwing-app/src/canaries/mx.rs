//! Where the mail of a domain goes, as the domain name system says.
//!
//! Limit: whether those servers hand it to this installation cannot be seen from here; a letter sent to the domain can.

use super::store;
use crate::{App, Error, Result};
use waxwing_delivery::dns::Resolver;
use waxwing_domain::{Action, Ctx};

/// Mail servers that are kept and shown.
const KEPT: usize = 5;

/// Where mail goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Mx {
    /// Nobody asked yet.
    Unasked,
    /// To these hosts, best first.
    Found(Vec<String>),
    /// There is no MX record.
    Missing,
    /// The domain says that it takes no mail (RFC 7505).
    Refuses,
    /// Nobody could say.
    Unknown,
}

impl Mx {
    pub(super) fn as_text(&self) -> String {
        match self {
            Self::Unasked => String::new(),
            Self::Found(hosts) => format!("found {}", hosts.join(" ")),
            Self::Missing => "missing".to_owned(),
            Self::Refuses => "refuses".to_owned(),
            Self::Unknown => "unknown".to_owned(),
        }
    }

    pub(super) fn parse(text: &str) -> Self {
        match text.split_once(' ') {
            Some(("found", hosts)) => Self::Found(hosts.split(' ').map(str::to_owned).collect()),
            _ => match text {
                "missing" => Self::Missing,
                "refuses" => Self::Refuses,
                "unknown" => Self::Unknown,
                _ => Self::Unasked,
            },
        }
    }

    /// What people read.
    pub fn words(&self) -> String {
        match self {
            Self::Unasked => "Not looked up yet".to_owned(),
            Self::Found(hosts) => format!("Goes to {}", hosts.join(", ")),
            Self::Missing => "No MX record: mail to it gets lost".to_owned(),
            Self::Refuses => "The domain says that it takes no mail".to_owned(),
            Self::Unknown => "The name server did not answer".to_owned(),
        }
    }

    /// The colour of its badge.
    pub const fn tone(&self) -> &'static str {
        match self {
            Self::Found(_) => "good",
            Self::Unasked | Self::Unknown => "attention",
            Self::Missing | Self::Refuses => "danger",
        }
    }
}

async fn ask(app: &App, name: &str) -> Mx {
    let resolver = match app.config().dns {
        Some(server) => Resolver::at(server),
        None => Resolver::system(),
    };
    let Ok(resolver) = resolver else { return Mx::Unknown };
    match resolver.mx(name).await {
        Ok(found) if found.is_empty() => Mx::Missing,
        Ok(found) if found.iter().all(|mx| mx.host.is_empty()) => Mx::Refuses,
        Ok(found) => Mx::Found(found.into_iter().take(KEPT).map(|mx| mx.host).collect()),
        Err(_) => Mx::Unknown,
    }
}

/// Looks up where the mail of a domain goes. Opens its own transaction, after the question.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn check(app: &App, ctx: &Ctx, name: &str) -> Result<Mx> {
    ctx.authorise(Action::CanariesWrite)?;
    let mx = ask(app, name).await;
    let mut tx = app.begin(ctx, "canaries.check").await?;
    if !store::checked(&mut tx, name, &mx, ctx.now()).await? {
        return Err(Error::NotFound("domain"));
    }
    tx.commit().await?;
    Ok(mx)
}

/// Looks all of them up again.
pub(super) async fn recheck(app: &App, ctx: &Ctx) -> Result<()> {
    let domains = store::domains(&mut app.read(ctx, "canaries.recheck").await?).await?;
    for domain in domains {
        match check(app, ctx, &domain.name).await {
            Ok(_) | Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_read_as_it_is_written() {
        let found = Mx::Found(vec!["mx1.example".into(), "mx2.example".into()]);
        for mx in [Mx::Unasked, found, Mx::Missing, Mx::Refuses, Mx::Unknown] {
            assert_eq!(Mx::parse(&mx.as_text()), mx);
        }
    }
}
