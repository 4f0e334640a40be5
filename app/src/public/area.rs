//! A service area, drawn from our own table of ZIP codes.

use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::session::ctx;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// How wide and how high the map's drawing is.
pub const MAP_SIZE: f64 = 400.0;

/// The ZIP codes of an area, with where to draw them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Area {
    /// What is in the area, the nearest to its middle first.
    pub chosen: Vec<AreaZip>,
    /// What was typed and is no ZIP code.
    pub unreadable: Vec<String>,
    /// The code in the middle is one that we do not know.
    pub is_unknown: bool,
    /// Nothing of the area is known well enough for a map.
    pub map: Option<AreaMap>,
}

/// One ZIP code of an area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AreaZip {
    pub zip: String,
    /// Empty when we do not know it.
    pub city: String,
    pub at: Option<Point>,
}

/// Points of a square of [`MAP_SIZE`], north up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AreaMap {
    /// What is in the middle: `Austin, TX`.
    pub middle: String,
    /// The circle's radius, when there is one.
    pub circle: Option<f64>,
    /// ZIP codes nearby that are not in the area.
    pub others: Vec<Point>,
    pub names: Vec<(String, f64, f64)>,
    /// A length in miles, and how long it is on the map.
    pub scale: (u32, f64),
}

/// The area of these codes, and of what is within some miles of one unless `shown` says that this is in it already. `picked` are
/// codes with commas between them.
#[server(prefix = "/rpc", endpoint = "service_area")]
pub async fn service_area(near: String, miles: u32, shown: String, picked: String) -> Result<Area, AppError> {
    ctx()?;
    Ok(drawing::area(&near, miles, &shown, &picked))
}

/// Names a circle.
pub fn circle_name(near: &str, miles: u32) -> String {
    format!("{}-{miles}", near.trim())
}

/// A point of the map.
pub type Point = (f64, f64);

#[cfg(feature = "ssr")]
mod drawing {
    use super::{Area, AreaMap, AreaZip, MAP_SIZE, Point, circle_name};
    use kernel::{Place, Zip};
    use platform::places::{self, Near};
    use std::collections::{BTreeMap, BTreeSet};

    /// More circles than this are not drawn around one place: beyond, it is a country.
    const FARTHEST: f64 = 100.0;
    const MOST_OTHERS: usize = 600;
    const MOST_NAMES: usize = 8;

    pub(super) fn area(near: &str, miles: u32, shown: &str, picked: &str) -> Area {
        let mut unreadable = Vec::new();
        let mut codes = BTreeSet::new();
        for text in super::super::split_zips(picked) {
            match Zip::parse(&text) {
                Some(zip) => {
                    codes.insert(zip);
                }
                None => unreadable.push(text.chars().take(20).collect()),
            }
        }
        let center = Zip::parse(near).and_then(|zip| places::place_of(&zip));
        let is_new = shown != circle_name(near, miles);
        let miles = f64::from(miles).min(FARTHEST);
        if let Some(center) = center.as_ref().filter(|_| is_new) {
            codes.extend(places::around(center, miles).into_iter().map(|near| near.place.zip));
            codes.insert(center.zip.clone());
        }
        let known: BTreeMap<Zip, Place> = codes.iter().filter_map(|zip| Some((zip.clone(), places::place_of(zip)?))).collect();
        let middle = center.clone().or_else(|| middle_of(&known));
        let projection = middle.map(|middle| Projection::new(middle, center.is_some().then_some(miles), &known));
        let mut chosen: Vec<(f64, AreaZip)> = codes
            .iter()
            .map(|zip| {
                let place = known.get(zip);
                let far = projection.as_ref().zip(place).map_or(f64::MAX, |(p, place)| p.middle.miles_to(place));
                let at = projection.as_ref().zip(place).and_then(|(p, place)| p.point(place));
                (far, AreaZip { zip: zip.to_string(), city: place.map(ToString::to_string).unwrap_or_default(), at })
            })
            .collect();
        chosen.sort_by(|(a, x), (b, y)| a.total_cmp(b).then_with(|| x.zip.cmp(&y.zip)));
        Area {
            chosen: chosen.into_iter().map(|(_, zip)| zip).collect(),
            unreadable,
            is_unknown: center.is_none() && !near.trim().is_empty(),
            map: projection.map(|projection| projection.map(&known)),
        }
    }

    /// The code that is nearest to the middle of all.
    #[expect(clippy::cast_precision_loss, reason = "a few hundred codes")]
    fn middle_of(known: &BTreeMap<Zip, Place>) -> Option<Place> {
        let n = known.len().max(1) as f64;
        let latitude = known.values().map(|place| place.latitude).sum::<f64>() / n;
        let longitude = known.values().map(|place| place.longitude).sum::<f64>() / n;
        let first = known.values().next()?;
        let middle = Place { latitude, longitude, ..first.clone() };
        known.values().min_by(|a, b| middle.miles_to(a).total_cmp(&middle.miles_to(b))).cloned()
    }

    /// From degrees to points.
    struct Projection {
        middle: Place,
        circle: Option<f64>,
        /// Miles from the middle to an edge.
        reach: f64,
    }

    impl Projection {
        fn new(middle: Place, circle: Option<f64>, known: &BTreeMap<Zip, Place>) -> Projection {
            let farthest = known.values().map(|place| middle.miles_to(place)).fold(0.0, f64::max).min(FARTHEST);
            let reach = farthest.max(circle.unwrap_or(0.0)).max(4.0) * 1.12;
            Projection { middle, circle: circle.filter(|miles| *miles > 0.0), reach }
        }

        fn scale(&self) -> f64 {
            MAP_SIZE / 2.0 / self.reach
        }

