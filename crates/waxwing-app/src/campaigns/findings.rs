//! What a review says about each part of a campaign, in sentences to act on.

use super::review::{Finding, Level};
use super::{Campaign, missing};
use crate::Result;
use crate::domains::Verdict;
use crate::sending::{AudiencePreview, Facts};
use std::collections::BTreeSet;
use waxwing_detect::swap::Change;
use waxwing_domain::CampaignId;
use waxwing_message::{CompileError, FooterFacts, GMAIL_CLIPS_AT, Revision, Warning};

/// Findings in the making.
pub(super) struct Findings {
    root: String,
    found: Vec<Finding>,
}

impl Findings {
    pub(super) fn new(id: CampaignId) -> Self {
        Self { root: format!("/campaigns/{id}"), found: Vec::new() }
    }
    fn add(&mut self, level: Level, part: &'static str, text: impl Into<String>, mend: impl Into<String>) {
        self.found.push(Finding { level, part, text: text.into(), mend: mend.into() });
    }
    fn card(&self, card: &str) -> String {
        format!("{}/{card}", self.root)
    }
    pub(super) fn done(mut self) -> Vec<Finding> {
        self.found.sort_by_key(|finding| std::cmp::Reverse(finding.level));
        self.found
    }

    pub(super) fn audience(&mut self, campaign: &Campaign, audience: &AudiencePreview) {
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

    pub(super) fn subject(&mut self, campaign: &Campaign) {
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

    pub(super) fn content(
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

    /// What no earlier campaign had: whoever took over an account changes this first.
    pub(super) fn swaps(&mut self, changes: &[Change]) {
        for change in changes {
            let (part, mend) = match change {
                Change::Link(_) => ("content", self.card("content")),
                Change::From(_) => ("sender", self.card("sender")),
                Change::Postal => ("footer", "/settings".to_owned()),
            };
            self.add(Level::Advice, part, format!("{} Go on if you meant it.", change.words()), mend);
        }
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
        let missing: Vec<_> = footer_checks(revision, facts, has).into_iter().filter(|(is, ..)| !is).collect();
        if missing.is_empty() {
            let text = "Unsubscribe link, sender, postal address and reason are in the footer.";
            self.add(Level::Good, "footer", text, "");
        }
        for (_, level, text) in missing {
            self.add(level, "footer", text, mend.clone());
        }
    }

    pub(super) fn fields(&mut self, seen: missing::Seen) {
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

    pub(super) fn ways(&mut self, relays: bool, gate: bool) {
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

    pub(super) fn sender(&mut self, campaign: &Campaign, verdict: Option<Verdict>) {
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

/// What a footer must say, and whether this one does; an address that was written out counts.
fn footer_checks(revision: &Revision, facts: &Facts, has: FooterFacts) -> [(bool, Level, &'static str); 4] {
    let written = |text: &str| {
        revision.text_source.contains(text) && revision.html_source.as_ref().is_none_or(|html| html.contains(text))
    };
    let postal = has.postal_address || written(&facts.postal_address);
    let organisation = has.organisation || written(&facts.organisation);
    [
        (has.unsubscribe, Level::Wrong, "There is no unsubscribe link: put {{ unsubscribe_url }} into a link."),
        (postal, Level::Wrong, "There is no postal address: put {{ postal_address }} into the footer."),
        (organisation, Level::Wrong, "The sender is not named: put {{ organisation }} into the footer."),
        (has.reason, Level::Advice, "People are not told why they get this: put {{ reason }} into the footer."),
    ]
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
