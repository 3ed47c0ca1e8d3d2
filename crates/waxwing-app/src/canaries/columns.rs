//! What stands in the other columns of somebody made up, so that nobody stands out.
//!
//! Promise: a column is filled about as often as in the rows around; a value is taken over only where at least
//! [`SHARED`] people of them share it, and never in a sensitive field, so that nobody's own value is copied. Numbers and
//! dates lie between what those people have. Limits: free text that few share stays empty, and telephone numbers come
//! from the ranges set aside for fiction, where the country has one; a thief who knows those can find them.

use super::person::Canary;
use crate::fields::{Field, FieldKind};
use std::collections::BTreeMap;
use std::sync::Arc;
use waxwing_crypto::CanaryKey;
use waxwing_domain::{DataClass, FieldId};

/// So many people share a value before it says nothing of any of them.
const SHARED: usize = 5;
/// Turns of drawing from here on are for columns.
const COLUMNS: u32 = 1_000;

/// What the rows around somebody made up hold.
pub struct Columns(Vec<Column>);

#[derive(Default)]
struct Column {
    rows: usize,
    filled: usize,
    values: BTreeMap<String, usize>,
}

impl Columns {
    /// Learns from rows with a value a field, empty where there is none.
    pub(super) fn learn<'a>(fields: usize, rows: impl Iterator<Item = Vec<&'a str>>) -> Self {
        let mut columns: Vec<Column> = (0..fields).map(|_| Column::default()).collect();
        for row in rows {
            for (column, value) in columns.iter_mut().zip(row) {
                column.rows += 1;
                if !value.is_empty() {
                    column.filled += 1;
                    *column.values.entry(value.to_owned()).or_default() += 1;
                }
            }
        }
        Self(columns)
    }

    /// The row of somebody made up.
    pub(super) fn row(&self, key: &CanaryKey, mark: i64, canary: &Canary, fields: &[Arc<Field>]) -> Vec<String> {
        let value = |(field, column): (&Arc<Field>, &Column)| {
            let drawn = key.draw(mark, canary.number, COLUMNS.saturating_add(field.id.get()));
            column.value(field, canary, Chance::of(&drawn))
        };
        fields.iter().zip(&self.0).map(value).collect()
    }
}

/// Two numbers between 0 and 1 that were drawn for one cell.
#[derive(Clone, Copy)]
struct Chance {
    fill: f64,
    pick: f64,
}

impl Chance {
    fn of(drawn: &[u8; 32]) -> Self {
        let share = |at: usize| {
            let two = u32::from_be_bytes([drawn[at], drawn[at + 1], drawn[at + 2], drawn[at + 3]]);
            f64::from(two) / (f64::from(u32::MAX) + 1.0)
        };
        Self { fill: share(0), pick: share(4) }
    }

    fn below(self, bound: usize) -> usize {
        // Below 2^52, so that nothing is lost.
        ((self.pick * bound as f64) as usize).min(bound.saturating_sub(1))
    }
}

impl Column {
    fn value(&self, field: &Field, canary: &Canary, chance: Chance) -> String {
        if field.id == FieldId::EMAIL {
            return canary.email.clone();
        }
        let filled = chance.fill * (self.rows.max(1) as f64) < self.filled as f64;
        if !filled || field.class == DataClass::Sensitive {
            return String::new();
        }
        match field.id {
            FieldId::FIRST_NAME => canary.first.clone(),
            FieldId::LAST_NAME => canary.last.clone(),
            _ => self.other(field.kind, canary, chance).unwrap_or_default(),
        }
    }

    fn other(&self, kind: FieldKind, canary: &Canary, chance: Chance) -> Option<String> {
        match kind {
            FieldKind::Phone => {
                let (beginning, digits) = canary.names.fictional_numbers()?;
                let all = 10_usize.pow(u32::try_from(digits).ok()?);
                Some(format!("{beginning}{:0digits$}", chance.below(all)))
            }
            FieldKind::Number => self.shared(chance).or_else(|| self.number(chance)),
            FieldKind::Date => self.shared(chance).or_else(|| self.date(chance)),
            FieldKind::Text | FieldKind::Flag | FieldKind::Country => self.shared(chance),
            FieldKind::Email => None,
        }
    }

