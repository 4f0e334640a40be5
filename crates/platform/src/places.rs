//! Where ZIP codes are (`data/README.md`). The table is unpacked at the first question, and stays in about 1.3 MB.

use flate2::read::GzDecoder;
use kernel::{Place, Zip};
use std::collections::HashMap;
use std::io::Read as _;
use std::sync::LazyLock;

static PLACES: LazyLock<Places> = LazyLock::new(|| Places::read(include_bytes!("../data/us-zips.tsv.gz")));

/// One degree of latitude, in miles.
const MILES_A_DEGREE: f64 = 69.0;

/// A place some miles away.
#[derive(Clone, Debug, PartialEq)]
pub struct Near {
    pub place: Place,
    pub miles: f64,
}

/// Where a ZIP code is, when it is known.
pub fn place_of(zip: &Zip) -> Option<Place> {
    PLACES.find(zip)
}

/// The ZIP codes whose middle is at most so many miles from a point, the nearest first.
pub fn around(center: &Place, miles: f64) -> Vec<Near> {
    let mut near: Vec<Near> = PLACES
        .rows
        .iter()
        .filter(|row| (degrees(row.latitude) - center.latitude).abs() * MILES_A_DEGREE <= miles + 1.0)
        .filter_map(|row| {
            let place = PLACES.place(row)?;
            let distance = center.miles_to(&place);
            (distance <= miles).then_some(Near { place, miles: distance })
        })
        .collect();
    near.sort_by(|a, b| a.miles.total_cmp(&b.miles).then_with(|| a.place.zip.cmp(&b.place.zip)));
    near
}

/// A ZIP code, packed.
struct Row {
    zip: u32,
    /// Thousandths of a degree.
    latitude: i32,
    longitude: i32,
    /// Where its name is.
    city: u16,
    state: [u8; 2],
}

struct Places {
    /// By ZIP code, ascending.
    rows: Vec<Row>,
    cities: Vec<Box<str>>,
}

impl Places {
    fn read(packed: &[u8]) -> Places {
        let mut text = String::new();
        if let Err(error) = GzDecoder::new(packed).read_to_string(&mut text) {
            // It is a part of the program, and a test reads it.
            tracing::error!(%error, "the table of ZIP codes cannot be read");
        }
        let mut names: HashMap<&str, u16> = HashMap::new();
        let mut cities: Vec<Box<str>> = Vec::new();
        let rows = text.lines().filter_map(|line| {
            let mut cells = line.split('\t');
            let zip = cells.next()?.parse().ok()?;
            let name = cells.next()?;
            let city = match names.get(name) {
                Some(at) => *at,
                None => {
                    let at = u16::try_from(cities.len()).ok()?;
                    cities.push(name.into());
                    names.insert(name, at);
                    at
                }
            };
            let state = cells.next()?.as_bytes().try_into().ok()?;
            Some(Row { zip, city, state, latitude: thousandths(cells.next()?)?, longitude: thousandths(cells.next()?)? })
        });
        let mut rows: Vec<Row> = rows.collect();
        rows.shrink_to_fit();
        cities.shrink_to_fit();
        Places { rows, cities }
    }

    fn find(&self, zip: &Zip) -> Option<Place> {
        let number: u32 = zip.as_str().parse().ok()?;
        let at = self.rows.binary_search_by_key(&number, |row| row.zip).ok()?;
        self.rows.get(at).and_then(|row| self.place(row))
    }

    fn place(&self, row: &Row) -> Option<Place> {
        Some(Place {
            zip: Zip::parse(&format!("{:05}", row.zip))?,
            city: self.cities.get(usize::from(row.city))?.to_string(),
            state: String::from_utf8_lossy(&row.state).into_owned(),
            latitude: degrees(row.latitude),
            longitude: degrees(row.longitude),
        })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "degrees are at most 180")]
fn thousandths(text: &str) -> Option<i32> {
    text.parse::<f64>().ok().map(|degrees| (degrees * 1000.0).round() as i32)
}

fn degrees(thousandths: i32) -> f64 {
    f64::from(thousandths) / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zip(text: &str) -> Zip {
        Zip::parse(text).expect("five digits")
    }

    fn around_zip(code: &str, miles: f64) -> Vec<Near> {
        around(&place_of(&zip(code)).expect(code), miles)
    }

    #[test]
    fn known_codes_have_their_place() {
        for (code, name) in [("78701", "Austin, TX"), ("90210", "Beverly Hills, CA"), ("01001", "Agawam, MA"), ("99950", "Ketchikan, AK")] {
            assert_eq!(place_of(&zip(code)).expect(code).to_string(), name);
        }
        for code in ["00000", "99999", "09001"] {
            assert_eq!(place_of(&zip(code)), None, "{code}");
        }
    }

    #[test]
    fn the_whole_table_is_read_and_sorted() {
        assert_eq!(PLACES.rows.len(), 40_977);
        assert!(PLACES.rows.is_sorted_by(|a, b| a.zip < b.zip));
        let bytes = PLACES.rows.len() * size_of::<Row>() + PLACES.cities.iter().map(|c| c.len() + size_of::<Box<str>>()).sum::<usize>();
        assert!(bytes < 2_000_000, "{bytes}");
        for row in &PLACES.rows {
            let place = PLACES.place(row).expect("whole");
            assert!(kernel::STATES.contains(&place.state.as_str()) && !place.city.is_empty(), "{place:?}");
        }
    }

    #[test]
    fn the_neighbours_of_a_code_come_nearest_first() {
        let near = around_zip("90210", 5.0);
        assert_eq!(near[0].place.zip, zip("90210"));
        assert!(near.is_sorted_by(|a, b| a.miles <= b.miles) && near.iter().all(|n| n.miles <= 5.0));
        let has = |code: &str| near.iter().any(|n| n.place.zip == zip(code));
        assert!(has("90212") && has("90024") && !has("91101"), "Pasadena is farther");
        assert!(around_zip("90210", 25.0).iter().any(|n| n.place.zip == zip("91101")));
        assert_eq!(around_zip("90210", 0.0).first().map(|n| n.place.zip.clone()), Some(zip("90210")));
    }

    #[test]
    fn what_is_around_is_what_measuring_each_code_finds() {
        let center = place_of(&zip("99501")).expect("Anchorage");
        let all = PLACES.rows.iter().filter_map(|row| PLACES.place(row));
        let expected = all.filter(|place| center.miles_to(place) <= 60.0).count();
        assert_eq!(around_zip("99501", 60.0).len(), expected);
        assert!(expected > 10);
    }
}
