//! The guard before each handler: who asks, may they, did they mean it.
//!
//! Order: credential, right, body limit, origin, seal, fresh proof where the act asks for one; only
//! then the handler, with a [`Ctx`] among the request's extensions; then the credential once more,
//! for the gate may have turned meanwhile. A failure of any step, or of the handler, gets its words
//! here, where it is known whether a person or a program reads them.

use crate::cookies::{Jar, SessionToken};
use crate::csrf::Seal;
use crate::flash::Outgoing;
use crate::form::FormBytes;
use crate::proof::{self, PROVE_PATH, Proof, ProvePage, WHILE_QUESTIONED};
use crate::render::{self, Reader};
use crate::routes::{Kind, RouteInfo};
use crate::settings::Door;
use crate::shell::{self, Identity};
use crate::{Fail, Page, RequestMark, SignedIn, Site, csrf, form, keep};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use http_body_util::Limited;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use waxwing_domain::{Actor, Ctx, Rights, Rng, WorkspaceId};

/// A handler that has not answered by then is stopped; streams are not.
const HANDLER_TIME: Duration = Duration::from_secs(60);

/// The seal of this request's forms and whether the page made use of it.
#[derive(Clone)]
pub(crate) struct Sealing {
    pub(crate) seal: Seal,
    /// A visitor token that the browser does not have yet.
    fresh: Option<String>,
    used: Arc<AtomicBool>,
    rng: Arc<dyn Rng>,
}

impl fmt::Debug for Sealing {
    /// Leaves out the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealing(…)")
    }
}

impl Sealing {
    /// A token for a form on the page that answers this request.
    pub(crate) fn token(&self) -> String {
        self.used.store(true, Ordering::Relaxed);
        self.seal.token(&*self.rng)
    }
}

/// Set when the flash was put on a page, so that it is not shown twice.
#[derive(Clone, Default)]
pub(crate) struct FlashShown(pub(crate) Arc<AtomicBool>);

/// What the guard keeps of a request to finish its answer.
struct Visit {
    site: Arc<Site>,
    route: Arc<RouteInfo>,
    reader: Reader,
    mark: RequestMark,
    identity: Identity,
    person: Option<SignedIn>,
    sealing: Option<Sealing>,
    flash: FlashShown,
    /// The form that came, for the page that asks for a proof.
    form: Option<FormBytes>,
    /// What was wrong with the proof that came.
    wrong_proof: String,
    /// The token that the session was given for a right proof.
    renewed: Option<String>,
}

pub(crate) async fn guard(State(route): State<Arc<RouteInfo>>, mut request: Request, next: Next) -> Response {
    let extensions = request.extensions();
    let (Some(site), Some(mark)) = (extensions.get::<Arc<Site>>().cloned(), extensions.get::<RequestMark>().copied())
    else {
        return Fail::internal(crate::site::NotBehindFront).into_response();
    };
    let reader = Reader::of(&request, route.kind, mark.id);
    let mut visit = Visit::new(site, route, reader, mark);
    let outcome = match visit.elsewhere(&request) {
        Some(outcome) => outcome,
        None => match visit.admit(&mut request).await {
            Ok(()) => match visit.question().await {
                Ok(Some(question)) => Ok(question),
                Ok(None) => visit.handle(request, next).await,
                Err(fail) => Err(fail),
            },
            Err(fail) => Err(fail),
        },
    };
    let outcome = visit.ask_for_proof(outcome).await;
    let outcome = visit.release(outcome).await;
    visit.finish(outcome)
}

impl Visit {
    fn new(site: Arc<Site>, route: Arc<RouteInfo>, reader: Reader, mark: RequestMark) -> Self {
        let (identity, person, sealing, flash, form, wrong_proof, renewed) = Default::default();
        Self { site, route, reader, mark, identity, person, sealing, flash, form, wrong_proof, renewed }
    }

