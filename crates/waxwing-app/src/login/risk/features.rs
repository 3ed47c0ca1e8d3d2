//! What of a sign-in is compared: place, browser, hour, device; each from its finest level to its coarsest.
//!
//! Promise: values are kept as keyed tags of 16 bytes; the table holds no address and no browser. Limit:
//! whoever holds the key of the installation can try out networks.

use super::super::device::{Device, Mark};
use crate::App;
use crate::atlas::Location;
use std::net::IpAddr;
use waxwing_crypto::MacPurpose;
use waxwing_detect::login::Feature;
use waxwing_domain::{Ctx, Micros};

/// A level of a feature, by the number it has in the database. Never renumber.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Kind {
    /// Sign-ins as such.
    Total = 0,
    /// A network: about a street.
    Near = 1,
    /// The larger network around it, where no provider is known.
    Wide = 2,
    Provider = 3,
    Country = 4,
    Browser = 5,
    System = 6,
    /// The hour of the week in UTC.
    Hour = 7,
    /// A quarter of a working day or of one at the weekend.
    Part = 8,
    /// The cookie of the browser.
    Cookie = 9,
}

/// One level of what is seen.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Value {
    pub(super) kind: Kind,
    pub(super) tag: Vec<u8>,
    /// One over how many values there may be within the next coarser level.
    pub(super) base: f64,
}

/// What is seen of one feature, the finest level first.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Seen {
    pub(super) feature: Feature,
    pub(super) levels: Vec<Value>,
}

/// What there is to see.
pub(super) struct Sight<'a> {
    pub(super) address: Option<IpAddr>,
    pub(super) location: Location,
    pub(super) browser: &'a str,
    /// The cookie that an earlier sign-in left.
    pub(super) cookie: Option<&'a [u8]>,
    pub(super) now: Micros,
}

/// What this request looks like.
pub(super) fn of(app: &App, ctx: &Ctx, device: &Device) -> Vec<Seen> {
    let location = ctx.address.map(|address| app.atlas().find(address)).unwrap_or_default();
    let cookie = device.mark.as_ref().map(Mark::bytes);
    let sight = Sight { address: ctx.address, location, browser: &device.browser, cookie, now: ctx.now() };
    let ring = app.store().keys().ring();
    seen(&sight, |kind, value| {
        let data = [b"login.risk\0", &[kind as u8][..], value].concat();
        ring.mac(MacPurpose::RateLimit, &data)[..16].to_vec()
    })
}

/// The same for anybody; `tag` hides a value.
fn seen(sight: &Sight<'_>, tag: impl Fn(Kind, &[u8]) -> Vec<u8>) -> Vec<Seen> {
    let value = |kind: Kind, value: &[u8], base: f64| Value { kind, tag: tag(kind, value), base };
    let mut all = Vec::new();
    if let Some((near, wide)) = sight.address.map(networks) {
        let mut levels = vec![value(Kind::Near, &near, 1.0 / 256.0)];
        match (sight.location.provider, &sight.location.country) {
            (None, None) => levels.push(value(Kind::Wide, &wide, 1.0 / 65_536.0)),
            (provider, country) => {
                levels.extend(provider.map(|number| value(Kind::Provider, &number.to_be_bytes(), 0.01)));
                levels.extend(country.as_ref().map(|code| value(Kind::Country, code.as_bytes(), 0.02)));
            }
        }
        all.push(Seen { feature: Feature::Place, levels });
    }
    let system = sight.browser.rsplit_once(" on ").map_or(sight.browser, |(_, system)| system);
    let (browser, system) = (sight.browser.as_bytes(), system.as_bytes());
    let levels = vec![value(Kind::Browser, browser, 0.2), value(Kind::System, system, 1.0 / 6.0)];
    all.push(Seen { feature: Feature::Browser, levels });
    let (hour, part) = hours(sight.now);
    let levels = vec![value(Kind::Hour, &[hour], 1.0 / 21.0), value(Kind::Part, &[part], 1.0 / 8.0)];
    all.push(Seen { feature: Feature::Hour, levels });
    all.extend(
        sight.cookie.map(|cookie| Seen { feature: Feature::Device, levels: vec![value(Kind::Cookie, cookie, 0.001)] }),
    );
    all
}

/// The network of an address, and the larger one around it: about a street, and about a provider's region.
fn networks(address: IpAddr) -> (Vec<u8>, Vec<u8>) {
    match address.to_canonical() {
        IpAddr::V4(address) => (address.octets()[..3].to_vec(), address.octets()[..2].to_vec()),
        IpAddr::V6(address) => (address.octets()[..6].to_vec(), address.octets()[..4].to_vec()),
    }
}

/// The hour of the week, and a quarter of a working day or of one at the weekend. 1970 began on a Thursday.
fn hours(now: Micros) -> (u8, u8) {
    let hours = now.as_i64().div_euclid(Micros::HOUR);
    let (day, hour) = ((hours.div_euclid(24) + 3).rem_euclid(7), hours.rem_euclid(24));
    let part = if day >= 5 { 4 + hour / 6 } else { hour / 6 };
    // At most 167 and 7.
    (u8::try_from(day * 24 + hour).unwrap_or(0), u8::try_from(part).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(location: Location) -> Vec<Kind> {
        let address = Some("192.0.2.7".parse().expect("an address"));
        let sight = Sight { address, location, browser: "Firefox on Linux", cookie: None, now: Micros::from_i64(0) };
        let all = seen(&sight, |_, value| value.to_vec());
        all[0].levels.iter().map(|level| level.kind).collect()
    }

    #[test]
    fn an_hour_is_one_of_the_week_and_a_quarter_of_a_kind_of_day() {
        let at =
            |text: &str| hours(Micros::from_i64(text.parse::<jiff::Timestamp>().expect("a time").as_microsecond()));
        assert_eq!(at("2026-11-23T00:30:00Z"), (0, 0), "Monday after midnight");
        assert_eq!(at("2026-11-27T23:59:59Z"), (119, 3), "Friday late");
        assert_eq!(at("2026-11-29T12:00:00Z"), (156, 6), "Sunday noon");
        assert_eq!(at("1969-12-31T23:00:00Z"), (71, 3), "before 1970");
    }

    #[test]
    fn a_mapped_address_is_the_one_it_stands_for() {
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        assert_eq!(networks(address("::ffff:192.0.2.7")), networks(address("192.0.2.7")));
    }

    #[test]
    fn provider_and_country_take_the_place_of_the_wide_network_where_they_are_known() {
        assert_eq!(place(Location::default()), [Kind::Near, Kind::Wide]);
        let known = Location { provider: Some(7), country: Some("DE".into()), ..Location::default() };
        assert_eq!(place(known), [Kind::Near, Kind::Provider, Kind::Country]);
        let half = Location { country: Some("DE".into()), ..Location::default() };
        assert_eq!(place(half), [Kind::Near, Kind::Country]);
    }
}
