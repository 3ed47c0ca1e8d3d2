//! The review gate: exact numbers, and everything that stands in the way, each with a way to mend it.
//!
//! Guarantee: only a review without a wrong finding gives [`Reviewed`], and it is good for the
//! version that was looked at. Limit: it is a look at one moment; the lane looks again at each person.

use super::state::Reviewed;
use super::{Campaign, links, missing, store};
use crate::domains::{self, Verdict};
use crate::sending::{AudiencePreview, Facts, FrozenRevision, audience_preview};
use crate::settings::{self, Limits};
use crate::{App, Error, Result, lists, relays};
use std::collections::BTreeSet;
use waxwing_domain::{Action, CampaignId, Ctx};
use waxwing_message::{CompileError, FooterFacts, GMAIL_CLIPS_AT, Revision, Warning};
use waxwing_store::Tx;

/// How much a finding weighs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Good,
    /// Worth a thought; does not hold the campaign back.
    Advice,
    /// The campaign cannot leave before this is mended.
    Wrong,
}

impl Level {
    /// The word of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Advice => "advice",
            Self::Wrong => "wrong",
        }
    }
}

/// One finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// How much it weighs.
    pub level: Level,
    /// The part it is about: `audience`, `sender`, `subject`, `content`, `footer`, `sending`.
    pub part: &'static str,
    /// A sentence: what is so, and what to do.
    pub text: String,
    /// Where it is mended; empty where there is nothing to mend.
    pub mend: String,
}

/// What a review found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Review {
    /// Of which campaign.
    pub campaign: CampaignId,
    /// Of which version.
    pub version: i64,
    /// Who would get it and who not, exactly, now.
    pub audience: AudiencePreview,
    /// Everything found, the gravest first.
    pub findings: Vec<Finding>,
    /// How long it takes at the limits that are set, in seconds; `None` without limits.
    pub seconds: Option<i64>,
}

impl Review {
    /// Whether nothing stands in the way.
    pub fn passes(&self) -> bool {
        self.findings.iter().all(|finding| finding.level != Level::Wrong)
    }
    /// The proof for sending.
    ///
    /// # Errors
    /// [`Error::Conflict`] with every reason.
    pub fn passed(&self) -> Result<Reviewed> {
        let wrong = self.findings.iter().filter(|finding| finding.level == Level::Wrong);
        let reasons: Vec<_> = wrong.map(|finding| finding.text.as_str()).collect();
        if reasons.is_empty() {
            return Ok(Reviewed { campaign: self.campaign, version: self.version });
        }
        Err(Error::Conflict(reasons.join(" ")))
    }
}

/// The draft as it would be frozen: content, and what is the same for everybody.
pub(super) async fn frozen(tx: &mut Tx, campaign: &Campaign) -> Result<FrozenRevision> {
    let workspace = settings::load(tx).await?;
    let mut public = Vec::new();
    for list in &campaign.lists {
        let list = lists::by_id(tx, *list).await?;
        if list.visibility == lists::Visibility::Public {
            public.push(list.name);
        }
    }
    // Private lists are named to the team only, so people are told who they agreed with instead.
    let list_name = public.first().cloned().unwrap_or_else(|| workspace.organisation.clone());
    let reason = match (campaign.reason.as_str(), public.as_slice()) {
        ("", []) => format!("You get this mail because you agreed to receive mail from {}.", workspace.organisation),
        ("", names) => format!("You get this mail because you subscribed to {}.", names.join(", ")),
        (written, _) => written.to_owned(),
    };
    let facts =
        Facts { organisation: workspace.organisation, postal_address: workspace.postal_address, list_name, reason };
    Ok(FrozenRevision { content: campaign.content.source(&campaign.subject, &campaign.preheader), facts })
}

