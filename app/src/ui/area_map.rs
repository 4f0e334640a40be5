use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// How wide and how high the map's drawing is.
pub const MAP_SIZE: f64 = 400.0;

/// A point of the map.
pub type Point = (f64, f64);

/// What a map of ZIP codes shows besides them: points of a square of [`MAP_SIZE`], north up. The server makes it
/// (`projection`), so that no table of places comes to the browser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AreaMap {
    /// What is in the middle: `Austin, TX`.
    pub middle: String,
    /// The circle's radius, when there is one.
    pub circle: Option<f64>,
    /// ZIP codes nearby that are not in the area.
    pub others: Vec<Point>,
    /// Names of places, and where their middles are.
    pub names: Vec<(String, f64, f64)>,
    /// A length in miles, and how long it is on the map.
    pub scale: (u32, f64),
}

/// Draws the map; the codes of the area are its children, on top of the others.
#[component]
pub fn AreaMapView(map: AreaMap, children: Children) -> impl IntoView {
    let middle = MAP_SIZE / 2.0;
    let others = map.others.into_iter().map(|(x, y)| view! { <circle class="map-other" cx=x cy=y r="2"></circle> }).collect_view();
    let names = map.names.into_iter().map(|(name, x, y)| view! { <text class="map-name" x=x y=y + 4.5>{name}</text> }).collect_view();
    let (miles, length) = map.scale;
    view! {
        <svg class="area-map" viewBox=format!("0 0 {MAP_SIZE} {MAP_SIZE}") role="img" aria-label=format!("Map of ZIP codes around {}", map.middle)>
            {map.circle.map(|radius| view! { <circle class="map-circle" cx=middle cy=middle r=radius></circle> })}
            {others}
            {children()}
            {names}
            <path class="map-scale" d=format!("M16 {0}v6h{length:.0}v-6", MAP_SIZE - 22.0)></path>
            <text class="map-scale-text" x="22" y=MAP_SIZE - 22.0>{crate::text::count(miles.into(), "mile", "miles")}</text>
        </svg>
    }
}
