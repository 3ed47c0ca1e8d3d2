//! What the layout shows around every page: navigation, state bar, flash, form seal.

use crate::flash::Flash;
use crate::guard::{FlashShown, Sealing};
use crate::site::site;
use crate::{Fail, SignedIn, StateBar};
use axum::extract::FromRequestParts;
use http::request::Parts;
use std::fmt;
use std::sync::atomic::Ordering;
use waxwing_domain::{Action, Ctx};

/// The seven places of the navigation, in their order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// What needs a person now.
    Home,
    /// People, lists, imports.
    Audience,
    /// Campaigns and templates.
    Campaigns,
    /// Sign-up forms.
    Forms,
    /// What became of it.
    Reports,
    /// The record, alerts, access.
    Security,
    /// Relays, domains, keys, people who sign in.
    Settings,
}

impl Place {
    /// All of them.
    pub const ALL: [Place; 7] = [
        Place::Home,
        Place::Audience,
        Place::Campaigns,
        Place::Forms,
        Place::Reports,
        Place::Security,
        Place::Settings,
    ];
    /// Its name.
    pub const fn name(self) -> &'static str {
        self.row().0
    }
    /// Its path.
    pub const fn path(self) -> &'static str {
        self.row().1
    }
    /// Its icon.
    pub const fn icon(self) -> &'static str {
        self.row().2
    }
    /// What one must be allowed to do to see it in the navigation.
    pub const fn action(self) -> Action {
        self.row().3
    }

    const fn row(self) -> (&'static str, &'static str, &'static str, Action) {
        match self {
            Place::Home => ("Home", "/", "home", Action::HomeRead),
            Place::Audience => ("Audience", "/audience", "users", Action::ListsRead),
            Place::Campaigns => ("Campaigns", "/campaigns", "mail", Action::CampaignsRead),
            Place::Forms => ("Forms", "/forms", "forms", Action::FormsRead),
            Place::Reports => ("Reports", "/reports", "chart-bar", Action::ReportsRead),
            Place::Security => ("Security", "/security", "shield-check", Action::RecordRead),
            Place::Settings => ("Settings", "/settings", "settings", Action::SettingsRead),
        }
    }

    /// The place that a path lies in.
    fn of_path(path: &str) -> Option<Place> {
        let under = |place: &Place| {
            let rest = path.strip_prefix(place.path());
            rest.is_some_and(|rest| rest.is_empty() || (place.path() != "/" && rest.starts_with('/')))
        };
        Place::ALL.into_iter().find(under)
    }
}

/// One line of the navigation.
#[derive(Clone, Debug)]
pub struct PlaceLink {
    /// The place.
    pub place: Place,
    /// Whether the page lies there.
    pub active: bool,
}

/// Who looks at the page.
#[derive(Clone, Default)]
pub struct Identity {
    /// How the person is shown; empty when nobody is signed in.
    pub name: String,
    /// The organisation; empty when nobody is signed in.
    pub organisation: String,
    /// Shown on every page while the workspace is not in its normal state.
    pub state: Option<StateBar>,
    pub(crate) ctx: Option<Ctx>,
}

impl Identity {
    pub(crate) fn of(person: &SignedIn) -> Self {
        Self {
            name: person.name.clone(),
            organisation: person.organisation.clone(),
            state: person.state.clone(),
            ctx: None,
        }
    }
}

impl fmt::Debug for Identity {
    /// Leaves out the names.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(…)")
    }
}

/// The frame of a page. Every template embeds one as `shell` and extends `layout.html` (signed
/// in) or `plain.html` (signed out).
#[derive(Clone, Debug)]
pub struct Shell {
    /// The page's title, also in the browser's tab.
    pub title: String,
    /// Who looks at it.
    pub identity: Identity,
    /// Where it lies.
    pub place: Option<Place>,
    /// What the page before left to say.
    pub flash: Option<Flash>,
    sealing: Option<Sealing>,
    /// The path of this page.
    pub path: String,
}

impl Shell {
    /// With the page's title.
    pub fn titled(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }
    /// In another place than its path says.
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }
    /// Whether the person may do `action`: what may not be used is not shown.
    pub fn may(&self, action: Action) -> bool {
        self.identity.ctx.as_ref().is_some_and(|ctx| ctx.may(action))
    }
    /// A seal for one form of this page; `ui::seal(shell)` puts it in. A visitor's browser gets its
    /// cookie only if a page asks for one.
    pub fn csrf(&self) -> String {
        self.sealing.as_ref().map(Sealing::token).unwrap_or_default()
    }
    /// Whether somebody is signed in.
    pub fn signed_in(&self) -> bool {
        self.may(Action::Enrol)
    }
    /// The navigation of this person.
    pub fn places(&self) -> Vec<PlaceLink> {
        let links = Place::ALL.into_iter().filter(|place| self.may(place.action()));
        links.map(|place| PlaceLink { place, active: self.place == Some(place) }).collect()
    }
}

/// A shell without flash, for error pages and previews of the layout.
pub(crate) fn bare(identity: &Identity, path: &str, sealing: Option<Sealing>) -> Shell {
    Shell {
        title: String::new(),
        identity: identity.clone(),
        place: Place::of_path(path),
        flash: None,
        sealing,
        path: path.to_owned(),
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Shell {
    type Rejection = Fail;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fail> {
        let site = site(parts)?;
        let identity = parts.extensions.get::<Identity>().cloned().unwrap_or_default();
        let sealing = parts.extensions.get::<Sealing>().cloned();
        let flash = Flash::of(&parts.headers, &site);
        if let (Some(_), Some(shown)) = (&flash, parts.extensions.get::<FlashShown>()) {
            shown.0.store(true, Ordering::Relaxed);
        }
        Ok(Shell { flash, ..bare(&identity, parts.uri.path(), sealing) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_lies_in_the_place_that_its_path_begins_with() {
        assert_eq!(Place::of_path("/"), Some(Place::Home));
        assert_eq!(Place::of_path("/audience/lists/1"), Some(Place::Audience));
        assert_eq!(Place::of_path("/audiences"), None);
        assert_eq!(Place::of_path("/account"), None);
    }
}