/// Looks at everything. Opens its own transactions, for it may ask the domain name system.
///
/// # Errors
/// [`Error::NotFound`]; what is wrong with the campaign stands in the review.
pub async fn review(app: &App, ctx: &Ctx, id: CampaignId) -> Result<Review> {
    ctx.authorise(Action::CampaignsRead)?;
    let mut tx = app.read(ctx, "campaigns.review").await?;
    let campaign = store::by_id(&mut tx, id).await?.ok_or(Error::NotFound("campaign"))?;
    let frozen = frozen(&mut tx, &campaign).await?;
    let compiled = super::compile(&frozen).await?;
    let mut found = Findings::new(id);
    let audience = audience_preview(&mut tx, campaign.lists.clone()).await?;
    found.audience(&campaign, &audience);
    found.subject(&campaign);
    let hosts = links::hosts(&mut tx).await?;
    found.content(&campaign, &frozen.facts, &compiled, &hosts)?;
    if let Ok(revision) = &compiled {
        found.fields(missing::look(&mut tx, &campaign.lists, &names_of(revision)).await?);
    }
    let limits = settings::load(&mut tx).await?.limits;
    let loopback = relays::all_on_loopback(&mut tx).await?;
    let relays = !relays::usable(app, &mut tx).await?.is_empty();
    found.ways(relays, tx.gate().await?.level.may_send());
    let verdict = stored(&mut tx, ctx, &campaign, loopback).await?;
    drop(tx);
    found.sender(&campaign, ask(app, ctx, &campaign, loopback, verdict).await?);
    let seconds = duration(audience.recipients, &limits);
    Ok(Review { campaign: id, version: campaign.version, audience, findings: found.done(), seconds })
}

/// The fields of people that content looks up.
fn names_of(revision: &Revision) -> BTreeSet<String> {
    revision.variables.iter().filter_map(|name| name.strip_prefix("subscriber.")).map(str::to_owned).collect()
}

async fn stored(tx: &mut Tx, ctx: &Ctx, campaign: &Campaign, loopback: bool) -> Result<Option<Verdict>> {
    let Ok(sender) = campaign.from.sender() else { return Ok(None) };
    domains::stored_verdict(tx, &sender.domain()?, loopback, ctx.now()).await
}

/// The verdict about From; asks the domain name system when none is fresh.
async fn ask(
    app: &App,
    ctx: &Ctx,
    campaign: &Campaign,
    loopback: bool,
    stored: Option<Verdict>,
) -> Result<Option<Verdict>> {
    let Ok(sender) = campaign.from.sender() else { return Ok(None) };
    match stored {
        Some(verdict) => Ok(Some(verdict)),
        None => domains::bulk_verdict(app, ctx, &sender.domain()?, loopback).await.map(Some),
    }
}

/// How long `number` messages take at these limits, in seconds: hours fill up, then days.
pub(super) fn duration(number: i64, limits: &Limits) -> Option<i64> {
    let rates = [limits.workspace, limits.domain];
    let hourly = rates.iter().filter_map(|rate| rate.per_hour).min().filter(|limit| *limit > 0);
    let daily = rates.iter().filter_map(|rate| rate.per_day).min().filter(|limit| *limit > 0);
    // A bucket holds one period's worth: the first period's messages leave at once.
    let at =
        |limit: Option<i64>, period: i64| limit.map(|limit| (number - limit).max(0).saturating_mul(period) / limit);
    let (hours, days) = (at(hourly, 3_600), at(daily, 86_400));
    hours.into_iter().chain(days).max()
}

/// Findings in the making.
struct Findings {
    root: String,
    found: Vec<Finding>,
}

impl Findings {
    fn new(id: CampaignId) -> Self {
        Self { root: format!("/campaigns/{id}"), found: Vec::new() }
    }
    fn add(&mut self, level: Level, part: &'static str, text: impl Into<String>, mend: impl Into<String>) {
        self.found.push(Finding { level, part, text: text.into(), mend: mend.into() });
    }
    fn card(&self, card: &str) -> String {
        format!("{}/{card}", self.root)
    }
    fn done(mut self) -> Vec<Finding> {
        self.found.sort_by_key(|finding| std::cmp::Reverse(finding.level));
        self.found
    }

