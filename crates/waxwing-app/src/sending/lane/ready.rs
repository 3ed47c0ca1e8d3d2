//! A source made ready once a pass: compiled content, signers, fields, the way its mail may go.

use super::lines::{Lines, Road, Way};
use crate::fields::{Field, FieldKind};
use crate::sending::links::Links;
use crate::sending::{FrozenRevision, Sender, Source, Stream, store};
use crate::{App, Error, Result, domains, fields};
use serde_json::{Map, Value};
use std::sync::Arc;
use waxwing_domain::{Ctx, DomainId, EmailAddress, FieldId, ListId, MailDomain, SourceId, WorkspaceId};
use waxwing_message::{CampaignValues, FeedbackId, FieldValue, ListIdentity, Revision, Signer, SubscriberValues};
use waxwing_store::{ClearPerson, StoreError, Tx};

/// Everything about a source that is the same for all its messages.
pub struct Ready {
    /// The source; number 0 for test messages.
    pub source: SourceId,
    /// Compiled content.
    pub revision: Revision,
    /// What is the same for every recipient.
    pub values: Arc<CampaignValues>,
    /// In whose name.
    pub sender: Sender,
    /// The domain of From.
    pub domain: MailDomain,
    /// The sending domain whose keys sign; none where nobody added it.
    pub signing: Option<DomainId>,
    /// Where bounces go.
    pub return_path: EmailAddress,
    /// What signs; empty without keys.
    pub signers: Vec<Signer>,
    /// For reports of complaints.
    pub feedback: Option<FeedbackId>,
    /// The list.
    pub list: Option<ListIdentity>,
    /// The links of its messages.
    pub links: Links,
    /// The custom fields its content uses.
    pub fields: Vec<Wanted>,
    /// The sealed fields its messages need, the address first.
    pub disclosed: Vec<FieldId>,
    /// What it is for.
    pub stream: Stream,
    /// Through which relays its mail may go.
    pub road: Road,
    /// The bucket of its sending domain.
    pub bucket: i64,
}

/// A custom field that the content uses.
pub struct Wanted {
    key: Arc<str>,
    field: Arc<Field>,
}

/// A source that cannot be sent as it is, with a sentence for the person who must mend it.
pub(super) type Unfit = String;

impl Ready {
    /// Makes a source ready; `Err` of the inner result holds the source until somebody mends it.
    pub(super) async fn load(
        app: &App,
        ctx: &Ctx,
        source: &Source,
        lines: &Lines,
    ) -> Result<std::result::Result<Self, Unfit>> {
        let mut tx = app.read(ctx, "sending.ready").await?;
        let frozen = store::revision(&mut tx, source.revision).await?.ok_or(Error::NotFound("revision"))?;
        let lists = store::lists(&mut tx, source.id).await?;
        let relay = store::relay_of(&mut tx, source.id).await?;
        drop(tx);
        let loopback_only = match may_leave(app, ctx, &source.sender, lines).await? {
            Ok(loopback_only) => loopback_only,
            Err(unfit) => return Ok(Err(unfit)),
        };
        match Self::assemble(app, ctx.workspace, source.id, &frozen, &source.sender, lists.first().copied()).await {
            Ok(ready) => Ok(Ok(Self { stream: source.stream(), road: Road { loopback_only, relay }, ..ready })),
            Err(Error::Invalid { message, .. }) => Ok(Err(message)),
            Err(error) => Err(error),
        }
    }