    /// A value that enough people share, as often as they do; none where most people have one of their own.
    fn shared(&self, chance: Chance) -> Option<String> {
        let common = || self.values.iter().filter(|(_, people)| **people >= SHARED);
        let people: usize = common().map(|(_, people)| people).sum();
        if people * 2 < self.filled {
            return None;
        }
        let mut left = chance.below(people);
        for (value, people) in common() {
            match left.checked_sub(*people) {
                None => return Some(value.clone()),
                Some(rest) => left = rest,
            }
        }
        None
    }

    /// A whole number between those of these people.
    fn number(&self, chance: Chance) -> Option<String> {
        let mut numbers: Vec<i64> = self.values.keys().map(|text| text.parse().ok()).collect::<Option<_>>()?;
        numbers.sort_unstable();
        between(&numbers, chance).map(|number| number.to_string())
    }

    /// A day between those of these people.
    fn date(&self, chance: Chance) -> Option<String> {
        let epoch = jiff::civil::date(1970, 1, 1);
        let day = |text: &String| Some(i64::from((text.parse::<jiff::civil::Date>().ok()? - epoch).get_days()));
        let days: Vec<i64> = self.values.keys().map(day).collect::<Option<_>>()?;
        let day = between(&days, chance)?;
        epoch.checked_add(jiff::Span::new().try_days(day).ok()?).ok().map(|date| date.to_string())
    }
}

/// Something between the lowest and the highest of enough numbers, which stand in order.
fn between(numbers: &[i64], chance: Chance) -> Option<i64> {
    let (first, last) = (numbers.first()?, numbers.last()?);
    if numbers.len() < SHARED {
        return None;
    }
    let width = usize::try_from(last.checked_sub(*first)?).ok()?;
    first.checked_add(i64::try_from(chance.below(width.saturating_add(1))).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEVER: Chance = Chance { fill: 0.999, pick: 0.5 };
    const ALWAYS: Chance = Chance { fill: 0.0, pick: 0.5 };

    fn column(values: &[&str]) -> Column {
        let rows = values.iter().map(|value| vec![*value]);
        Columns::learn(1, rows).0.pop().expect("one column")
    }

    #[test]
    fn a_value_is_taken_over_only_where_five_people_share_it() {
        let shared = column(&["gold", "gold", "gold", "gold", "gold", "silver"]);
        assert_eq!(shared.shared(ALWAYS).as_deref(), Some("gold"));
        for own in [&["a", "b", "c", "d", "e", "f", "g"][..], &["gold", "gold", "gold", "gold"], &[]] {
            assert_eq!(column(own).shared(ALWAYS), None, "{own:?}");
        }
    }

    #[test]
    fn numbers_and_days_lie_between_those_of_the_people_around() {
        assert_eq!(column(&["10", "20", "30", "40", "50"]).number(ALWAYS).as_deref(), Some("30"));
        assert_eq!(column(&["10", "x", "30", "40", "50"]).number(ALWAYS), None);
        assert_eq!(column(&["10", "20"]).number(ALWAYS), None, "two people's numbers give them away");
        let days = column(&["1980-01-01", "1981-01-01", "1982-01-01", "1983-01-01", "1984-01-01"]);
        assert!(days.date(ALWAYS).is_some_and(|day| day.starts_with("198")), "{:?}", days.date(ALWAYS));
    }

    #[test]
    fn a_column_is_filled_as_often_as_around() {
        let half = column(&["a", "", "a", ""]);
        let filled = |chance: Chance| chance.fill * (half.rows as f64) < half.filled as f64;
        assert!(filled(ALWAYS) && !filled(NEVER));
    }
}
