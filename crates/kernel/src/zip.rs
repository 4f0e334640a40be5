use serde::{Deserialize, Serialize};
use std::fmt;

/// A five-digit US ZIP code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(transparent))]
pub struct Zip(String);

impl Zip {
    pub fn parse(text: &str) -> Option<Zip> {
        let text = text.trim();
        (text.len() == 5 && text.bytes().all(|b| b.is_ascii_digit())).then(|| Zip(text.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Zip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a ZIP code is. Degrees; west and south are negative.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    pub zip: Zip,
    pub city: String,
    /// Two letters.
    pub state: String,
    pub latitude: f64,
    pub longitude: f64,
}

impl Place {
    /// Miles as the crow flies.
    pub fn miles_to(&self, other: &Place) -> f64 {
        let (a, b) = (self.latitude.to_radians(), other.latitude.to_radians());
        let (half_a, half_b) = ((b - a) / 2.0, (other.longitude - self.longitude).to_radians() / 2.0);
        let h = half_a.sin().powi(2) + a.cos() * b.cos() * half_b.sin().powi(2);
        2.0 * EARTH_RADIUS_MILES * h.sqrt().min(1.0).asin()
    }
}

/// `Austin, TX`
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.city, self.state)
    }
}

const EARTH_RADIUS_MILES: f64 = 3_958.8;

/// Postal codes of the states, districts and territories.
pub const STATES: [&str; 56] = [
    "AL", "AK", "AS", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "GU", "HI", "ID", "IL", "IN", "IA", "KS", "KY", "LA", "ME",
    "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "MP", "OH", "OK", "OR", "PA", "PR", "RI",
    "SC", "SD", "TN", "TX", "UT", "VT", "VI", "VA", "WA", "WV", "WI", "WY",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn miles_are_those_of_a_map() {
        let place = |city: &str, latitude, longitude| {
            let zip = Zip::parse("00000").expect("five digits");
            Place { zip, city: city.into(), state: "CA".into(), latitude, longitude }
        };
        let (angeles, francisco) = (place("Los Angeles", 34.052, -118.244), place("San Francisco", 37.775, -122.419));
        assert!((angeles.miles_to(&francisco) - 347.0).abs() < 2.0);
        assert!(angeles.miles_to(&angeles).abs() < 1e-9);
        assert_eq!(angeles.to_string(), "Los Angeles, CA");
    }
}
