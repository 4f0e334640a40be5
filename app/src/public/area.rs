//! A service area, drawn from our own table of ZIP codes.

use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::session::ctx;
use crate::ui::{AreaMap, Point};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

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

#[cfg(feature = "ssr")]
mod drawing {
    use super::{Area, AreaZip, circle_name};
    use crate::ui::projection::{FARTHEST, Known, Projection, middle_of};
    use kernel::Zip;
    use platform::places;
    use std::collections::BTreeSet;

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
        let known: Known = codes.iter().filter_map(|zip| Some((zip.clone(), places::place_of(zip)?))).collect();
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

    #[cfg(test)]
    mod tests {
        use super::*;
        use crate::ui::MAP_SIZE;
        use crate::ui::projection::MOST_OTHERS;

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
