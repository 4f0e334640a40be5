//! Where ZIP codes are on a map: from our own table, on the server.

use super::area_map::{AreaMap, MAP_SIZE, Point};
use kernel::{Place, Zip};
use platform::places::{self, Near};
use std::collections::BTreeMap;

/// Farther than this from the middle nothing is drawn: beyond, it is a country. In miles.
pub const FARTHEST: f64 = 100.0;
pub(crate) const MOST_OTHERS: usize = 600;
const MOST_NAMES: usize = 8;
/// So many codes of a place are tried for its name.
const MOST_PLACES: usize = 12;

/// The codes of an area whose places we know.
pub type Known = BTreeMap<Zip, Place>;

/// The map of these codes, and where on it they are. None when no place of them is known.
pub fn map_of<'a>(zips: impl Iterator<Item = &'a Zip>) -> Option<(AreaMap, Vec<(Zip, Point)>)> {
    let known: Known = zips.filter_map(|zip| Some((zip.clone(), places::place_of(zip)?))).collect();
    let projection = Projection::new(middle_of(&known)?, None, &known);
    let points = known.iter().filter_map(|(zip, place)| Some((zip.clone(), projection.point(place)?))).collect();
    Some((projection.map(&known), points))
}

/// The code that is nearest to the middle of all.
#[expect(clippy::cast_precision_loss, reason = "a few hundred codes")]
pub fn middle_of(known: &Known) -> Option<Place> {
    let n = known.len().max(1) as f64;
    let latitude = known.values().map(|place| place.latitude).sum::<f64>() / n;
    let longitude = known.values().map(|place| place.longitude).sum::<f64>() / n;
    let first = known.values().next()?;
    let middle = Place { latitude, longitude, ..first.clone() };
    known.values().min_by(|a, b| middle.miles_to(a).total_cmp(&middle.miles_to(b))).cloned()
}

/// From degrees to points.
#[derive(Debug)]
pub struct Projection {
    pub middle: Place,
    circle: Option<f64>,
    /// Miles from the middle to an edge.
    reach: f64,
}

impl Projection {
    /// Shows the circle, when there is one, and all codes that are not too far.
    pub fn new(middle: Place, circle: Option<f64>, known: &Known) -> Projection {
        let farthest = known.values().map(|place| middle.miles_to(place)).fold(0.0, f64::max).min(FARTHEST);
        let reach = farthest.max(circle.unwrap_or(0.0)).max(4.0) * 1.12;
        Projection { middle, circle: circle.filter(|miles| *miles > 0.0), reach }
    }

    fn scale(&self) -> f64 {
        MAP_SIZE / 2.0 / self.reach
    }

    /// Where a place is, when it is on the map; to a tenth.
    pub fn point(&self, place: &Place) -> Option<Point> {
        const MILES_A_DEGREE: f64 = 69.09;
        let east = (place.longitude - self.middle.longitude) * MILES_A_DEGREE * self.middle.latitude.to_radians().cos();
        let north = (place.latitude - self.middle.latitude) * MILES_A_DEGREE;
        let tenth = |x: f64| (x * 10.0).round() / 10.0;
        let (x, y) = (MAP_SIZE / 2.0 + east * self.scale(), MAP_SIZE / 2.0 - north * self.scale());
        let is_inside = |v: f64| (0.0..=MAP_SIZE).contains(&v);
        (is_inside(x) && is_inside(y)).then(|| (tenth(x), tenth(y)))
    }

    /// What is drawn besides the codes themselves.
    pub fn map(&self, known: &Known) -> AreaMap {
        let around = places::around(&self.middle, self.reach * std::f64::consts::SQRT_2);
        let others: Vec<Point> =
            around.iter().filter(|near| !known.contains_key(&near.place.zip)).filter_map(|near| self.point(&near.place)).collect();
        let each = others.len() / MOST_OTHERS + 1;
        let length = [1, 2, 5, 10, 20, 50].into_iter().rfind(|length| f64::from(*length) < self.reach * 0.7).unwrap_or(1);
        AreaMap {
            middle: self.middle.to_string(),
            circle: self.circle.map(|miles| miles * self.scale()),
            others: others.into_iter().step_by(each).collect(),
            names: self.names(&around, known),
            scale: (length, f64::from(length) * self.scale()),
        }
    }

    /// The places with the most codes, as far as their names do not lie on one another.
    fn names(&self, around: &[Near], known: &Known) -> Vec<(String, f64, f64)> {
        // What a name covers matters more where it can be tapped.
        let dots: Vec<(Point, usize)> = around
            .iter()
            .filter_map(|near| Some((self.point(&near.place)?, if known.contains_key(&near.place.zip) { 4 } else { 1 })))
            .collect();
        // How many codes a place has, and where they are on the map.
        let mut cities: BTreeMap<&str, (usize, Vec<Point>)> = BTreeMap::new();
        for near in around {
            let city = cities.entry(near.place.city.as_str()).or_default();
            city.0 += 1;
            city.1.extend(self.point(&near.place));
        }
        let mut cities: Vec<_> = cities.into_iter().collect();
        // The middle's name comes first.
        cities.sort_by_key(|(name, (count, _))| (*name != self.middle.city, std::cmp::Reverse(*count)));
        let mut names: Vec<(String, f64, f64)> = Vec::new();
        for (name, (_, points)) in cities {
            let half = half_width(name);
            let fits = |x: f64, y: f64| x > half && x < MAP_SIZE - half && y > 24.0 && y < MAP_SIZE - 30.0;
            let is_free = |x: f64, y: f64| {
                names.iter().all(|(other, ox, oy)| (oy - y).abs() > 22.0 || (ox - x).abs() > half + half_width(other) + 6.0)
            };
            let covered = |x: f64, y: f64| -> usize {
                dots.iter().filter(|((dx, dy), _)| (dx - x).abs() < half + 4.0 && (dy - y).abs() < 9.0).map(|(_, weight)| weight).sum()
            };
            // Above one of its first codes or below it, wherever the name covers the least.
            let places = points.iter().take(MOST_PLACES).flat_map(|(x, y)| [(*x, y - 14.0), (*x, y + 14.0)]);
            let best = places.filter(|(x, y)| fits(*x, *y) && is_free(*x, *y)).min_by_key(|(x, y)| covered(*x, *y));
            if let Some((x, y)) = best {
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

    #[test]
    fn codes_without_a_circle_have_a_map_around_their_middle() {
        let zips: Vec<Zip> = ["78701", "78702", "78703", "99999"].into_iter().filter_map(Zip::parse).collect();
        let (map, points) = map_of(zips.iter()).expect("a map");
        assert!(map.middle.starts_with("Austin") && map.circle.is_none());
        assert_eq!(points.iter().map(|(zip, _)| zip.as_str()).collect::<Vec<_>>(), ["78701", "78702", "78703"]);
        assert!(map_of(zips[3..].iter()).is_none() && map_of([].iter()).is_none());
    }
}