    /// The answer to who asks at the wrong one of our two hosts: customers' content has moved to its
    /// own, for the sake of links in mail that is out already; and there is nothing else.
    fn elsewhere(&self, request: &Request) -> Option<Result<Response, Fail>> {
        let content = self.site.settings.content()?;
        match (request.extensions().get::<Door>(), self.route.kind) {
            (Some(Door::Content), Kind::Content) => None,
            (Some(Door::Content), _) => Some(Err(Fail::NotFound)),
            (_, Kind::Content) => {
                let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
                let place = HeaderValue::try_from(format!("{content}{path}")).map_err(Fail::internal);
                Some(place.map(|place| (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, place)]).into_response()))
            }
            _ => None,
        }
    }

    async fn admit(&mut self, request: &mut Request) -> Result<(), Fail> {
        let mut ctx = self.identify(request).await?;
        self.identity.ctx = Some(ctx.clone());
        ctx.authorise_look(self.route.action)?;
        self.limit_body(request)?;
        if let (Kind::Page | Kind::Public, false) = (self.route.kind, is_safe(request.method())) {
            self.check_origin(request.headers())?;
            self.check_seal(request).await?;
            self.look_again(request.headers(), &mut ctx).await?;
            self.form = request.extensions().get::<FormBytes>().cloned();
            self.take_proof(&mut ctx).await?;
            self.refuse_questioned()?;
            ctx.authorise(self.route.action)?;
        }
        self.refuse_questioned()?;
        let extensions = request.extensions_mut();
        extensions.insert(ctx);
        extensions.insert(self.identity.clone());
        extensions.insert(self.flash.clone());
        extensions.insert(self.route.clone());
        Ok(())
    }

    /// The context of the request by the kind of its route.
    async fn identify(&mut self, request: &mut Request) -> Result<Ctx, Fail> {
        let mark = self.mark;
        let path = request.uri().path().to_owned();
        let mut entered = None;
        let (workspace, actor, rights) = match self.route.kind {
            Kind::Page => {
                let person = self.session(request).await?;
                entered = person.entered;
                (person.workspace, Actor::Account(person.account, person.session), person.rights)
            }
            Kind::Api if self.route.action != waxwing_domain::Action::Public => {
                let key = bearer(request.headers()).ok_or(Fail::SignIn)?;
                let holder = self.site.authenticate.api_key(key, mark.into()).await?.ok_or(Fail::SignIn)?;
                entered = holder.entered;
                (holder.workspace, Actor::ApiKey(holder.key), holder.rights)
            }
            Kind::Public => {
                self.visitor(request);
                (self.named(&path).await?, Actor::Public, Rights::nothing())
            }
            Kind::Open | Kind::Content => (self.named(&path).await?, Actor::Public, Rights::nothing()),
            Kind::Api | Kind::Asset => (self.site.authenticate.public_workspace(), Actor::Public, Rights::nothing()),
        };
        let site = &self.site;
        let bare = Ctx::bare(workspace, actor, rights, site.clock.clone(), site.rng.clone());
        let ctx = Ctx { request: mark.id, address: mark.address, entered, ..bare };
        Ok(self.person.as_ref().map_or(ctx.clone(), |person| standing(ctx, person)))
    }

    /// Asks again who is signed in once the body has arrived: sessions end, roles are taken back and proofs grow old
    /// while somebody sends slowly.
    async fn look_again(&mut self, headers: &HeaderMap, ctx: &mut Ctx) -> Result<(), Fail> {
        if self.person.is_none() {
            return Ok(());
        }
        let token = SessionToken::of(headers, &self.site.settings).ok_or(Fail::SignIn)?;
        let found = self.site.authenticate.session(token.as_str(), self.mark.into()).await?;
        let person = found.ok_or(Fail::SignIn)?;
        *ctx = standing(ctx.clone(), &person);
        self.identity.ctx = Some(ctx.clone());
        self.person = Some(person);
        Ok(())
    }

    /// The workspace of what the address of a signed-out page names.
    async fn named(&self, path: &str) -> Result<WorkspaceId, Fail> {
        let authenticate = &self.site.authenticate;
        let found = match self.route.named(path) {
            Some(named) => authenticate.named(&self.route.path, named).await?,
            None => None,
        };
        Ok(found.unwrap_or_else(|| authenticate.public_workspace()))
    }

    async fn session(&mut self, request: &mut Request) -> Result<SignedIn, Fail> {
        let token = SessionToken::of(request.headers(), &self.site.settings).ok_or(Fail::SignIn)?;
        let found = self.site.authenticate.session(token.as_str(), self.mark.into()).await?;
        let person = found.ok_or(Fail::SignIn)?;
        self.seal(request, Seal::of_token(&person.form_key), None);
        self.identity = Identity::of(&person);
        self.person = Some(person.clone());
        request.extensions_mut().insert(person.clone());
        Ok(person)
    }

    /// Signed out, forms are sealed to a random cookie of the browser.
    fn visitor(&mut self, request: &mut Request) {
        let known = Jar::Visitor.read(request.headers(), &self.site.settings).map(str::to_owned);
        let fresh = known.is_none().then(|| {
            let mut bytes = [0u8; 24];
            self.site.rng.fill(&mut bytes);
            URL_SAFE_NO_PAD.encode(bytes)
        });
        let token = known.or_else(|| fresh.clone()).unwrap_or_default();
        self.seal(request, Seal::of_token(&token), fresh);
    }

    fn seal(&mut self, request: &mut Request, seal: Seal, fresh: Option<String>) {
        let rng = self.site.rng.clone();
        let sealing = Sealing { seal, fresh, used: Arc::default(), rng };
        request.extensions_mut().insert(sealing.clone());
        self.sealing = Some(sealing);
    }

    /// No reader of the body sees more than the route allows, whatever `Content-Length` says.
    fn limit_body(&self, request: &mut Request) -> Result<(), Fail> {
        let limit = self.route.body_limit;
        let declared =
            request.headers().get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<u64>().ok());
        if declared.is_some_and(|length| length > limit) {
            return Err(Fail::TooLarge(limit));
        }
        let body = std::mem::replace(request.body_mut(), Body::empty());
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        *request.body_mut() = Body::new(Limited::new(body, most));
        Ok(())
    }

    /// What a browser says about where a request began must name this very origin.
    fn check_origin(&self, headers: &HeaderMap) -> Result<(), Fail> {
        let text = |name: &str| headers.get(name).map(|v| v.to_str().unwrap_or("?"));
        let fetch_site = text("sec-fetch-site");
        if fetch_site.is_some_and(|site| !matches!(site, "same-origin" | "none")) {
            return Err(Fail::Unsealed);
        }
        let ours = text("host").and_then(|host| self.site.settings.origin_of_host(host)).ok_or(Fail::Misdirected)?;
        match text("origin") {
            None => Ok(()),
            // Pages with `Referrer-Policy: no-referrer` send a null origin (Fetch §3.2); then
            // the browser's own word must vouch for it.
            Some("null") if fetch_site == Some("same-origin") => Ok(()),
            Some(origin) if origin == ours.to_string() => Ok(()),
            Some(_) => Err(Fail::Unsealed),
        }
    }

    /// A form's token is in its header or its body; streamed bodies are checked by `Upload`.
    async fn check_seal(&self, request: &mut Request) -> Result<(), Fail> {
        // A seal that is only now being made cannot have sealed what is sent.
        let known = self.sealing.as_ref().filter(|sealing| sealing.fresh.is_none());
        let seal = &known.ok_or(Fail::Unsealed)?.seal;
        if let Some(token) = request.headers().get(csrf::HEADER) {
            let valid = token.to_str().is_ok_and(|token| seal.verifies(token));
            return if valid {
                form::keep(request, self.route.body_limit, self.route.streams).await
            } else {
                Err(Fail::Unsealed)
            };
        }
        if self.route.streams {
            return Ok(());
        }
        form::keep(request, self.route.body_limit, false).await?;
        let bytes = request.extensions().get::<FormBytes>().ok_or(Fail::Unsealed)?;
        let token = form::value(bytes, csrf::FIELD).ok_or(Fail::Unsealed)?;
        if seal.verifies(&token) { Ok(()) } else { Err(Fail::Unsealed) }
    }

    /// Judges the proof that came with the form, if one did; a right one makes the session fresh.
    async fn take_proof(&mut self, ctx: &mut Ctx) -> Result<(), Fail> {
        let (Some(person), Some(proof)) = (&self.person, self.form.as_ref().and_then(Proof::of)) else {
            return Ok(());
        };
        match self.site.authenticate.prove(person, proof, self.mark.into()).await {
            Ok(Some(token)) => {
                // What the session may do can have grown with what it rests on.
                let person = self.site.authenticate.session(&token, self.mark.into()).await?.ok_or(Fail::SignIn)?;
                *ctx = standing(ctx.clone(), &person);
                self.identity.ctx = Some(ctx.clone());
                self.person = Some(person);
                self.renewed = Some(token);
                return Ok(());
            }
            Ok(None) => self.wrong_proof = "That is not right. Try again.".to_owned(),
            Err(fail @ Fail::TooMany { .. }) => self.wrong_proof = fail.detail(),
            Err(other) => return Err(other),
        }
        Err(Fail::Unproven(self.route.action))
    }

    /// A session that was stepped up does nothing else before its proof, neither looking nor changing.
    fn refuse_questioned(&self) -> Result<(), Fail> {
        let free = WHILE_QUESTIONED.contains(&self.route.path.as_str());
        let asked = self.person.as_ref().is_some_and(|person| person.questioned);
        if asked && !free { Err(Fail::Unproven(self.route.action)) } else { Ok(()) }
    }

    /// The question of a session that was stepped up, on the page of its own; `None` everywhere else.
    async fn question(&self) -> Result<Option<Response>, Fail> {
        let asks = self.person.as_ref().is_some_and(|person| person.questioned) && self.route.path == PROVE_PATH;
        if !asks {
            return Ok(None);
        }
        let back = self.form.as_ref().and_then(|form| form::value(form, "back"));
        let back = back.or_else(|| self.reader.query("back")).unwrap_or_default();
        self.prove_page(PROVE_PATH.to_owned(), vec![("back".to_owned(), back)]).await.map(Some)
    }

    /// A form that wants a proof is answered with the question for it, which carries the form along.
    async fn ask_for_proof(&self, outcome: Result<Response, Fail>) -> Result<Response, Fail> {
        if self.person.is_none() || !wants_proof(&outcome) || !self.reader.sends_form() {
            return outcome;
        }
        let fields = self.form.as_ref().map(proof::carried).unwrap_or_default();
        self.prove_page(self.reader.whole_path().to_owned(), fields).await
    }

    async fn prove_page(&self, action: String, fields: Vec<(String, String)>) -> Result<Response, Fail> {
        let person = self.person.as_ref().ok_or(Fail::SignIn)?;
        let ways = self.site.authenticate.proof_ways(person, self.mark.into()).await?.unwrap_or_default();
        let (shell, error) = (self.error_shell().titled("Is it you?"), self.wrong_proof.clone());
        let page = ProvePage { shell, action, fields, ways, questioned: person.questioned, error };
        Ok((StatusCode::FORBIDDEN, Page(page)).into_response())
    }

    async fn handle(&self, request: Request, next: Next) -> Result<Response, Fail> {
        let answer = next.run(request);
        if self.route.streams {
            return Ok(answer.await);
        }
        tokio::time::timeout(HANDLER_TIME, answer).await.map_err(|_| Fail::TimedOut)
    }

    /// The answer, if whoever asked would still be let in.
    async fn release(&self, outcome: Result<Response, Fail>) -> Result<Response, Fail> {
        let Some(ctx) = self.identity.ctx.as_ref().filter(|ctx| keep::is_watched(ctx)) else { return outcome };
        keep::still_holds(&*self.site.authenticate, ctx).await?;
        outcome.map(|response| keep::watched(response, self.site.authenticate.clone(), ctx.clone()))
    }

    fn finish(&self, outcome: Result<Response, Fail>) -> Response {
        let mut response = match outcome {
            Ok(response) => self.worded(response),
            Err(fail) => self.refusal(&fail),
        };
        self.reader.redirect_whole_page(&mut response);
        self.add_cookies(&mut response);
        crate::headers::mark(&mut response, self.route.clone());
        response
    }

    /// A response that carries a failure, or a bare rejection of axum, gets its words.
    fn worded(&self, response: Response) -> Response {
        if let Some(fail) = response.extensions().get::<Fail>() {
            return self.refusal(fail);
        }
        match render::bare_rejection(&response, self.route.body_limit) {
            Some(fail) => self.refusal(&fail),
            None => response,
        }
    }

    fn refusal(&self, fail: &Fail) -> Response {
        self.note(fail);
        match (fail, self.route.kind) {
            (Fail::SignIn, Kind::Page) => self.reader.to_sign_in(&self.site),
            (Fail::Unproven(_), Kind::Page) if self.is_questioned() => self.reader.to_question(&self.error_shell()),
            (Fail::Denied(_), Kind::Page) if self.is_enrolling() => {
                self.reader.to_enrolment(&self.site, &self.error_shell())
            }
            _ => self.reader.refusal(fail, &self.error_shell()),
        }
    }

    /// Who was refused for want of a right, a seal or a key that works: a line for whoever watches the log. A
    /// browser without a session is no such thing.
    fn note(&self, fail: &Fail) {
        let lacks = match (fail, self.route.kind) {
            (Fail::Denied(action), _) => action.name(),
            (Fail::Unsealed, _) => "a seal of this session",
            (Fail::SignIn, Kind::Api) => "a key that works",
            _ => return,
        };
        let (request, method, route) = (self.reader.number(), &self.route.method, &self.route.path);
        let actor = self.identity.ctx.as_ref().map(|ctx| ctx.actor);
        tracing::warn!(%request, %method, %route, ?actor, lacks, "refused");
    }

    /// Whether the person could do it but for a credential that the workspace asks for.
    fn is_enrolling(&self) -> bool {
        self.identity.ctx.as_ref().is_some_and(|ctx| ctx.enrolling)
    }

    /// Whether the session was stepped up and has given no proof yet.
    fn is_questioned(&self) -> bool {
        self.person.as_ref().is_some_and(|person| person.questioned)
    }

    fn error_shell(&self) -> crate::Shell {
        shell::bare(&self.identity, self.reader.path(), self.sealing.clone())
    }

    fn add_cookies(&self, response: &mut Response) {
        let site = &self.site;
        let flash = response.extensions().get::<Outgoing>().and_then(|flash| flash.header(site));
        let shown = self.flash.0.load(Ordering::Relaxed).then(|| Jar::Flash.clear(&site.settings)).flatten();
        let visitor = self.sealing.as_ref().filter(|s| s.used.load(Ordering::Relaxed)).and_then(|s| s.fresh.as_ref());
        let visitor = visitor.and_then(|token| Jar::Visitor.set(token, None, &site.settings));
        // A handler that began another session has the last word.
        let renewed = self.renewed.as_ref().filter(|_| !Jar::Session.is_set(response.headers(), &site.settings));
        let renewed = renewed.and_then(|token| Jar::Session.set(token, None, &site.settings));
        for header in [shown, flash, visitor, renewed].into_iter().flatten() {
            response.headers_mut().append(SET_COOKIE, header);
        }
    }
}

/// With what this person may do in this session now.
fn standing(ctx: Ctx, person: &SignedIn) -> Ctx {
    let SignedIn { rights, proven, enrolling, .. } = person;
    Ctx { rights: rights.clone(), proven: *proven, enrolling: *enrolling, ..ctx }
}

/// Whether a request ended, in guard or handler, for want of a fresh proof.
fn wants_proof(outcome: &Result<Response, Fail>) -> bool {
    let fail = match outcome {
        Ok(response) => response.extensions().get::<Fail>(),
        Err(fail) => Some(fail),
    };
    matches!(fail, Some(Fail::Unproven(_)))
}

/// Methods that change nothing (RFC 9110 §9.2.1).
pub(crate) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// The token of `Authorization: Bearer …` (RFC 6750 §2.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= 512).then_some(token)
}
