//! The private keys of a domain: made, sealed together, opened for signing.
//!
//! Guarantee: both keys of a domain are sealed in one value bound to its row, so neither can be
//! exchanged for the other. Limit: an opened key lives in the memory of the process that signs.

use super::{PublishedKey, store};
use crate::{App, Error, Result};
use waxwing_crypto::{Place, TableId};
use waxwing_domain::{Ctx, DomainId, FieldId, MailDomain, WorkspaceId};
use waxwing_message::{DkimAlgorithm, DkimError, DkimKey, Selector, Signer};
use waxwing_store::{StoreError, Tx};

/// The two selectors of a domain's keys of one generation, counted from 1.
fn selectors(generation: u32) -> (String, String) {
    (format!("waxwing{generation}-rsa"), format!("waxwing{generation}-ed25519"))
}

/// The generation that a selector names; the first for one that is not ours.
pub(super) fn generation(selector: &str) -> u32 {
    let number = selector.strip_prefix("waxwing").and_then(|rest| rest.split('-').next()?.parse().ok());
    number.unwrap_or(1)
}

/// Two keys that are not stored yet.
pub(super) struct FreshKeys {
    pub rsa: PublishedKey,
    pub ed25519: PublishedKey,
    /// Length of the RSA key in four bytes, the RSA key, the Ed25519 key; PKCS#8 DER.
    packed: Vec<u8>,
}

/// Makes both keys off the async threads.
pub(super) async fn generate(generation: u32) -> Result<FreshKeys> {
    let made = tokio::task::spawn_blocking(move || make(generation)).await;
    made.map_err(|_| unusable())?.map_err(|_| unusable())
}

fn unusable() -> Error {
    Error::Conflict("The signing keys could not be made. Try again; if it happens again, look at the log.".into())
}

fn make(generation: u32) -> std::result::Result<FreshKeys, DkimError> {
    let (rsa_selector, ed_selector) = selectors(generation);
    let rsa = DkimKey::generate(DkimAlgorithm::Rsa)?;
    let ed = DkimKey::generate(DkimAlgorithm::Ed25519)?;
    let (rsa_der, ed_der) = (rsa.to_pkcs8()?, ed.to_pkcs8()?);
    let length = u32::try_from(rsa_der.len()).map_err(|_| DkimError::Key)?;
    let packed = [&length.to_be_bytes()[..], &rsa_der, &ed_der].concat();
    Ok(FreshKeys {
        rsa: PublishedKey { selector: rsa_selector, record: rsa.dns_record()? },
        ed25519: PublishedKey { selector: ed_selector, record: ed.dns_record()? },
        packed,
    })
}

pub(super) fn seal(app: &App, ctx: &Ctx, id: DomainId, keys: &FreshKeys) -> Result<Vec<u8>> {
    let ring = app.store().keys().ring();
    let shared = ring.workspace(ctx.workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    Ok(shared.seal_secret(&place(ctx.workspace, id), &keys.packed, &*ctx.rng))
}

const fn place(workspace: WorkspaceId, id: DomainId) -> Place {
    Place::shared(workspace, TableId::DOMAINS, FieldId::SECRET, id.as_i64())
}

/// What signs mail from `from`: RSA first, then Ed25519; empty when no domain was added for it.
///
/// # Errors
/// [`StoreError::Damaged`] when the sealed keys cannot be opened.
pub async fn signers(app: &App, tx: &mut Tx, from: &MailDomain) -> Result<Vec<Signer>> {
    let Some(domain) = super::signing_for(tx, from).await? else { return Ok(Vec::new()) };
    let sealed = store::sealed(tx, domain.id).await?;
    let damaged = |what: String| StoreError::Damaged(format!("the signing keys of {}: {what}", domain.name));
    let ring = app.store().keys().ring();
    let shared = ring.workspace(tx.workspace()).map_err(|e| damaged(e.to_string()))?;
    let packed = shared.open_secret(&place(tx.workspace(), domain.id), &sealed).map_err(|e| damaged(e.to_string()))?;
    let (rsa, ed) = unpack(&packed).ok_or_else(|| damaged("cut short".into()))?;
    let signer = |algorithm, der: &[u8], selector: &str| -> std::result::Result<Signer, DkimError> {
        let key = DkimKey::from_pkcs8(algorithm, der)?;
        Ok(Signer { domain: domain.name.clone(), selector: Selector::parse(selector)?, key })
    };
    let rsa = signer(DkimAlgorithm::Rsa, rsa, &domain.rsa.selector).map_err(|e| damaged(e.to_string()))?;
    let ed = signer(DkimAlgorithm::Ed25519, ed, &domain.ed25519.selector).map_err(|e| damaged(e.to_string()))?;
    Ok(vec![rsa, ed])
}

fn unpack(packed: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = packed.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_be_bytes(*length) as usize)
}

waxwing_store::sealed! { "domains"."sealed" by "id", under Secrets,
at |cell| place(cell.workspace, DomainId::from_i64(cell.key)) }
waxwing_store::sealed! { "domains_next"."sealed" by "domain_id", under Secrets,
at |cell| place(cell.workspace, DomainId::from_i64(cell.key)) }
