//! The OpenAPI 3.1 document, grown together with the routes.

use http::Method;
use serde::Serialize;
use utoipa::openapi::path::{HttpMethod, Operation};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Response, ResponseBuilder, Schema,
};
use utoipa::{PartialSchema, ToSchema};
use waxwing_domain::Action;

/// The name of the security scheme in the document.
pub const API_KEY_SCHEME: &str = "api_key";

/// A problem document (RFC 9457).
#[derive(Serialize, ToSchema)]
pub struct Problem {
    /// Names the kind of problem, for ever: `urn:waxwing:problem:<kind>`.
    #[serde(rename = "type")]
    #[schema(example = "urn:waxwing:problem:invalid")]
    pub kind: String,
    /// What happened, the same for every problem of the kind.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// Why this time, and what to do next.
    pub detail: String,
    /// The request: `urn:waxwing:request:<id>`; the log has it under the same id.
    pub instance: String,
    /// The fields that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemError>,
}

/// One wrong field.
#[derive(Serialize, ToSchema)]
pub struct ProblemError {
    /// The field's name or path.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

/// A document without operations.
pub(crate) fn empty() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Waxwing")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "People, lists, campaigns and reports. Send an API key as `Authorization: Bearer …`. \
             Errors are problem documents (RFC 9457). Lists are paged by an opaque cursor.",
        ))
        .build();
    let mut components = Components::new();
    let key = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("An API key")).build();
    components.add_security_scheme(API_KEY_SCHEME, SecurityScheme::Http(key));
    for (name, schema) in [("Problem", Problem::schema()), ("ProblemError", ProblemError::schema())] {
        components.schemas.insert(name.to_owned(), schema);
    }
    OpenApiBuilder::new().info(info).components(Some(components)).build()
}

/// Adds the operation of `P`, its schemas, the key it needs and the answer to failures; returns its method.
/// A schema whose name another one has already is noted in `clashing`.
pub(crate) fn add<P>(document: &mut OpenApi, clashing: &mut Vec<String>, action: Action) -> Method
where
    P: utoipa::Path + utoipa::__dev::SchemaReferences,
{
    let methods = P::methods();
    // `#[utoipa::path]` does not compile without a method.
    let first = methods.first().cloned().unwrap_or(HttpMethod::Get);
    let operation = named(P::operation(), &P::path());
    document.paths.add_path_operation(P::path(), methods, secured(operation, action));
    let mut schemas = Vec::new();
    P::schemas(&mut schemas);
    clashing.extend(clashes(document, schemas.iter().map(|(name, schema)| (name, schema))));
    let components = document.components.get_or_insert_with(Components::new);
    components.schemas.extend(schemas);
    method(&first)
}

/// The schemas of a document by name.
pub(crate) fn schemas_of(document: &OpenApi) -> impl Iterator<Item = (&String, &RefOr<Schema>)> {
    document.components.iter().flat_map(|components| &components.schemas)
}

/// Which of these names mean something else in the document.
pub(crate) fn clashes<'a>(
    document: &OpenApi,
    schemas: impl Iterator<Item = (&'a String, &'a RefOr<Schema>)>,
) -> Vec<String> {
    let known = document.components.as_ref().map(|components| &components.schemas);
    let other = |(name, schema): &(&String, &RefOr<Schema>)| {
        known.and_then(|known| known.get(*name)).is_some_and(|known| known != *schema)
    };
    schemas.filter(other).map(|(name, _)| name.clone()).collect()
}

/// The operation under a name of its own: handlers of different features share short names, clients
/// made from the document must not. `index` under `/api/v1/reports/…` becomes `reports_index`.
fn named(mut operation: Operation, path: &str) -> Operation {
    let feature = path.trim_start_matches("/api/v1/").split('/').next().unwrap_or_default().replace('-', "_");
    let prefix = format!("{feature}_");
    operation.operation_id = operation.operation_id.map(|id| match id.starts_with(&prefix) {
        true => id,
        false => format!("{prefix}{id}"),
    });
    operation
}

fn secured(mut operation: Operation, action: Action) -> Operation {
    if action != Action::Public {
        operation.security = Some(vec![SecurityRequirement::new(API_KEY_SCHEME, [action.scope().name()])]);
    }
    let problem = problem("The request was not done; the problem document says why.");
    operation.responses.responses.entry("default".to_owned()).or_insert(RefOr::T(problem));
    for (status, response) in &mut operation.responses.responses {
        if let (true, RefOr::T(told)) = (status.starts_with(['4', '5']), &*response) {
            *response = RefOr::T(self::problem(&told.description));
        }
    }
    operation
}

/// Every failure is a problem document, whatever a handler's documentation says it is.
fn problem(why: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new().description(why).content("application/problem+json", content).build()
}

fn method(method: &HttpMethod) -> Method {
    match method {
        HttpMethod::Get => Method::GET,
        HttpMethod::Post => Method::POST,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Delete => Method::DELETE,
        HttpMethod::Patch => Method::PATCH,
        HttpMethod::Options => Method::OPTIONS,
        HttpMethod::Head => Method::HEAD,
        HttpMethod::Trace => Method::TRACE,
    }
}
