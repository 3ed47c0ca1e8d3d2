//! Which people of an answer: as an address of a page or a program says it.
//!
//! Promise: whoever reads no subscribers cannot ask who is on a list or lives in a country: the answer would tell what is
//! known of single people. Limit: lists and countries are as they stand now.

use super::asked::{Asked, query};
use super::radius::{Radius, Which};
use super::{Effect, country_field};
use serde::Deserialize;
use std::collections::BTreeSet;
use utoipa::IntoParams;
use waxwing_app::{App, fields, lists, subscribers};
use waxwing_domain::{Action, Ctx, DataClass, FieldId, ListId};
use waxwing_http::Fail;
use waxwing_store::{RoaringBitmap, Tx};

/// Which of the people.
#[derive(Clone, Deserialize, IntoParams, Default)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct Wanted {
    /// `confirmed`, `possible`, `altered` or `sealed`; the confirmed and possible where it is left out. Also called `sure`.
    #[serde(alias = "sure")]
    #[param(required = false)]
    pub effect: String,
    /// Of whom this field was touched: its number.
    pub field: Option<u32>,
    /// Of whom a field of this class was touched: `public`, `internal`, `personal`, `sensitive`.
    #[param(required = false)]
    pub class: String,
    /// Who is on this list now, in whatever state. Needs the right to read subscribers.
    #[param(required = false)]
    pub list: String,
    /// Who is known to live there: `FR`, `US-CA`. Needs the right to read subscribers.
    #[param(required = false)]
    pub country: String,
    /// With numbers above this one.
    pub after: Option<u32>,
    /// The number of a frozen answer, in the place of a question.
    pub frozen: Option<i64>,
}

impl Wanted {
    /// How sure.
    ///
    /// # Errors
    /// [`Fail::Invalid`] for a word that is none.
    pub fn effect(&self) -> Result<Option<Effect>, Fail> {
        let wrong = || Fail::invalid("effect", "Say confirmed, possible, altered or sealed.");
        (!self.effect.is_empty()).then(|| Effect::parse(&self.effect).ok_or_else(wrong)).transpose()
    }

    /// Which of the people of `radius` are meant.
    ///
    /// # Errors
    /// [`Fail::Invalid`] names what cannot be read; [`Fail::NotFound`] for a list that is not seen.
    pub async fn which(&self, app: &App, ctx: &Ctx, radius: &Radius) -> Result<Which, Fail> {
        let mut tx = app.read(ctx, "blast.which").await?;
        let everybody = radius.everybody();
        let mut among = None;
        if !self.list.is_empty() || !self.country.is_empty() {
            ctx.authorise(Action::SubscribersRead)?;
        }
        if !self.list.is_empty() {
            let list: ListId = self.list.parse().map_err(|_| Fail::NotFound)?;
            lists::by_id(&mut tx, list).await?;
            among = Some(lists::on(&mut tx, list, &everybody).await?);
        }
        if !self.country.is_empty() {
            let there = in_country(&mut tx, &everybody, &self.country).await?;
            among = Some(among.map_or_else(|| there.clone(), |people| people & &there));
        }
        let fields = self.fields(&mut tx, radius).await?;
        Ok(Which { effect: self.effect()?, fields, among, after: self.after.unwrap_or(0) })
    }

    /// The fields of whose people it is asked; none where any will do.
    async fn fields(&self, tx: &mut Tx, radius: &Radius) -> Result<Option<BTreeSet<FieldId>>, Fail> {
        let one = self.field.map(|number| BTreeSet::from([FieldId::new(number)]));
        if self.class.is_empty() {
            return Ok(one);
        }
        let wrong = || Fail::invalid("class", "Say public, internal, personal or sensitive.");
        let class = DataClass::parse(&self.class).ok_or_else(wrong)?;
        let registry = super::summary::Registry::of(fields::all(tx).await?);
        let of_class = radius.fields().into_iter().filter(|field| registry.class(*field) == class);
        Ok(Some(of_class.filter(|field| one.as_ref().is_none_or(|one| one.contains(field))).collect()))
    }

    /// The same as the query of an address, without the page; empty where everybody is meant.
    ///
    /// # Errors
    /// [`Fail::NotFound`] where it cannot be written as an address.
    pub fn query(&self) -> Result<String, Fail> {
        let field = self.field.map(|field| field.to_string()).unwrap_or_default();
        let parts = [
            ("effect", &self.effect),
            ("field", &field),
            ("class", &self.class),
            ("list", &self.list),
            ("country", &self.country),
        ];
        let said: Vec<_> = parts.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        serde_html_form::to_string(said).map_err(|_| Fail::NotFound)
    }
}

/// The answer that an address means: a frozen one, or one that is computed now; and the address.
pub(super) async fn meant(app: &App, ctx: &Ctx, asked: &Asked, frozen: Option<i64>) -> Result<(Radius, String), Fail> {
    if let Some(id) = frozen {
        let mut tx = app.read(ctx, "blast.frozen").await?;
        return Ok((super::frozen(app, &mut tx, ctx, id).await?.answer.radius, format!("frozen={id}")));
    }
    let question = asked.question()?;
    Ok((super::reckon(app, ctx, &question).await?, query(&question)))
}

/// Those who are known to live there: a code of the country, or of a part of it.
async fn in_country(tx: &mut Tx, people: &RoaringBitmap, code: &str) -> Result<RoaringBitmap, Fail> {
    let (key, code) = (country_field(tx).await?, code.trim().to_ascii_uppercase());
    let values = subscribers::by_value(tx, people, &key).await?;
    let there = values.into_iter().filter(|(value, _)| value.trim().eq_ignore_ascii_case(&code));
    Ok(there.fold(RoaringBitmap::new(), |all, (_, people)| all | people))
}