    /// Makes frozen content ready, for a source or for a test.
    pub async fn assemble(
        app: &App,
        workspace: WorkspaceId,
        source: SourceId,
        frozen: &FrozenRevision,
        sender: &Sender,
        list: Option<ListId>,
    ) -> Result<Self> {
        let revision = crate::sending::compile(frozen).await?;
        let domain = sender.domain()?;
        let mut tx = app.store().read(workspace, "sending.assemble").await?;
        let signing = domains::signing_for(&mut tx, &domain).await?;
        let signers = domains::signers(app, &mut tx, &domain).await?;
        let fields = wanted(&mut tx, &revision).await?;
        drop(tx);
        let ring = app.store().keys().ring();
        let keys = ring.workspace(workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
        let signed_by = signing.as_ref().map(|domain| domain.id);
        let return_path = signing.and_then(|domain| domain.return_path);
        Ok(Self {
            source,
            signing: signed_by,
            values: CampaignValues::new(&frozen.campaign_facts()),
            disclosed: disclosed(&revision, &fields),
            return_path: return_path.unwrap_or_else(|| sender.address.clone()),
            feedback: FeedbackId::new(&[&source.to_string(), "bulk"], &format!("ww{workspace}")).ok(),
            list: list.map(|list| ListIdentity::new(list, &domain)),
            links: Links::new(app, workspace)?,
            bucket: i64::from_be_bytes(keys.domain_hash(domain.as_str())),
            sender: sender.clone(),
            stream: Stream::Bulk,
            road: Road { loopback_only: true, relay: None },
            revision,
            domain,
            signers,
            fields,
        })
    }

    fn names(&self, variable: &str) -> bool {
        self.revision.variables.contains(variable)
    }
}

/// Whether bulk mail of this sender may leave, and whether to this machine only.
async fn may_leave(app: &App, ctx: &Ctx, sender: &Sender, lines: &Lines) -> Result<std::result::Result<bool, Unfit>> {
    if lines.only_loopback() {
        return Ok(Ok(true));
    }
    let from = sender.domain()?;
    let mut tx = app.read(ctx, "sending.verdict").await?;
    let stored = domains::stored_verdict(&mut tx, &from, false, ctx.now()).await?;
    drop(tx);
    let verdict = match stored.filter(|verdict| verdict.allowed) {
        Some(verdict) => verdict,
        // A refusal is never taken from the store: somebody may just have mended the records.
        None => domains::bulk_verdict(app, ctx, &from, false).await?,
    };
    Ok(match (verdict.allowed, lines.way(Road { loopback_only: true, relay: None })) {
        (true, _) => Ok(false),
        (false, Way::Nowhere) => Err(format!("{from} may not send in bulk: {}", verdict.reasons.join(" "))),
        (false, _) => Ok(true),
    })
}

async fn wanted(tx: &mut Tx, revision: &Revision) -> Result<Vec<Wanted>> {
    let registry = fields::all(tx).await?;
    let used = revision.custom_fields().filter_map(|key| registry.iter().find(|field| field.key == key));
    Ok(used.map(|field| Wanted { key: field.key.as_str().into(), field: Arc::clone(field) }).collect())
}

fn disclosed(revision: &Revision, fields: &[Wanted]) -> Vec<FieldId> {
    let mut ids = vec![FieldId::EMAIL];
    let names = [("subscriber.first_name", FieldId::FIRST_NAME), ("subscriber.last_name", FieldId::LAST_NAME)];
    ids.extend(names.iter().filter(|(name, _)| revision.variables.contains(*name)).map(|(_, id)| *id));
    ids.extend(fields.iter().filter(|wanted| wanted.field.sealed()).map(|wanted| wanted.field.id));
    ids
}

/// One person's values, as the content names them.
pub fn people_fields(ready: &Ready, clear: &ClearPerson, plain: &Map<String, Value>) -> SubscriberValues {
    let text = |id| clear.get(id).unwrap_or_default().to_owned();
    let custom = ready.fields.iter().filter_map(|wanted| {
        let stored = if wanted.field.sealed() {
            clear.get(wanted.field.id)
        } else {
            plain.get(&*wanted.key).and_then(Value::as_str)
        };
        stored.map(|stored| (Arc::clone(&wanted.key), value_of(wanted.field.kind, stored)))
    });
    let (first_name, last_name) = (FieldId::FIRST_NAME, FieldId::LAST_NAME);
    SubscriberValues {
        email: if ready.names("subscriber.email") { text(FieldId::EMAIL) } else { String::new() },
        first_name: text(first_name),
        last_name: text(last_name),
        custom: custom.collect(),
    }
}

fn value_of(kind: FieldKind, stored: &str) -> FieldValue {
    let as_text = || FieldValue::Text(stored.to_owned());
    match kind {
        FieldKind::Number => match (stored.parse::<i64>(), stored.parse::<f64>()) {
            (Ok(number), _) => FieldValue::Integer(number),
            (_, Ok(number)) if number.is_finite() => FieldValue::Decimal(number),
            _ => as_text(),
        },
        FieldKind::Flag => FieldValue::Flag(matches!(stored, "1" | "true" | "yes")),
        FieldKind::Text | FieldKind::Date | FieldKind::Email | FieldKind::Phone | FieldKind::Country => as_text(),
    }
}
