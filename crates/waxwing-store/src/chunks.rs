//! Great sets of people as the values of statements.

use roaring::RoaringBitmap;

/// People a statement: some milliseconds on either engine.
const MOST: usize = 20_000;

/// A part of a set, for one statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// Everybody from the first number to the last.
    Span(i64, i64),
    /// These numbers, ascending.
    Some(Vec<i64>),
}

/// A set in parts, ascending; a part without gaps is given by its ends.
pub fn chunks(people: &RoaringBitmap) -> impl Iterator<Item = Chunk> + '_ {
    let mut numbers = people.iter().map(i64::from);
    std::iter::from_fn(move || {
        let part: Vec<i64> = numbers.by_ref().take(MOST).collect();
        let (&first, &last) = (part.first()?, part.last()?);
        Some(if last - first == part.len() as i64 - 1 { Chunk::Span(first, last) } else { Chunk::Some(part) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_cut_into_spans_where_it_has_no_gap() {
        let people: RoaringBitmap = (1..=30_000).chain([40_000]).collect();
        let parts: Vec<Chunk> = chunks(&people).collect();
        assert_eq!(parts[0], Chunk::Span(1, 20_000));
        let Chunk::Some(rest) = &parts[1] else { panic!("has a gap") };
        assert_eq!((rest.len(), rest[0], rest[10_000]), (10_001, 20_001, 40_000));
        assert_eq!(parts.len(), 2);
        assert_eq!(chunks(&RoaringBitmap::new()).count(), 0);
    }
}
