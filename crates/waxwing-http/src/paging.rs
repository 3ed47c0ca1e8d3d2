//! Cursor paging: `?after=CURSOR&limit=N`. A cursor is opaque to whoever holds it.

use crate::{Fail, Params};
use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use utoipa::{IntoParams, ToSchema};

/// Rows a page unless asked otherwise.
const USUAL: u32 = 50;
/// Rows a page at most.
const MOST: u32 = 500;
/// The longest cursor that is read, in bytes.
const LONGEST: usize = 256;

/// Where a page of rows begins and how many it has.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Cursor {
    /// The `next` of the page before; absent for the first.
    #[serde(default)]
    #[param(max_length = 256)]
    pub after: Option<String>,
    /// Rows on the page, 1 to 500; 50 unless given.
    #[serde(default = "usual")]
    #[param(minimum = 1, maximum = 500, default = 50)]
    pub limit: u32,
}

fn usual() -> u32 {
    USUAL
}

impl Default for Cursor {
    fn default() -> Self {
        Self { after: None, limit: USUAL }
    }
}

impl Cursor {
    /// The cursor as a key of type `K`, if there is one.
    pub fn key<K: FromStr>(&self) -> Result<Option<K>, Fail> {
        let parsed = self.after.as_deref().map(str::parse).transpose();
        parsed.map_err(|_| Fail::invalid("after", "is not a cursor that this list gave out"))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Cursor {
    type Rejection = Fail;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fail> {
        let Params(mut cursor) = Params::<Self>::from_request_parts(parts, state).await?;
        cursor.after = cursor.after.filter(|text| !text.is_empty());
        if !(1..=MOST).contains(&cursor.limit) {
            return Err(Fail::invalid("limit", format!("must be from 1 to {MOST}")));
        }
        if cursor.after.as_ref().is_some_and(|text| text.len() > LONGEST) {
            return Err(Fail::invalid("after", "is not a cursor that this list gave out"));
        }
        Ok(cursor)
    }
}

/// One page of rows.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Paged<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Give this as `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl<T> Paged<T> {
    /// A page from one row more than asked for: the surplus row only proves that there is a next
    /// page, whose cursor is the `key` of the last row shown.
    pub fn from_surplus<K: ToString>(mut rows: Vec<T>, limit: u32, key: impl Fn(&T) -> K) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|row| key(row).to_string());
        Self { items: rows, next }
    }
    /// The same page with each row changed.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Paged<U> {
        Paged { items: self.items.into_iter().map(change).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_has_no_next() {
        let page = Paged::from_surplus(vec![1, 2, 3], 2, |n| *n);
        assert_eq!((page.items, page.next), (vec![1, 2], Some("2".to_owned())));
        let page = Paged::from_surplus(vec![1, 2], 2, |n| *n);
        assert_eq!((page.items, page.next), (vec![1, 2], None));
        let page = Paged::from_surplus(Vec::<u8>::new(), 2, |n| *n);
        assert_eq!((page.items, page.next), (vec![], None));
    }
}
