//! People: what is known of them, sealed; found by exact address only.
//!
//! Promise. Fields classed personal or sensitive lie sealed under the person's own key; a clear
//! read is recorded before it is shown; a value that was moved or changed is refused, and takes
//! no other row down. Limit: an address can be looked for by those who may search, one at a time;
//! there is no search for a part of one.
//! States. There is a row, or there is none; how a person stands to a list is the membership's state.
//! Tables. `subscribers`, `subject_keys`, `blind_index`; reads `list_members` and `suppressions` to filter.
//! Events. `changed`.
//! Jobs. `subscribers.relist` changes the lists of everybody in a filter. Erasure is `erasure`'s.

mod add;
mod among;
mod api;
mod batch;
mod bulk;
mod change;
mod form;
mod leaving;
mod made_up;
mod pages;
mod person;
mod read;
mod search;
mod store;
mod store_among;
#[cfg(test)]
pub(crate) mod tests;
#[cfg(test)]
mod tests_web;

pub use add::{Admitted, add, add_many, admit};
pub use among::{Among, among, by_value};
pub use batch::{NewPerson, Placed, Prepared, Sealed, Standing, allocate, look_up, place, prepare, seal};
pub use change::{Changes, update};
pub(crate) use leaving::leave;
pub use leaving::{Hook, Leaving, delete};
pub use person::StoredPerson;
pub(crate) use read::shows_class;
pub use read::{Shown, Values, page, show, show_many};
pub use search::{Filter, StateFilter, count_in, find_by_email, find_many, numbers, search};

use crate::{App, Result};
use waxwing_domain::SubjectNo;
use waxwing_http::Routes;
use waxwing_store::{JobRegistry, Tx};

/// The stored rows of these people, by number; who is gone or beyond the reader's lists is missing. Nothing is opened.
pub async fn sealed(tx: &mut Tx, people: &[SubjectNo]) -> Result<Vec<StoredPerson>> {
    store::sealed(tx, people).await
}

/// How many people there are.
pub async fn count(tx: &mut Tx) -> Result<i64> {
    store::count(tx).await
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    api::routes(pages::routes(Routes::new()))
}

/// The jobs of this feature.
pub(crate) fn jobs(registry: &mut JobRegistry, app: &App) {
    let app = app.clone();
    registry.on("subscribers.relist", 20, move |job| {
        let app = app.clone();
        async move { bulk::run(&app, job).await }
    });
}
