//! Great sets of people as the values of statements.

use roaring::RoaringBitmap;

/// People a statement: some milliseconds on either engine.
const MOST: usize = 20_000;
/// The same where they are only counted and there is no gap: parts of a second, and PostgreSQL reads side by side.
const MOST_COUNTED: usize = 1_000_000;

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
    parts(people, MOST)
}

/// The same for statements that give numbers and not rows: a part without gaps may be much longer.
pub fn chunks_to_count(people: &RoaringBitmap) -> impl Iterator<Item = Chunk> + '_ {
    parts(people, MOST_COUNTED)
}

fn parts(people: &RoaringBitmap, longest: usize) -> impl Iterator<Item = Chunk> + '_ {
    let mut numbers = people.iter().map(i64::from).peekable();
    std::iter::from_fn(move || {
        let part: Vec<i64> = numbers.by_ref().take(MOST).collect();
        let (&first, &end) = (part.first()?, part.last()?);
        if end - first != part.len() as i64 - 1 {
            return Some(Chunk::Some(part));
        }
        let mut last = end;
        while last - first < longest as i64 - 1 && numbers.next_if_eq(&(last + 1)).is_some() {
            last += 1;
        }
        Some(Chunk::Span(first, last))
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
        let counted: Vec<Chunk> = chunks_to_count(&people).collect();
        assert_eq!(counted, [Chunk::Span(1, 30_000), Chunk::Span(40_000, 40_000)]);
        let many: RoaringBitmap = (1..=2_500_000).collect();
        assert_eq!(chunks_to_count(&many).map(|part| matches!(part, Chunk::Span(..))).collect::<Vec<_>>(), [true; 3]);
    }
}
