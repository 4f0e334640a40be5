//! What a contractor said so far on the way to join: in the address, and what is private in the tab.

use super::area::{Area, circle_name};
use super::request_draft::storage;
use super::split_zips;
use crate::errors::invalid_fields;
use kernel::FieldError;
use leads::contractor::NewContractor;
use leptos::prelude::*;
use leptos_router::location::Url;
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};

/// Each step's question, and the fields it asks for.
pub(super) const STEPS: [(&str, &[&str]); 3] = [
    ("Where and what do you work?", &["serviceZipCodes", "specializations"]),
    ("Your business", &["businessName", "licenseNumber", "website", "about"]),
    ("How do we reach you?", &["contactName", "email", "phone"]),
];

/// Where the way to reach somebody is kept until it is sent: this tab only.
pub(super) const CONTACT_KEY: &str = "join";

/// What the first two steps said. It lives in the address, so that back, reload and a page without script keep it; what is
/// private, how to reach somebody, is asked last and never in an address.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Draft {
    /// What was asked for, from 1.
    pub step: usize,
    pub near: String,
    pub miles: u32,
    /// The circle whose codes are among `picked` already.
    pub shown: String,
    /// With commas between them.
    pub picked: String,
    pub work: Vec<String>,
    pub business_name: String,
    pub license_number: String,
    pub website: String,
    pub about: String,
}

impl Draft {
    pub fn of_query(query: &ParamsMap) -> Draft {
        let text = |key: &str| query.get(key).unwrap_or_default();
        let all = |key: &str| query.get_all(key).unwrap_or_default();
        let picked = [all("zip"), split_zips(&text("zips")), split_zips(&text("list"))].concat();
        Draft {
            step: text("step").parse().unwrap_or(1).clamp(1, STEPS.len()),
            near: text("near").trim().to_owned(),
            miles: text("miles").parse().unwrap_or(15),
            shown: text("shown"),
            picked: picked.join(","),
            work: all("work"),
            business_name: text("businessName"),
            license_number: text("licenseNumber"),
            website: text("website"),
            about: text("about"),
        }
    }

    pub fn contractor(&self, area: &Area) -> NewContractor {
        let text = |text: &str| Some(text.to_owned());
        NewContractor {
            business_name: text(&self.business_name),
            license_number: text(&self.license_number),
            website: text(&self.website),
            about: text(&self.about),
            service_zip_codes: area.chosen.iter().map(|zip| zip.zip.clone()).collect(),
            specializations: self.work.clone(),
            ..NewContractor::default()
        }
    }

    /// What of the steps before the asked one is wrong, and the step that can be shown.
    pub fn check(&self, area: &Area) -> (usize, Vec<FieldError>) {
        let errors = self.contractor(area).check().map_err(invalid_fields).err().unwrap_or_default();
        let wrong = errors.iter().filter_map(|e| STEPS.iter().position(|(_, fields)| fields.contains(&e.field.as_ref()))).min();
        let step = wrong.map_or(self.step, |first| (first + 1).min(self.step));
        let shown = if step < self.step { errors } else { Vec::new() };
        (step, shown)
    }

    /// Names and values for the next step, as a form sends them.
    pub fn pairs(&self, area: &Area) -> Vec<(&'static str, String)> {
        let codes: Vec<&str> = area.chosen.iter().map(|zip| zip.zip.as_str()).collect();
        let mut pairs = vec![
            ("near", self.near.clone()),
            ("miles", self.miles.to_string()),
            ("shown", circle_name(&self.near, self.miles)),
            ("zips", codes.join(",")),
            ("businessName", self.business_name.clone()),
            ("licenseNumber", self.license_number.clone()),
            ("website", self.website.clone()),
            ("about", self.about.clone()),
        ];
        pairs.extend(self.work.iter().map(|word| ("work", word.clone())));
        pairs
    }

    /// The address of a step with all that was said.
    pub fn href(&self, area: &Area, step: usize) -> String {
        let pairs = self.pairs(area).into_iter().filter(|(_, value)| !value.is_empty());
        pairs.fold(format!("/join?step={step}"), |href, (name, value)| format!("{href}&{name}={}", Url::escape(&value)))
    }
}

/// How to reach somebody, while it is typed.
#[derive(Clone, Copy)]
pub(super) struct Contact {
    pub name: RwSignal<String>,
    pub email: RwSignal<String>,
    pub phone: RwSignal<String>,
}

impl Contact {
    pub fn kept() -> Contact {
        let empty = || RwSignal::new(String::new());
        let contact = Contact { name: empty(), email: empty(), phone: empty() };
        let all = [contact.name, contact.email, contact.phone];
        Effect::new(move |before: Option<()>| {
            let Some(storage) = storage() else { return };
            if before.is_none() {
                let kept = storage.get_item(CONTACT_KEY).ok().flatten();
                let kept = kept.and_then(|text| serde_json::from_str::<[String; 3]>(&text).ok()).unwrap_or_default();
                for (signal, text) in all.into_iter().zip(kept) {
                    signal.set(text);
                }
            }
            if let Ok(text) = serde_json::to_string(&all.map(|signal| signal.get())) {
                let _ = storage.set_item(CONTACT_KEY, &text);
            }
        });
        contact
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::public::area::AreaZip;

    fn area(codes: &[&str]) -> Area {
        let zip = |code: &&str| AreaZip { zip: (*code).to_owned(), city: String::new(), at: None };
        Area { chosen: codes.iter().map(zip).collect(), ..Area::default() }
    }

    fn draft(pairs: &[(&'static str, &str)]) -> Draft {
        let mut query = ParamsMap::new();
        for (name, value) in pairs {
            query.insert(*name, (*value).to_owned());
        }
        Draft::of_query(&query)
    }

    #[test]
    fn a_step_opens_when_those_before_it_are_right() {
        let empty = draft(&[("step", "3")]);
        let (step, errors) = empty.check(&area(&[]));
        assert_eq!((step, errors.iter().any(|e| e.field == "serviceZipCodes")), (1, true));
        let first = draft(&[("step", "3"), ("zip", "90210"), ("work", "ac_repair")]);
        assert_eq!(first.check(&area(&["90210"])).0, 2);
        let second = draft(&[("step", "3"), ("zip", "90210"), ("work", "ac_repair"), ("businessName", "HVAC Pros")]);
        assert_eq!(second.check(&area(&["90210"])), (3, Vec::new()));
        assert_eq!(draft(&[]).check(&area(&[])), (1, Vec::new()), "nothing is wrong before anything was sent");
    }

    #[test]
    fn codes_come_from_marks_and_from_lists() {
        let draft = draft(&[("zip", "90210"), ("zip", "90211"), ("zips", "90212,90213"), ("list", "90214 90215")]);
        assert_eq!(draft.picked, "90210,90211,90212,90213,90214,90215");
    }

    #[test]
    fn the_way_back_keeps_everything() {
        let draft = draft(&[("near", "90210"), ("miles", "5"), ("work", "ac_repair"), ("work", "maintenance"), ("businessName", "A & B")]);
        let href = draft.href(&area(&["90210", "90211"]), 1);
        assert_eq!(
            href,
            "/join?step=1&near=90210&miles=5&shown=90210%2D5&zips=90210%2C90211&businessName=A%20%26%20B&work=ac%5Frepair&work=maintenance"
        );
    }
}