        /// Where a place is, when it is on the map; to a tenth.
        fn point(&self, place: &Place) -> Option<Point> {
            const MILES_A_DEGREE: f64 = 69.09;
            let east = (place.longitude - self.middle.longitude) * MILES_A_DEGREE * self.middle.latitude.to_radians().cos();
            let north = (place.latitude - self.middle.latitude) * MILES_A_DEGREE;
            let tenth = |x: f64| (x * 10.0).round() / 10.0;
            let (x, y) = (MAP_SIZE / 2.0 + east * self.scale(), MAP_SIZE / 2.0 - north * self.scale());
            let is_inside = |v: f64| (0.0..=MAP_SIZE).contains(&v);
            (is_inside(x) && is_inside(y)).then(|| (tenth(x), tenth(y)))
        }

        fn map(&self, known: &BTreeMap<Zip, Place>) -> AreaMap {
            let around = places::around(&self.middle, self.reach * std::f64::consts::SQRT_2);
            let others: Vec<Point> =
                around.iter().filter(|near| !known.contains_key(&near.place.zip)).filter_map(|near| self.point(&near.place)).collect();
            let each = others.len() / MOST_OTHERS + 1;
            let length = [1, 2, 5, 10, 20, 50].into_iter().rfind(|length| f64::from(*length) < self.reach * 0.7).unwrap_or(1);
            AreaMap {
                middle: self.middle.to_string(),
                circle: self.circle.map(|miles| miles * self.scale()),
                others: others.into_iter().step_by(each).collect(),
                names: self.names(&around),
                scale: (length, f64::from(length) * self.scale()),
            }
        }

        /// The places with the most codes, as far as their names do not lie on one another.
        fn names(&self, around: &[Near]) -> Vec<(String, f64, f64)> {
            // How many codes a place has, and where its first is on the map.
            let mut cities: BTreeMap<&str, (usize, Option<Point>)> = BTreeMap::new();
            for near in around {
                let city = cities.entry(near.place.city.as_str()).or_default();
                city.0 += 1;
                city.1 = city.1.or_else(|| self.point(&near.place));
            }
            let mut cities: Vec<_> = cities.into_iter().filter_map(|(name, (count, at))| Some((name, count, at?))).collect();
            // The middle's name comes first.
            cities.sort_by_key(|(name, count, _)| (*name != self.middle.city, std::cmp::Reverse(*count)));
            let mut names: Vec<(String, f64, f64)> = Vec::new();
            for (name, _, (x, y)) in cities {
                let half = half_width(name);
                let fits = x > half && x < MAP_SIZE - half && y > 24.0 && y < MAP_SIZE - 30.0;
                let is_free = names.iter().all(|(other, ox, oy)| (oy - y).abs() > 22.0 || (ox - x).abs() > half + half_width(other) + 6.0);
                if fits && is_free {
                    names.push((name.to_owned(), x, y));
                }
                if names.len() == MOST_NAMES {
                    break;
                }
            }
            names
        }
    }

    /// Of a name on the map, about.
    #[expect(clippy::cast_precision_loss, reason = "names are short")]
    fn half_width(name: &str) -> f64 {
        name.chars().count() as f64 * 3.6
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn codes(area: &Area) -> Vec<&str> {
            area.chosen.iter().map(|zip| zip.zip.as_str()).collect()
        }

        #[test]
        fn a_circle_is_added_once_and_what_was_taken_out_stays_out() {
            let all = area("90210", 3, "", "");
            assert_eq!(codes(&all)[0], "90210");
            assert!(codes(&all).contains(&"90212") && all.map.is_some());
            let picked: Vec<&str> = codes(&all).into_iter().filter(|zip| *zip != "90212").collect();
            let less = area("90210", 3, &circle_name("90210", 3), &picked.join(","));
            assert_eq!(codes(&less), picked);
            let wider = area("90210", 5, &circle_name("90210", 3), &picked.join(","));
            assert!(codes(&wider).contains(&"90212") && wider.chosen.len() > all.chosen.len());
        }

        #[test]
        fn a_list_alone_has_a_map_and_says_what_it_cannot_read() {
            let area = area("", 0, "", "78701, 78702\n78703; Austin 99999");
            assert_eq!(area.unreadable, ["Austin"]);
            assert_eq!(area.chosen.len(), 4);
            assert_eq!(area.chosen.last().map(|zip| (zip.zip.as_str(), zip.city.as_str(), zip.at)), Some(("99999", "", None)));
            assert!(area.map.expect("a map").middle.starts_with("Austin"));
            assert!(!area.is_unknown);
        }

        #[test]
        fn everything_drawn_is_on_the_map() {
            for (near, miles) in [("10001", 60), ("78701", 25), ("99501", 100), ("96813", 5), ("59001", 0)] {
                let area = area(near, miles, "", "");
                let map = area.map.expect(near);
                let points = map.others.iter().chain(area.chosen.iter().filter_map(|zip| zip.at.as_ref()));
                assert!(points.into_iter().all(|(x, y)| (0.0..=MAP_SIZE).contains(x) && (0.0..=MAP_SIZE).contains(y)));
                assert!(map.circle.unwrap_or(0.0) < MAP_SIZE / 2.0 && map.scale.1 < MAP_SIZE / 2.0 && map.others.len() <= MOST_OTHERS);
                assert_eq!(map.names.first().map(|(name, ..)| name.as_str()), map.middle.split(',').next());
            }
            let unknown = area("00000", 25, "", "");
            assert!(unknown.is_unknown && unknown.chosen.is_empty() && unknown.map.is_none());
        }
    }
}
