//! API keys for programs, and the document of the whole API.

use super::keys::{self, ApiKeyRow};
use crate::App;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::OnceLock;
use utoipa::ToSchema;
use waxwing_domain::{ApiKeyId, ClassSet, DataClass, ListId, Micros, Network, Scope};
use waxwing_http::{ApiJson, Cursor, Fail, Paged, Segment, Who};

/// An API key, without its secret.
#[derive(Serialize, ToSchema)]
pub(super) struct ApiKeyView {
    /// Its id.
    #[schema(value_type = String)]
    id: ApiKeyId,
    /// What it is for.
    name: String,
    /// What it may do.
    scopes: Vec<&'static str>,
    /// The classes of fields it sees in clear.
    clear: Vec<&'static str>,
    /// From which networks it may come; anywhere when empty.
    networks: Vec<String>,
    /// The lists it is limited to, by id, and with them the people; all where absent.
    #[schema(value_type = Option<Vec<String>>)]
    lists: Option<BTreeSet<ListId>>,
    /// When it was made (RFC 3339).
    created_at: String,
    /// When it stops working.
    expires_at: Option<String>,
    /// When it was last used, to the minute.
    used_at: Option<String>,
    /// When it was revoked.
    revoked_at: Option<String>,
}

impl From<ApiKeyRow> for ApiKeyView {
    fn from(row: ApiKeyRow) -> Self {
        let text = |at: Option<Micros>| at.map(|at| at.to_string());
        Self {
            id: row.id,
            scopes: row.scopes.iter().map(|scope| scope.name()).collect(),
            clear: row.clear.iter().map(DataClass::as_str).collect(),
            networks: row.networks.iter().map(Network::to_string).collect(),
            lists: row.lists,
            created_at: row.created_at.to_string(),
            expires_at: text(row.expires_at),
            used_at: text(row.used_at),
            revoked_at: text(row.revoked_at),
            name: row.name,
        }
    }
}

/// A key to be made.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewApiKey {
    /// What it is for, at most 100 characters.
    name: String,
    /// Of: read, write, import, export, send, admin.
    scopes: Vec<String>,
    /// The classes of fields it sees in clear: public, internal, personal, sensitive. All that the maker sees if absent.
    clear: Option<Vec<String>>,
    /// Networks it may come from, such as 192.0.2.0/24; anywhere if absent.
    #[serde(default)]
    networks: Vec<String>,
    /// Lists it is limited to, by id: it reaches the people on them and nothing that cannot be limited to lists. All if
    /// absent.
    #[schema(value_type = Option<Vec<String>>)]
    lists: Option<BTreeSet<ListId>>,
    /// When it stops working (RFC 3339); never if absent.
    expires_at: Option<String>,
}

/// A new key with its text, which is never shown again.
#[derive(Serialize, ToSchema)]
pub(super) struct MadeApiKey {
    /// Its id.
    #[schema(value_type = String)]
    id: ApiKeyId,
    /// The key itself. Keep it: nobody can see it again.
    key: String,
}

/// The API keys of the workspace.
#[utoipa::path(get, path = "/api/v1/api-keys", tag = "api-keys", params(Cursor),
    responses((status = 200, description = "One page of keys.", body = Paged<ApiKeyView>)))]
pub(super) async fn index(
    State(app): State<App>,
    Who(ctx): Who,
    cursor: Cursor,
) -> Result<Json<Paged<ApiKeyView>>, Fail> {
    let mut tx = app.read(&ctx, "api_keys.index").await?;
    let rows = keys::list(&mut tx, &ctx, cursor.key()?, cursor.limit + 1).await?;
    Ok(Json(Paged::from_surplus(rows, cursor.limit, |row| row.id).map(Into::into)))
}

/// Makes an API key.
#[utoipa::path(post, path = "/api/v1/api-keys", tag = "api-keys", request_body = NewApiKey,
    responses((status = 201, description = "Made. The key is shown this once.", body = MadeApiKey)))]
pub(super) async fn create(
    State(app): State<App>,
    Who(ctx): Who,
    ApiJson(new): ApiJson<NewApiKey>,
) -> Result<(StatusCode, Json<MadeApiKey>), Fail> {
    let unknown = || Fail::invalid("scopes", "Use read, write, import, export, send and admin only.");
    let scopes = new.scopes.iter().map(|word| Scope::parse(word)).collect::<Option<Vec<_>>>().ok_or_else(unknown)?;
    let expires_at = new.expires_at.as_deref().map(moment).transpose()?;
    let clear = new.clear.as_ref().map_or(Some(ctx.rights.clear), |words| ClassSet::parse(&words.join(",")));
    let clear = clear.ok_or_else(|| Fail::invalid("clear", "Use public, internal, personal and sensitive only."))?;
    let networks = keys::networks(new.networks.iter().map(String::as_str))?;
    let new = keys::NewApiKey { name: new.name, scopes, clear, networks, lists: new.lists, expires_at };
    let mut tx = app.begin(&ctx, "api_keys.create").await?;
    let (id, key) = keys::create_api_key(&app, &mut tx, &ctx, new).await?;
    tx.commit().await.map_err(crate::Error::from)?;
    Ok((StatusCode::CREATED, Json(MadeApiKey { id, key })))
}

fn moment(text: &str) -> Result<Micros, Fail> {
    let at: Result<jiff::Timestamp, _> = text.parse();
    at.map(|at| Micros::from_i64(at.as_microsecond()))
        .map_err(|_| Fail::invalid("expires_at", "Write it as RFC 3339 says, such as 2027-01-31T00:00:00Z."))
}

/// Ends an API key.
#[utoipa::path(delete, path = "/api/v1/api-keys/{id}", tag = "api-keys",
    params(("id" = String, Path, description = "The key's id.")),
    responses((status = 204, description = "The key never works again.")))]
pub(super) async fn revoke(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<ApiKeyId>,
) -> Result<StatusCode, Fail> {
    let mut tx = app.begin(&ctx, "api_keys.revoke").await?;
    keys::revoke_api_key(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(crate::Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// The OpenAPI 3.1 document, read from the same declarations as the routes; holds nothing secret.
pub(super) async fn document() -> Result<Response, Fail> {
    static TEXT: OnceLock<String> = OnceLock::new();
    let text = match TEXT.get() {
        Some(text) => text.clone(),
        None => {
            let text = crate::routes().finish().api.to_json().map_err(Fail::internal)?;
            TEXT.get_or_init(|| text).clone()
        }
    };
    Ok(([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], text).into_response())
}
