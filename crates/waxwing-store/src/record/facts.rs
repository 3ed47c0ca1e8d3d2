//! What an entry says, typed: for whoever reads a million of them.
//!
//! Promise: reads exactly the leaves that [`encode`](super::leaf::encode) writes, without a copy of
//! their words. Limit: what is sealed beside an entry is not here.

use super::leaf::{Reader, VERSION};
use waxwing_domain::{FieldId, Micros, Operation};

/// Who acted or caused an act, as the entry has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Party<'a> {
    /// The kind: `account`, `api_key`, `host`, `public`, `job`.
    pub kind: &'a str,
    /// The account or key; 0 where there is none.
    pub principal: i64,
    /// The session or key; 0 where there is none.
    pub credential: i64,
}

/// People of whom the same fields were touched; the people lie beside the entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LeafPart {
    /// The fields, ascending.
    pub fields: Vec<FieldId>,
    /// How many people.
    pub people: u64,
    /// SHA-256 of their bitmap.
    pub hash: [u8; 32],
}

/// What an entry says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LeafFacts<'a> {
    /// Its number before it had a place in the log.
    pub id: i64,
    /// When.
    pub at: Micros,
    /// Who acted.
    pub actor: Party<'a>,
    /// The credential that caused it.
    pub origin: Party<'a>,
    /// The request it belongs to.
    pub request: i64,
    /// What was done.
    pub operation: Operation,
    /// The use case.
    pub what: &'a str,
    /// What it was done to: kind and id.
    pub object: Option<(&'a str, i64)>,
    /// Where data went.
    pub destination: &'a str,
    /// Whose data, which fields.
    pub parts: Vec<LeafPart>,
}

/// Keys that every leaf has, a bit each: all but the object (10) and the commitment (13).
const ALWAYS: u32 = 0b01_1011_1111_1110;
/// Bytes that a part takes at least.
const SHORTEST_PART: u64 = 36;

impl<'a> LeafFacts<'a> {
    /// Reads a leaf; `None` if it is not one of ours.
    pub fn read(leaf: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::of(leaf);
        let (5, pairs @ 11..=13) = reader.head()? else { return None };
        let (mut facts, mut seen, mut last) = (Self::blank(), 0u32, 0);
        for _ in 0..pairs {
            let (0, key @ 1..=13) = reader.head()? else { return None };
            // In order and each once, as deterministic CBOR has them.
            if key <= last {
                return None;
            }
            facts.take(key, &mut reader)?;
            (last, seen) = (key, seen | 1 << key);
        }
        (seen & ALWAYS == ALWAYS && reader.is_done()).then_some(facts)
    }

    const fn blank() -> Self {
        let nobody = Party { kind: "", principal: 0, credential: 0 };
        Self {
            id: 0,
            at: Micros::from_i64(0),
            actor: nobody,
            origin: nobody,
            request: 0,
            operation: Operation::Operate,
            what: "",
            object: None,
            destination: "",
            parts: Vec::new(),
        }
    }

    fn take(&mut self, key: u64, reader: &mut Reader<'a>) -> Option<()> {
        match key {
            1 => return (reader.int()? == VERSION).then_some(()),
            2 => return reader.int().map(drop),
            3 => self.id = reader.int()?,
            4 => self.at = Micros::from_i64(reader.int()?),
            5 => self.actor = party(reader)?,
            6 => self.origin = party(reader)?,
            7 => self.request = reader.int()?,
            8 => self.operation = Operation::parse(reader.text()?)?,
            9 => self.what = reader.text()?,
            10 => self.object = Some(object(reader)?),
            11 => self.destination = reader.text()?,
            12 => self.parts = (0..reader.count(SHORTEST_PART)?).map(|_| part(reader)).collect::<Option<_>>()?,
            _ => return reader.hash().map(drop),
        }
        Some(())
    }
}

fn party<'a>(reader: &mut Reader<'a>) -> Option<Party<'a>> {
    let (4, 3) = reader.head()? else { return None };
    Some(Party { kind: reader.text()?, principal: reader.int()?, credential: reader.int()? })
}

