//! The rows of people that the question counts: in bulk, for making ten million one by one would take hours.
//!
//! Limit: their values and tags are no ciphertexts; nobody opens them here.

use waxwing_domain::{ListId, Micros};
use waxwing_store::{StoreError, Tx, args, bulk};

bulk! { PEOPLE, into "subscribers" (subject: Int, generation: Int, sealed: Blob, plain: Text, email_tag: Blob,
suppress_tag: Blob, domain_hash: Int, created_at: Int, updated_at: Int), "" }
bulk! { MEMBERS, into "list_members" (list_id: Int, subject: Int, state: Text, consent_id: Int, at: Int), "" }

/// Where people live, in turn.
const COUNTRIES: [&str; 10] = ["DE", "FR", "GB", "US-CA", "BR", "IT", "ES", "NL", "PL", "CA"];

/// People of these numbers, each with a country.
pub async fn people(tx: &mut Tx, numbers: std::ops::Range<u64>, now: Micros) -> Result<(), StoreError> {
    let row = |number: u64| {
        let country = COUNTRIES[(number % COUNTRIES.len() as u64) as usize];
        let (plain, tag) = (format!("{{\"country\":\"{country}\"}}"), number.to_be_bytes().to_vec());
        args![number.cast_signed(), 1_i64, Vec::<u8>::new(), plain, tag.clone(), tag, 0_i64, now, now]
    };
    tx.bulk(&PEOPLE, numbers.map(row).collect()).await.map(drop)
}

/// Everybody of these numbers is on the first list, every second one on the other too.
pub async fn members(
    tx: &mut Tx,
    lists: [ListId; 2],
    numbers: std::ops::Range<u64>,
    now: Micros,
) -> Result<(), StoreError> {
    let [first, other] = lists;
    let row = |list: ListId, number: u64| args![list, number.cast_signed(), "confirmed", 0_i64, now];
    let all = numbers.clone().map(|number| row(first, number));
    let half = numbers.filter(|number| number % 2 == 0).map(|number| row(other, number));
    tx.bulk(&MEMBERS, all.chain(half).collect()).await.map(drop)
}