    fn audience(&mut self, campaign: &Campaign, audience: &AudiencePreview) {
        let mend = self.card("audience");
        match (campaign.lists.is_empty(), audience.recipients) {
            (true, _) => self.add(Level::Wrong, "audience", "No list is chosen.", mend),
            (_, 0) => self.add(Level::Wrong, "audience", "Nobody on the chosen lists can get mail now.", mend),
            (_, number) => {
                let text = format!(
                    "{} of {} people get it.",
                    waxwing_http::count(number),
                    waxwing_http::count(audience.audience)
                );
                self.add(Level::Good, "audience", text, "");
            }
        }
    }

    fn subject(&mut self, campaign: &Campaign) {
        if campaign.subject.is_empty() {
            let mend = self.card("subject");
            self.add(Level::Wrong, "subject", "There is no subject.", mend);
        } else if campaign.preheader.is_empty() {
            let mend = self.card("subject");
            self.add(
                Level::Advice,
                "subject",
                "Without a preheader, mailboxes show the first words of the content after the subject.",
                mend,
            );
        }
    }

    fn content(
        &mut self,
        campaign: &Campaign,
        facts: &Facts,
        compiled: &std::result::Result<Revision, CompileError>,
        hosts: &[String],
    ) -> Result<()> {
        let mend = self.card("content");
        if campaign.content.body.trim().is_empty() {
            self.add(Level::Wrong, "content", "There is no content yet.", mend);
            return Ok(());
        }
        let revision = match compiled {
            Ok(revision) => revision,
            Err(error) => {
                self.add(Level::Wrong, "content", format!("The content cannot be read: {error}."), mend);
                return Ok(());
            }
        };
        self.size(revision);
        for warning in &revision.warnings {
            if let Some(text) = warning_words(warning) {
                self.add(Level::Advice, "content", text, mend.clone());
            }
        }
        self.personal_links(revision, hosts);
        self.footer(revision, facts);
        Ok(())
    }

    fn size(&mut self, revision: &Revision) {
        let bytes = revision.html_source.as_ref().map_or(0, String::len);
        let words = waxwing_http::count(bytes + revision.text_source.len());
        if bytes > GMAIL_CLIPS_AT {
            let text = format!(
                "The HTML has {} bytes; Gmail shows the first 102,000 and hides the rest with the unsubscribe link.",
                waxwing_http::count(bytes)
            );
            let mend = self.card("content");
            self.add(Level::Advice, "content", text, mend);
        } else {
            self.add(Level::Good, "content", format!("A message has about {words} bytes."), "");
        }
    }

    fn personal_links(&mut self, revision: &Revision, hosts: &[String]) {
        let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
        let mend = self.card("content");
        let Ok(found) = revision.personal_links(&hosts) else {
            return self.add(Level::Wrong, "content", "The links cannot be read.", mend);
        };
        let mut told = BTreeSet::new();
        for link in found {
            // The text part repeats what the HTML says.
            if !told.insert((link.field.clone(), link.address_start.clone())) {
                continue;
            }
            let text = format!(
                "{} would be given away in the link that begins “{}”. Take it out of the link, or allow the host under Campaigns, Links.",
                link.field, link.address_start
            );
            self.add(Level::Wrong, "content", text, mend.clone());
        }
    }