fn object<'a>(reader: &mut Reader<'a>) -> Option<(&'a str, i64)> {
    let (4, 2) = reader.head()? else { return None };
    Some((reader.text()?, reader.int()?))
}

fn part(reader: &mut Reader<'_>) -> Option<LeafPart> {
    let (4, 3) = reader.head()? else { return None };
    let field = |reader: &mut Reader<'_>| u32::try_from(reader.int()?).ok().map(FieldId::new);
    let fields = (0..reader.count(1)?).map(|_| field(reader)).collect::<Option<_>>()?;
    Some(LeafPart { fields, people: u64::try_from(reader.int()?).ok()?, hash: reader.hash()? })
}

#[cfg(test)]
mod tests {
    use super::super::leaf::{self, decode_leaf};
    use super::*;
    use crate::record::subjects;
    use crate::{Entry, EntryId};
    use std::sync::Arc;
    use waxwing_domain::{AccountId, Actor, Ctx, RequestId, SessionId, SubjectNo, TestClock, TestRng, WorkspaceId};

    fn ctx() -> Ctx {
        let clock = Arc::new(TestClock::at(1));
        let mut ctx = Ctx::host(WorkspaceId::from_i64(7), clock, Arc::new(TestRng::seeded(1)));
        ctx.origin = Actor::Account(AccountId::from_i64(11), SessionId::from_i64(12));
        ctx.request = RequestId::from_i64(9);
        ctx
    }

    fn leaf(entry: &Entry, commitment: Option<[u8; 32]>) -> Vec<u8> {
        let bitmaps: Vec<Vec<u8>> = entry.parts.iter().map(|_| vec![1, 2, 3]).collect();
        leaf::encode(entry, &bitmaps, commitment, (EntryId(42), Micros::from_i64(1_000_000)), &ctx())
    }

    fn example() -> Entry {
        let people = subjects([SubjectNo::new(3), SubjectNo::new(70_000)]);
        let entry = Entry::new(Operation::Read, "subscribers.show").on("subscriber", -5).to("page");
        entry.part(&[FieldId::EMAIL, FieldId::new(1_000)], people.clone()).part(&[], people)
    }

    #[test]
    fn it_says_what_the_slow_reader_says() {
        for (entry, commitment) in [(example(), Some([0xab; 32])), (Entry::new(Operation::Key, "keys.x"), None)] {
            let leaf = leaf(&entry, commitment);
            let (quick, slow) = (LeafFacts::read(&leaf).expect("ours"), decode_leaf(&leaf).expect("ours"));
            assert_eq!((quick.id, quick.at.as_i64(), quick.request), (42, 1_000_000, 9));
            assert_eq!(slow["what"], quick.what);
            assert_eq!(slow["operation"], quick.operation.as_str());
            assert_eq!(slow["destination"], quick.destination);
            let party = |p: Party<'_>| serde_json::json!([p.kind, p.principal, p.credential]);
            assert_eq!((&slow["actor"], &slow["origin"]), (&party(quick.actor), &party(quick.origin)));
            assert_eq!(slow["object"].as_array().is_some(), quick.object.is_some());
            let part = |p: &LeafPart| serde_json::json!([p.fields, p.people, hex::encode(p.hash)]);
            assert_eq!(slow["parts"], quick.parts.iter().map(part).collect::<serde_json::Value>());
        }
    }

    #[test]
    fn whatever_is_cut_off_changed_or_out_of_order_is_refused() {
        let whole = leaf(&example(), Some([7; 32]));
        assert!((0..whole.len()).all(|cut| LeafFacts::read(&whole[..cut]).is_none()));
        assert_eq!(LeafFacts::read(&[&whole[..], &[0]].concat()), None, "something behind it");
        let mut twice = whole.clone();
        assert_eq!(twice[1..5], [1, 1, 2, 7]);
        twice[3] = 1;
        assert_eq!(LeafFacts::read(&twice), None, "a key that comes again");
        assert_eq!(LeafFacts::read(&[0xad, 0x01, 0x02]), None, "another version");
        assert_eq!(LeafFacts::read(&[0xab, 0x0c, 0x9b, 255, 255, 255, 255, 255, 255, 255, 255]), None, "a huge count");
    }
}
