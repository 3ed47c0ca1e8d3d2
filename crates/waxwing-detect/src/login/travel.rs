//! Whether somebody can have travelled from one place to another in the time between.
//!
//! Promise: where a country is all that is known, the nearest two points of both countries are taken, and
//! a tolerance is given on top, so that what is called impossible is. Limit: an address is where its
//! provider says; a private network that leads abroad looks like a journey.

/// Faster than any airliner, door to door, in kilometres an hour.
const FASTEST: f64 = 1_000.0;
/// What positions may be wrong by, in kilometres.
const TOLERANCE: f64 = 300.0;
/// The mean radius of the Earth (IUGG), in kilometres.
const EARTH: f64 = 6_371.0;
/// Points of each country: the cities of its time zones, from `zone.tab` of the tz database (public domain).
const COUNTRIES: &str = include_str!("countries.txt");

/// A place on Earth, in degrees.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Point {
    /// North of the equator.
    pub latitude: f64,
    /// East of Greenwich.
    pub longitude: f64,
}

/// What is known of where somebody is; the more exact comes first.
#[derive(Clone, PartialEq, Debug)]
pub enum Whereabouts {
    /// About this point.
    Point(Point),
    /// Somewhere in this country (ISO 3166-1 alpha-2).
    Country(String),
}

impl Whereabouts {
    /// The points that it may be near; none for a country that nobody knows.
    fn points(&self) -> Vec<Point> {
        match self {
            Self::Point(point) => vec![*point],
            Self::Country(code) => cities(code),
        }
    }
}

fn cities(code: &str) -> Vec<Point> {
    let line = COUNTRIES.lines().find_map(|line| line.split_once(' ').filter(|(of, _)| of.eq_ignore_ascii_case(code)));
    let point = |text: &str| {
        let (latitude, longitude) = text.split_once(',')?;
        Some(Point { latitude: latitude.parse().ok()?, longitude: longitude.parse().ok()? })
    };
    line.map(|(_, points)| points.split(' ').filter_map(point).collect()).unwrap_or_default()
}

/// A journey that nobody can have made.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Journey {
    /// At least so far, in kilometres.
    pub kilometres: f64,
    /// In so many hours.
    pub hours: f64,
}

impl Journey {
    /// In kilometres an hour; beyond all bounds where no time passed.
    pub fn speed(&self) -> f64 {
        self.kilometres / self.hours
    }
}

/// The journey from one place to another within so many hours, if nobody can make it.
pub fn impossible(from: &Whereabouts, to: &Whereabouts, hours: f64) -> Option<Journey> {
    if from == to {
        return None;
    }
    let (from, to) = (from.points(), to.points());
    let between = from.iter().flat_map(|a| to.iter().map(move |b| distance(*a, *b)));
    let kilometres = between.min_by(f64::total_cmp)?;
    let hours = hours.max(0.0);
    (kilometres - TOLERANCE > FASTEST * hours).then_some(Journey { kilometres, hours })
}

/// Along the great circle, in kilometres (the haversine formula).
fn distance(a: Point, b: Point) -> f64 {
    let (north, east) = ((b.latitude - a.latitude).to_radians(), (b.longitude - a.longitude).to_radians());
    let chord = (north / 2.0).sin().powi(2)
        + a.latitude.to_radians().cos() * b.latitude.to_radians().cos() * (east / 2.0).sin().powi(2);
    2.0 * EARTH * chord.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn country(code: &str) -> Whereabouts {
        Whereabouts::Country(code.into())
    }

    #[test]
    fn nobody_is_in_berlin_and_an_hour_later_in_sydney() {
        let found = impossible(&country("DE"), &country("AU"), 1.0).expect("impossible");
        assert!(found.kilometres > 11_000.0 && found.kilometres < 16_500.0, "{found:?}");
        assert!(impossible(&country("DE"), &country("AU"), 24.0).is_none(), "a day is enough");
    }

    #[test]
    fn neighbours_are_no_journey_and_neither_is_one_s_own_country() {
        assert!(impossible(&country("DE"), &country("FR"), 0.6).is_none());
        assert!(impossible(&country("US"), &country("CA"), 0.0).is_none());
        assert!(impossible(&country("RU"), &country("RU"), 0.0).is_none(), "eleven time zones, one country");
    }

    #[test]
    fn points_are_compared_as_points() {
        let at = |latitude, longitude| Whereabouts::Point(Point { latitude, longitude });
        let found = impossible(&at(51.5, -0.1), &at(40.7, -74.0), 2.0).expect("London to New York in two hours");
        assert!((found.kilometres - 5_570.0).abs() < 30.0, "{found:?}");
        assert!(impossible(&at(51.5, -0.1), &at(48.9, 2.4), 0.1).is_none(), "London to Paris is within the tolerance");
        assert!(impossible(&at(0.0, 179.9), &at(0.0, -179.9), 0.0).is_none(), "over the date line");
    }

    #[test]
    fn what_nobody_knows_is_no_reason() {
        assert!(impossible(&country("XX"), &country("DE"), 0.0).is_none());
        assert!(impossible(&country(""), &country(""), 0.0).is_none());
    }

    #[test]
    fn every_line_of_the_table_is_a_country_with_points() {
        let lines: Vec<&str> = COUNTRIES.lines().collect();
        assert!(lines.len() > 240, "{}", lines.len());
        for line in lines {
            let (code, points) = line.split_once(' ').expect("a country and its points");
            assert!(code.len() == 2 && cities(code).len() == points.split(' ').count(), "{line}");
        }
    }
}