    fn footer(&mut self, revision: &Revision, facts: &Facts) {
        if facts.organisation.is_empty() || facts.postal_address.is_empty() {
            self.add(
                Level::Wrong,
                "footer",
                "The workspace has no organisation or no postal address; the law wants both in every campaign.",
                "/settings",
            );
            return;
        }
        let mend = self.card("content");
        let Ok(has) = FooterFacts::of(revision) else {
            return self.add(
                Level::Wrong,
                "footer",
                "The content cannot be filled in for a person of whom nothing is known.",
                mend,
            );
        };
        let written = |text: &str| {
            revision.text_source.contains(text) && revision.html_source.as_ref().is_none_or(|html| html.contains(text))
        };
        let checks = [
            (has.unsubscribe, Level::Wrong, "There is no unsubscribe link: put {{ unsubscribe_url }} into a link."),
            (
                has.postal_address || written(&facts.postal_address),
                Level::Wrong,
                "There is no postal address: put {{ postal_address }} into the footer.",
            ),
            (
                has.organisation || written(&facts.organisation),
                Level::Wrong,
                "The sender is not named: put {{ organisation }} into the footer.",
            ),
            (has.reason, Level::Advice, "People are not told why they get this: put {{ reason }} into the footer."),
        ];
        let mut complete = true;
        for (is, level, text) in checks {
            if !is {
                complete = false;
                self.add(level, "footer", text, mend.clone());
            }
        }
        if complete {
            self.add(
                Level::Good,
                "footer",
                "Unsubscribe link, sender, postal address and reason are in the footer.",
                "",
            );
        }
    }

    fn fields(&mut self, seen: missing::Seen) {
        let mend = self.card("content");
        for name in &seen.unknown {
            let text =
                format!("There is no field “{name}”; write a field that exists, or define it under Audience, Fields.");
            self.add(Level::Wrong, "content", text, mend.clone());
        }
        for (name, number) in seen.lacking.iter().filter(|(_, number)| *number > 0) {
            let of = waxwing_http::rate(*number, seen.people);
            let first = if seen.complete { "" } else { " Only the first 100,000 people were looked at." };
            let text =
                format!("{of} have no “{name}”; they see nothing in its place unless you give a default.{first}");
            self.add(Level::Advice, "content", text, mend.clone());
        }
    }

    fn ways(&mut self, relays: bool, gate: bool) {
        if !relays {
            self.add(Level::Wrong, "sending", "There is no relay to send through.", "/settings/relays");
        }
        if !gate {
            self.add(
                Level::Wrong,
                "sending",
                "The workspace is held; nothing is sent until it is released.",
                "/security",
            );
        }
    }

    fn sender(&mut self, campaign: &Campaign, verdict: Option<Verdict>) {
        let mend = self.card("sender");
        let Some(verdict) = verdict else {
            let text = match campaign.from.address.as_str() {
                "" => "There is no From address.",
                _ => "The From address or the answer address is not valid.",
            };
            return self.add(Level::Wrong, "sender", text, mend);
        };
        let level = if verdict.allowed { Level::Advice } else { Level::Wrong };
        for reason in &verdict.reasons {
            self.add(level, "sender", reason.clone(), "/settings/domains");
        }
        if verdict.reasons.is_empty() && verdict.allowed {
            self.add(Level::Good, "sender", "SPF, DKIM and DMARC of the From domain align.", "");
        } else if verdict.reasons.is_empty() {
            self.add(
                Level::Wrong,
                "sender",
                "The From domain may not send in bulk yet. Check its records.",
                "/settings/domains",
            );
        }
    }
}

fn warning_words(warning: &Warning) -> Option<String> {
    Some(match warning {
        Warning::StyleDropped => "A style sheet held more than looks (imports, scripts) and was left out.".to_owned(),
        Warning::TagDropped { line } => {
            format!("Line {line}: a tag stood in something mail does not allow, and went with it.")
        }
        Warning::UnknownAttribute { line } => {
            format!("Line {line}: an MJML element has an attribute it does not know.")
        }
        // Said with the size.
        Warning::ClippedByGmail { .. } => return None,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Rate;

    #[test]
    fn the_duration_is_that_of_the_tightest_limit() {
        let limits = |per_hour, per_day| Limits { workspace: Rate { per_hour, per_day }, ..Limits::default() };
        assert_eq!(duration(1_000_000, &limits(None, None)), None);
        assert_eq!(duration(1_000, &limits(Some(1_000), None)), Some(0), "the first hour's worth leaves at once");
        assert_eq!(duration(3_000, &limits(Some(1_000), None)), Some(7_200));
        assert_eq!(duration(3_000, &limits(Some(1_000), Some(1_500))), Some(86_400));
    }
}
