//! The exact bytes of a leaf: deterministic CBOR (RFC 8949 §4.2), integer keys in order.
//!
//! Frozen: these bytes are stored, hashed and proved. A change needs a new version number.

use crate::{Entry, EntryId};
use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};
use waxwing_domain::{Actor, Ctx, Micros};

/// Version of the layout, key 1 of the map.
pub(super) const VERSION: i64 = 1;

/// Hash of a bitmap's bytes.
pub(super) fn bitmap_hash(bytes: &[u8]) -> [u8; 32] {
    digest(&SHA256, bytes).as_ref().try_into().expect("SHA-256 gives 32 bytes")
}

/// Encodes an entry; `bitmaps` are the serialised bitmaps of its parts, in order.
pub(super) fn encode(
    entry: &Entry,
    bitmaps: &[Vec<u8>],
    commitment: Option<[u8; 32]>,
    (id, at): (EntryId, Micros),
    ctx: &Ctx,
) -> Vec<u8> {
    let mut out = Cbor(Vec::with_capacity(256));
    out.map(11 + usize::from(entry.object.is_some()) + usize::from(commitment.is_some()));
    out.int(1).int(VERSION);
    out.int(2).int(ctx.workspace.as_i64());
    out.int(3).int(id.0);
    out.int(4).int(at.as_i64());
    out.int(5).actor(ctx.actor);
    out.int(6).actor(ctx.origin);
    out.int(7).int(ctx.request.as_i64());
    out.int(8).text(entry.operation.as_str());
    out.int(9).text(entry.what);
    if let Some((kind, object)) = entry.object {
        out.int(10).array(2).text(kind).int(object);
    }
    out.int(11).text(entry.destination);
    out.int(12).array(entry.parts.len());
    for (part, bytes) in entry.parts.iter().zip(bitmaps) {
        out.array(3).array(part.fields.len());
        for field in &part.fields {
            out.int(i64::from(field.get()));
        }
        out.int(part.subjects.len() as i64).bytes(&bitmap_hash(bytes));
    }
    if let Some(commitment) = commitment {
        out.int(13).bytes(&commitment);
    }
    out.0
}

struct Cbor(Vec<u8>);

impl Cbor {
    fn head(&mut self, major: u8, value: u64) -> &mut Self {
        let major = major << 5;
        match value {
            0..=23 => self.0.push(major | value as u8),
            24..=0xff => self.0.extend([major | 24, value as u8]),
            0x100..=0xffff => {
                self.0.push(major | 25);
                self.0.extend((value as u16).to_be_bytes());
            }
            0x1_0000..=0xffff_ffff => {
                self.0.push(major | 26);
                self.0.extend((value as u32).to_be_bytes());
            }
            _ => {
                self.0.push(major | 27);
                self.0.extend(value.to_be_bytes());
            }
        }
        self
    }
    fn int(&mut self, value: i64) -> &mut Self {
        if value >= 0 { self.head(0, value as u64) } else { self.head(1, (-1 - value) as u64) }
    }
    fn text(&mut self, text: &str) -> &mut Self {
        self.head(3, text.len() as u64).0.extend(text.as_bytes());
        self
    }
    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.head(2, bytes.len() as u64).0.extend(bytes);
        self
    }
    fn array(&mut self, length: usize) -> &mut Self {
        self.head(4, length as u64)
    }
    fn map(&mut self, length: usize) -> &mut Self {
        self.head(5, length as u64)
    }
    fn actor(&mut self, actor: Actor) -> &mut Self {
        self.array(3).text(actor.kind()).int(actor.principal()).int(actor.credential())
    }
}

