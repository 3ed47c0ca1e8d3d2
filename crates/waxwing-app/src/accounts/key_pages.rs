//! `/settings/keys`: API keys, made and revoked by people.

use super::key_lists;
use super::keys::{self, ApiKeyRow, NewApiKey};
use crate::{App, Error};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use std::collections::BTreeSet;
use waxwing_domain::{ApiKeyId, Ctx, DataClass, ListId, Micros, Network, Scope};
use waxwing_http::{Cursor, Fail, Flash, Page, Paged, Params, SafeForm, SeeOther, Segment, Shell, Who};

#[derive(Template)]
#[template(path = "accounts/pages/keys.html")]
struct KeysPage {
    shell: Shell,
    keys: Paged<ApiKeyRow>,
    /// The lists that a key can be limited to.
    lists: Vec<(ListId, String)>,
    now: Micros,
    form: NewKey,
    field: String,
    error: String,
    /// The text of a key just made.
    made: String,
    /// The key whose end is asked about, for browsers without script.
    asked: String,
}

impl KeysPage {
    fn asks(&self, key: &ApiKeyRow) -> bool {
        self.asked == key.id.to_string() && key.revoked_at.is_none()
    }
    fn error(&self, field: &str) -> &str {
        if self.field == field { &self.error } else { "" }
    }
    fn chosen(&self, scope: &Scope) -> bool {
        self.form.scope.iter().any(|word| word == scope.name())
    }
    fn sees(&self, class: &DataClass) -> bool {
        self.form.class.iter().any(|word| word == class.as_str())
    }
    /// From where it may come, in words.
    fn reach(&self, key: &ApiKeyRow) -> String {
        if key.networks.is_empty() {
            return "anywhere".to_owned();
        }
        key.networks.iter().map(Network::to_string).collect::<Vec<_>>().join(", ")
    }
    /// The lists it is limited to, in words.
    fn lists_of(&self, key: &ApiKeyRow) -> String {
        key_lists::in_words(key.lists.as_ref(), &self.lists)
    }
    fn limits(&self, list: &ListId) -> bool {
        self.form.list.iter().any(|word| *word == list.to_string())
    }
    fn works(&self, key: &ApiKeyRow) -> bool {
        key.works(self.now)
    }
    fn next(&self) -> String {
        self.keys.next.as_ref().map(|after| format!("/settings/keys?after={after}")).unwrap_or_default()
    }
}

/// What a scope allows, for people.
const fn meaning(scope: &Scope) -> &'static str {
    match scope {
        Scope::Read => "See subscribers, lists, campaigns and reports",
        Scope::Write => "Create and change subscribers, lists and content",
        Scope::Import => "Bring people in from files",
        Scope::Export => "Take people out to files",
        Scope::Send => "Send, schedule, pause and cancel campaigns",
        Scope::Admin => "Settings, relays, domains, keys, people, the record",
        Scope::Never => "",
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct NewKey {
    name: String,
    scope: Vec<String>,
    class: Vec<String>,
    networks: String,
    list: Vec<String>,
    expires: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Asked {
    ask: String,
}

pub(super) async fn index(
    State(app): State<App>,
    Who(ctx): Who,
    Params(query): Params<Asked>,
    shell: Shell,
    cursor: Cursor,
) -> Result<Response, Fail> {
    let page = page(&app, &ctx, shell, NewKey::default(), cursor).await?;
    Ok(Page(KeysPage { asked: query.ask, ..page }).into_response())
}

pub(super) async fn create(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    SafeForm(form): SafeForm<NewKey>,
) -> Result<Response, Fail> {
    match try_create(&app, &ctx, &form).await {
        Ok(made) => {
            let page = page(&app, &ctx, shell, NewKey::default(), Cursor::default()).await?;
            Ok(Page(KeysPage { made, ..page }).into_response())
        }
        Err(Error::Invalid { field, message }) => {
            let page = page(&app, &ctx, shell, form, Cursor::default()).await?;
            let page = KeysPage { field, error: message, ..page };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

async fn try_create(app: &App, ctx: &Ctx, form: &NewKey) -> crate::Result<String> {
    let scopes: Vec<Scope> = form.scope.iter().filter_map(|word| Scope::parse(word)).collect();
    let expires = keys::end_of_day("expires", &form.expires)?;
    let clear = form.class.iter().filter_map(|word| DataClass::parse(word)).collect();
    let networks = keys::networks(form.networks.split([',', ' ', '\n', '\r']))?;
    let wrong = |_| Error::invalid("lists", "One of these lists does not exist.");
    let lists: BTreeSet<ListId> = form.list.iter().map(|word| word.parse()).collect::<Result<_, _>>().map_err(wrong)?;
    let lists = (!lists.is_empty()).then_some(lists);
    let new = NewApiKey { name: form.name.clone(), scopes, clear, networks, lists, expires_at: expires };
    let mut tx = app.begin(ctx, "api_keys.create").await?;
    let (_, text) = keys::create_api_key(app, &mut tx, ctx, new).await?;
    tx.commit().await?;
    Ok(text)
}

pub(super) async fn revoke(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<ApiKeyId>,
) -> Result<SeeOther, Fail> {
    let mut tx = app.begin(&ctx, "api_keys.revoke").await?;
    keys::revoke_api_key(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to("/settings/keys").flash(Flash::good("Revoked. The key does not work any more.")))
}

async fn page(app: &App, ctx: &Ctx, shell: Shell, form: NewKey, cursor: Cursor) -> Result<KeysPage, Fail> {
    let mut tx = app.read(ctx, "api_keys.index").await?;
    let rows = keys::list(&mut tx, ctx, cursor.key()?, cursor.limit + 1).await?;
    let lists = key_lists::known(&mut tx).await?;
    let keys = Paged::from_surplus(rows, cursor.limit, |row| row.id);
    let shell = shell.titled("API keys");
    let (field, error, made, asked) = Default::default();
    Ok(KeysPage { shell, keys, lists, now: ctx.now(), form, field, error, made, asked })
}
