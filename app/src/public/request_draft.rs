//! The answers of the request form while they are given, and where the tab keeps them.

use super::actions::place_of;
use leads::lead::{NewLead, ServiceType, Timeline};
use leptos::prelude::*;

/// Where answers are kept until they are sent: this tab only.
pub(super) const DRAFT_KEY: &str = "request";

/// The answers while they are given.
#[derive(Clone, Copy)]
pub(super) struct Draft {
    pub service: RwSignal<String>,
    pub description: RwSignal<String>,
    pub property: RwSignal<String>,
    pub zip: RwSignal<String>,
    pub address: RwSignal<String>,
    pub city: RwSignal<String>,
    pub state: RwSignal<String>,
    pub timeline: RwSignal<String>,
    pub budget: RwSignal<String>,
    pub first_name: RwSignal<String>,
    pub last_name: RwSignal<String>,
    pub phone: RwSignal<String>,
    pub email: RwSignal<String>,
}

impl Draft {
    /// Empty but for what the link said. Who says that it is an emergency needs help right now.
    pub fn new(service: String, zip: String) -> Draft {
        let empty = || RwSignal::new(String::new());
        let timeline = if service == ServiceType::Emergency.as_str() { Timeline::Emergency.as_str() } else { "" };
        Draft {
            service: RwSignal::new(service),
            description: empty(),
            property: empty(),
            zip: RwSignal::new(zip),
            address: empty(),
            city: empty(),
            state: empty(),
            timeline: RwSignal::new(timeline.to_owned()),
            budget: empty(),
            first_name: empty(),
            last_name: empty(),
            phone: empty(),
            email: empty(),
        }
    }

    pub fn lead(self) -> NewLead {
        let text = |s: RwSignal<String>| Some(s.get());
        NewLead {
            customer_first_name: text(self.first_name),
            customer_last_name: text(self.last_name),
            customer_email: text(self.email),
            customer_phone: text(self.phone),
            customer_address: text(self.address),
            customer_city: text(self.city),
            customer_state: text(self.state),
            customer_zip: text(self.zip),
            service_type: text(self.service),
            service_description: text(self.description),
            timeline: text(self.timeline),
            budget_range: text(self.budget),
            property_type: text(self.property),
            consent: None,
        }
    }

    /// Takes over what was kept, where nothing newer is there.
    pub fn restore(self, lead: NewLead) {
        for (signal, kept) in [
            (self.service, lead.service_type),
            (self.description, lead.service_description),
            (self.property, lead.property_type),
            (self.zip, lead.customer_zip),
            (self.address, lead.customer_address),
            (self.city, lead.customer_city),
            (self.state, lead.customer_state),
            (self.timeline, lead.timeline),
            (self.budget, lead.budget_range),
            (self.first_name, lead.customer_first_name),
            (self.last_name, lead.customer_last_name),
            (self.phone, lead.customer_phone),
            (self.email, lead.customer_email),
        ] {
            if let Some(kept) = kept.filter(|_| signal.with_untracked(String::is_empty)) {
                signal.set(kept);
            }
        }
    }
}

/// What this tab keeps until it is closed.
pub(super) fn storage() -> Option<web_sys::Storage> {
    window().session_storage().ok().flatten()
}

/// Fills in city and state when the ZIP code is known, unless somebody wrote them.
pub(super) fn fill_city(draft: Draft) {
    let filled = StoredValue::new((String::new(), String::new()));
    Effect::new(move |before: Option<String>| {
        let zip = draft.zip.get();
        if zip.len() == 5 && before.as_ref() != Some(&zip) {
            let asked = zip.clone();
            leptos::task::spawn_local(async move {
                let Ok(Some(place)) = place_of(asked.clone()).await else { return };
                // Somebody may have gone on typing.
                if draft.zip.try_get_untracked().as_ref() != Some(&asked) {
                    return;
                }
                let (old_city, old_state) = filled.get_value();
                let is_ours = |text: RwSignal<String>, old: &str| text.with_untracked(|text| text.is_empty() || text == old);
                if is_ours(draft.city, &old_city) && is_ours(draft.state, &old_state) {
                    draft.city.set(place.city.clone());
                    draft.state.set(place.state.clone());
                    filled.set_value((place.city, place.state));
                }
            });
        }
        zip
    });
}