/// Reads a leaf into JSON for people and tests; `None` if it is not one of ours.
pub fn decode_leaf(leaf: &[u8]) -> Option<Value> {
    let mut reader = Reader::of(leaf);
    let value = reader.value()?;
    let map = value.as_object()?;
    let names = [
        ("1", "version"),
        ("2", "workspace"),
        ("3", "id"),
        ("4", "at"),
        ("5", "actor"),
        ("6", "origin"),
        ("7", "request"),
        ("8", "operation"),
        ("9", "what"),
        ("10", "object"),
        ("11", "destination"),
        ("12", "parts"),
        ("13", "commitment"),
    ];
    let named = names.iter().filter_map(|(key, name)| Some(((*name).to_owned(), map.get(*key)?.clone())));
    reader.is_done().then(|| Value::Object(named.collect()))
}

/// What an entry says of the bitmaps beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PartClaim {
    /// How many people.
    pub people: u64,
    /// SHA-256 of the bitmap.
    pub hash: [u8; 32],
}

/// The bitmaps that a leaf names, in order; `None` if it is not one of ours. Ten times faster than
/// [`decode_leaf`], for who reads a million.
pub(super) fn claims(leaf: &[u8]) -> Option<Vec<PartClaim>> {
    let mut reader = Reader::of(leaf);
    let (5, pairs @ 10..=13) = reader.head()? else { return None };
    let mut claims = None;
    for _ in 0..pairs {
        match reader.head()? {
            (0, 1) if reader.head()? != (0, VERSION as u64) => return None,
            (0, 1) => {}
            (0, 12) => claims = Some(reader.claims()?),
            (0, 2..=13) => reader.skip()?,
            _ => return None,
        }
    }
    claims.filter(|_| reader.is_done())
}

/// Reads the CBOR of leaves, and refuses what no leaf holds.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    depth: usize,
}

impl<'a> Reader<'a> {
    pub(super) const fn of(leaf: &'a [u8]) -> Self {
        Self { rest: leaf, depth: 0 }
    }
    pub(super) const fn is_done(&self) -> bool {
        self.rest.is_empty()
    }
    /// An array's length, where the rest can hold so many elements of at least `each` bytes.
    pub(super) fn count(&mut self, each: u64) -> Option<u64> {
        let (4, count) = self.head()? else { return None };
        (count <= self.rest.len() as u64 / each).then_some(count)
    }
    pub(super) fn int(&mut self) -> Option<i64> {
        match self.head()? {
            (0, value) => i64::try_from(value).ok(),
            (1, value) => Some(-1 - i64::try_from(value).ok()?),
            _ => None,
        }
    }
    pub(super) fn text(&mut self) -> Option<&'a str> {
        let (3, length) = self.head()? else { return None };
        std::str::from_utf8(self.take(usize::try_from(length).ok()?)?).ok()
    }
    pub(super) fn hash(&mut self) -> Option<[u8; 32]> {
        let (2, 32) = self.head()? else { return None };
        self.take(32)?.try_into().ok()
    }
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.rest.split_at_checked(count)?;
        self.rest = tail;
        Some(head)
    }
    pub(super) fn head(&mut self) -> Option<(u8, u64)> {
        let first = *self.take(1)?.first()?;
        let value = match first & 31 {
            small @ 0..=23 => u64::from(small),
            24 => u64::from(*self.take(1)?.first()?),
            25 => u64::from(u16::from_be_bytes(self.take(2)?.try_into().ok()?)),
            26 => u64::from(u32::from_be_bytes(self.take(4)?.try_into().ok()?)),
            27 => u64::from_be_bytes(self.take(8)?.try_into().ok()?),
            _ => return None,
        };
        Some((first >> 5, value))
    }
    fn value(&mut self) -> Option<Value> {
        let (major, value) = self.head()?;
        let length = usize::try_from(value).ok();
        match major {
            0 => Some(json!(i64::try_from(value).ok()?)),
            1 => Some(json!(-1 - i64::try_from(value).ok()?)),
            2 => Some(json!(hex::encode(self.take(length?)?))),
            3 => Some(json!(std::str::from_utf8(self.take(length?)?).ok()?)),
            4 | 5 => self.nested(major, length?),
            _ => None,
        }
    }
    fn skip(&mut self) -> Option<()> {
        let (major, value) = self.head()?;
        match major {
            0 | 1 => Some(()),
            2 | 3 => self.take(usize::try_from(value).ok()?).map(|_| ()),
            4 if self.depth < 4 && value <= self.rest.len() as u64 => {
                self.depth += 1;
                (0..value).try_for_each(|_| self.skip())?;
                self.depth -= 1;
                Some(())
            }
            _ => None,
        }
    }
    fn claims(&mut self) -> Option<Vec<PartClaim>> {
        // Each takes 36 bytes or more: a number that the rest cannot hold is no count.
        let count = self.count(36)?;
        (0..count).map(|_| self.claim()).collect()
    }
    fn claim(&mut self) -> Option<PartClaim> {
        let (4, 3) = self.head()? else { return None };
        self.skip()?;
        let (0, people) = self.head()? else { return None };
        Some(PartClaim { people, hash: self.hash()? })
    }
    fn nested(&mut self, major: u8, length: usize) -> Option<Value> {
        self.depth += 1;
        if self.depth > 4 || length > self.rest.len() {
            return None;
        }
        let value = if major == 4 {
            Value::Array((0..length).map(|_| self.value()).collect::<Option<_>>()?)
        } else {
            let pair = |reader: &mut Self| Some((reader.value()?.to_string(), reader.value()?));
            Value::Object((0..length).map(|_| pair(self)).collect::<Option<_>>()?)
        };
        self.depth -= 1;
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::subjects;
    use std::sync::Arc;
    use waxwing_domain::{FieldId, Operation, RequestId, SubjectNo, TestClock, TestRng, WorkspaceId};

    fn example() -> Vec<u8> {
        let mut ctx = Ctx::host(WorkspaceId::from_i64(7), Arc::new(TestClock::at(1)), Arc::new(TestRng::seeded(1)));
        ctx.request = RequestId::from_i64(9);
        let people = subjects([SubjectNo::new(3), SubjectNo::new(70_000)]);
        let entry = Entry::new(Operation::Read, "subscribers.show")
            .on("subscriber", -5)
            .to("page")
            .part(&[FieldId::EMAIL], people);
        encode(&entry, &[vec![1, 2, 3]], Some([0xab; 32]), (EntryId(42), Micros::from_i64(1_000_000)), &ctx)
    }

    #[test]
    fn the_layout_of_a_leaf_is_frozen() {
        let expected = concat!(
            "ad",
            "0101",
            "0207",
            "03182a",
            "041a000f4240",
            "058364686f73740000",
            "068364686f73740000",
            "0709",
            "086472656164",
            "0970",
            "73756273637269626572732e73686f77",
            "0a826a7375627363726962657224",
            "0b6470616765",
            "0c8183810102",
            "5820039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81",
            "0d5820abababababababababababababababababababababababababababababababab"
        );
        assert_eq!(hex::encode(example()), expected);
    }

    #[test]
    fn a_leaf_reads_back() {
        let value = decode_leaf(&example()).expect("ours");
        assert_eq!(value["what"], "subscribers.show");
        assert_eq!(value["object"], json!(["subscriber", -5]));
        assert_eq!(value["parts"][0][1], 2);
    }

    #[test]
    fn the_quick_reader_finds_the_same_bitmaps() {
        let claims = claims(&example()).expect("ours");
        let slow = decode_leaf(&example()).expect("ours");
        assert_eq!(claims.len(), 1);
        assert_eq!((claims[0].people, json!(hex::encode(claims[0].hash))), (2, slow["parts"][0][2].clone()));
    }

    #[test]
    fn a_damaged_leaf_is_not_read() {
        let leaf = example();
        assert!((0..leaf.len()).all(|cut| claims(&leaf[..cut]).is_none()));
        for cut in 0..leaf.len() {
            assert_eq!(decode_leaf(&leaf[..cut]), None);
        }
        assert_eq!(decode_leaf(&[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), None);
    }
}
