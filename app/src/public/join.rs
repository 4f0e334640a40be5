use super::actions::Register;
use super::area::{Area, circle_name, service_area};
use super::request::storage;
use super::split_zips;
use crate::errors::invalid_fields;
use crate::ui::{
    AreaMapView, CheckboxCards, Choice, Empty, ErrorLine, FormErrors, Icon, LinkButton, Load, PageTitle, SelectField, SkeletonLines,
    SubmitButton, TelField, TextField, TextareaField, action_error, field_errors, focus,
};
use kernel::FieldError;
use leads::contractor::{NewContractor, Specialization};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::components::Form;
use leptos_router::hooks::use_query_map;
use leptos_router::location::Url;
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

const LABELS: &[(&str, &str)] = &[
    ("businessName", "Business name"),
    ("contactName", "Your name"),
    ("email", "E-mail"),
    ("phone", "Phone"),
    ("serviceZipCodes", "ZIP codes"),
    ("specializations", "Work you do"),
    ("licenseNumber", "License number"),
    ("website", "Website"),
    ("about", "About your business"),
];

/// Each step's question, and the fields it asks for.
const STEPS: [(&str, &[&str]); 3] = [
    ("Where and what do you work?", &["serviceZipCodes", "specializations"]),
    ("Your business", &["businessName", "licenseNumber", "website", "about"]),
    ("How do we reach you?", &["contactName", "email", "phone"]),
];

/// Where the way to reach somebody is kept until it is sent: this tab only.
const CONTACT_KEY: &str = "join";

const RADII: [u32; 7] = [0, 5, 10, 15, 25, 40, 60];

/// What the first two steps said. It lives in the address, so that back, reload and a page without script keep it; what is
/// private, how to reach somebody, is asked last and never in an address.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Draft {
    /// What was asked for, from 1.
    step: usize,
    near: String,
    miles: u32,
    /// The circle whose codes are among `picked` already.
    shown: String,
    /// With commas between them.
    picked: String,
    work: Vec<String>,
    business_name: String,
    license_number: String,
    website: String,
    about: String,
}

impl Draft {
    fn of_query(query: &ParamsMap) -> Draft {
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

    fn contractor(&self, area: &Area) -> NewContractor {
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
    fn check(&self, area: &Area) -> (usize, Vec<FieldError>) {
        let errors = self.contractor(area).check().map_err(invalid_fields).err().unwrap_or_default();
        let wrong = errors.iter().filter_map(|e| STEPS.iter().position(|(_, fields)| fields.contains(&e.field.as_ref()))).min();
        let step = wrong.map_or(self.step, |first| (first + 1).min(self.step));
        let shown = if step < self.step { errors } else { Vec::new() };
        (step, shown)
    }

    /// Names and values for the next step, as a form sends them.
    fn pairs(&self, area: &Area) -> Vec<(&'static str, String)> {
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
    fn href(&self, area: &Area, step: usize) -> String {
        let pairs = self.pairs(area).into_iter().filter(|(_, value)| !value.is_empty());
        pairs.fold(format!("/join?step={step}"), |href, (name, value)| format!("{href}&{name}={}", Url::escape(&value)))
    }
}

/// How to reach somebody, while it is typed.
#[derive(Clone, Copy)]
struct Contact {
    name: RwSignal<String>,
    email: RwSignal<String>,
    phone: RwSignal<String>,
}

impl Contact {
    fn kept() -> Contact {
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

/// A contractor asks to join, in three steps.
#[component]
pub fn JoinPage() -> impl IntoView {
    let query = use_query_map();
    let is_sent = move || query.with(|q| q.get("sent")).is_some();
    view! {
        <PageTitle text="Join as a contractor"/>
        <div class="form-page form-wide">
            {move || {
                if is_sent() {
                    Effect::new(|_| {
                        if let Some(storage) = storage() {
                            let _ = storage.remove_item(CONTACT_KEY);
                        }
                    });
                    view! {
                        <h1 class="sr-only">"Join as a contractor"</h1>
                        <Empty
                            icon="check"
                            title="We have your application"
                            text="We review it within 24 hours. When you are approved, a mail brings a link to choose your password, and leads in your ZIP codes start coming."
                        >
                            <LinkButton href="/">"Back to the start"</LinkButton>
                        </Empty>
                    }
                        .into_any()
                } else {
                    view! { <Steps/> }.into_any()
                }
            }}
        </div>
    }
}

#[component]
fn Steps() -> impl IntoView {
    let query = use_query_map();
    let draft = Memo::new(move |_| query.with(Draft::of_query));
    let area = Resource::new(
        move || draft.get(),
        async |draft| {
            let area = service_area(draft.near.clone(), draft.miles, draft.shown.clone(), draft.picked.clone()).await?;
            Ok((draft, area))
        },
    );
    let last = StoredValue::new(0_usize);
    let contact = Contact::kept();
    view! {
        <h1 class="page-title">"Join as a contractor"</h1>
        <p class="mt-2 text-muted">"Three minutes. We review every application by hand, within 24 hours. Joining costs nothing."</p>
        <Load resource=area skeleton=|| view! { <SkeletonLines lines=10/> } let:found>
            {
                let (draft, area) = found;
                let (step, errors) = draft.check(&area);
                // On to the next question, for who reads with the keyboard or a screen reader.
                Effect::new(move |_| {
                    let was = last.get_value();
                    last.set_value(step);
                    if was != 0 && was != step {
                        request_animation_frame(move || focus(&format!("step-{step}")));
                    }
                });
                let number = move |n: usize| view! { <i class:on=n <= step></i> };
                view! {
                    <div class="stepper-progress shown" aria-hidden="true">{(1..=STEPS.len()).map(number).collect_view()}</div>
                    <h2 id=format!("step-{step}") tabindex="-1" class="step-title mt-8">
                        <span class="sr-only">{format!("Step {step} of {}: ", STEPS.len())}</span>
                        {STEPS[step - 1].0}
                    </h2>
                    {match step {
                        1 => view! { <AreaStep draft area errors/> }.into_any(),
                        2 => view! { <BusinessStep draft area errors/> }.into_any(),
                        _ => view! { <ContactStep draft area contact/> }.into_any(),
                    }}
                }
            }
        </Load>
    }
}

/// Where and what: by a circle around a ZIP code, by a list, and by what is marked in the list beside the map.
#[component]
fn AreaStep(draft: Draft, area: Area, errors: Vec<FieldError>) -> impl IntoView {
    let work = vec![
        Choice::new(Specialization::AcRepair.as_str(), Specialization::AcRepair.label()).icon("snowflake"),
        Choice::new(Specialization::HeatingRepair.as_str(), Specialization::HeatingRepair.label()).icon("flame"),
        Choice::new(Specialization::Installation.as_str(), Specialization::Installation.label()).icon("box"),
        Choice::new(Specialization::Maintenance.as_str(), Specialization::Maintenance.label()).icon("wrench"),
    ];
    let radii = RADII
        .map(|miles| if miles == 0 { Choice::new("0", "Only this one") } else { Choice::new(miles.to_string(), format!("{miles} miles")) });
    let no_work =
        errors.iter().filter(|e| e.field == "specializations").map(|e| FieldError { field: "work".into(), message: e.message.clone() });
    let no_work = Signal::stored(no_work.collect::<Vec<_>>());
    let no_zips = Signal::stored(errors.iter().find(|e| e.field == "serviceZipCodes").map(|e| e.message.clone()));
    let unknown = area.is_unknown.then(|| FieldError::new("near", "is not one that we know"));
    let unknown = Signal::stored(Vec::from_iter(unknown));
    let unreadable = (!area.unreadable.is_empty()).then(|| FieldError::new("list", format!("leave out {}", area.unreadable.join(", "))));
    let unreadable = Signal::stored(Vec::from_iter(unreadable));
    let kept = draft.pairs(&area).into_iter().filter(|(name, _)| !matches!(*name, "near" | "miles" | "zips" | "work")).collect::<Vec<_>>();
    let is_empty = area.chosen.is_empty();
    let add = if is_empty { "Show these ZIP codes" } else { "Add these ZIP codes" };
    view! {
        <Form method="GET" action="/join" noscroll=true attr:class="mt-4">
            <Hidden pairs=kept/>
            <div class="grid items-start gap-x-4 sm:grid-cols-2">
                <TextField
                    name="near"
                    label="Around this ZIP code"
                    is_alternative=true
                    value=draft.near
                    autocomplete="postal-code"
                    inputmode="numeric"
                    pattern="[0-9]{5}"
                    maxlength=5
                    errors=unknown
                />
                <SelectField name="miles" label="How far you drive" options=radii.to_vec() value=draft.miles.to_string() required=true/>
            </div>
            <details class="mb-5" open=!area.unreadable.is_empty()>
                <summary class="link inline-flex min-h-11 cursor-pointer items-center">"Or paste a list of ZIP codes"</summary>
                <div class="mt-2">
                    <TextareaField name="list" label="ZIP codes" is_alternative=true placeholder="90210, 90211, 90212" rows=3 maxlength=4000 errors=unreadable/>
                </div>
            </details>
            <button type="submit" name="step" value="1" class="btn btn-outline-quiet">
                <Icon name="map_pin"/>
                <span>{add}</span>
            </button>
            <div id="f-serviceZipCodes" tabindex="-1" class="mb-8 mt-5">
                <ErrorLine id="f-zips".to_owned() label="ZIP codes".to_owned() error=no_zips/>
                {(!is_empty).then(|| view! { <AreaPicker area/> })}
            </div>
            <CheckboxCards name="work" legend="Work you do" options=work values=draft.work errors=no_work/>
            <div class="step-buttons">
                <button type="submit" name="step" value="2" class="btn btn-primary">"Next"</button>
            </div>
        </Form>
    }
}

/// The map, and the list beside it that says and does the same.
#[component]
fn AreaPicker(area: Area) -> impl IntoView {
    let off = RwSignal::new(BTreeSet::<String>::new());
    let total = area.chosen.len();
    let is_off = move |zip: &str| off.with(|off| off.contains(zip));
    let toggle = move |zip: &str| {
        off.update(|off| {
            if !off.remove(zip) {
                off.insert(zip.to_owned());
            }
        });
    };
    let count = move || crate::text::count(i64::try_from(total - off.with(BTreeSet::len)).unwrap_or(0), "ZIP code", "ZIP codes");
    let rows = area
        .chosen
        .iter()
        .map(|zip| {
            let (code, shown) = (zip.zip.clone(), zip.zip.clone());
            view! {
                <li>
                    <label class="area-row">
                        <input
                            type="checkbox"
                            class="checkbox"
                            name="zip"
                            value=zip.zip.clone()
                            checked=true
                            prop:checked=move || !is_off(&shown)
                            on:change=move |_| toggle(&code)
                        />
                        <span class="tabular-nums">{zip.zip.clone()}</span>
                        <span class="truncate text-sm text-muted">{zip.city.clone()}</span>
                    </label>
                </li>
            }
        })
        .collect_view();
    let dots = area
        .chosen
        .iter()
        .filter_map(|zip| {
            let (x, y) = zip.at?;
            let (code, shown) = (zip.zip.clone(), zip.zip.clone());
            let name = format!("{} {}", zip.zip, zip.city);
            Some(view! {
                <circle class="map-dot choice" class:off=move || is_off(&shown) cx=x cy=y r="5" on:click=move |_| toggle(&code)>
                    <title>{name}</title>
                </circle>
            })
        })
        .collect_view();
    view! {
        <div class="grid gap-4 sm:grid-cols-[3fr_2fr]">
            {area.map.map(|map| view! { <AreaMapView map>{dots}</AreaMapView> })}
            <fieldset class="min-w-0">
                <legend class="field-label" aria-live="polite">{count}</legend>
                <ul class="area-list">{rows}</ul>
            </fieldset>
        </div>
    }
}

#[component]
fn BusinessStep(draft: Draft, area: Area, errors: Vec<FieldError>) -> impl IntoView {
    let errors = Signal::stored(errors);
    let back = draft.href(&area, 1);
    let own = |name: &str| STEPS[1].1.contains(&name);
    let kept = draft.pairs(&area).into_iter().filter(|(name, _)| !own(name)).collect::<Vec<_>>();
    view! {
        <Form method="GET" action="/join" noscroll=true attr:class="mt-4">
            <Hidden pairs=kept/>
            <TextField
                name="businessName"
                label="Business name"
                value=draft.business_name
                required=true
                autocomplete="organization"
                maxlength=150
                errors
            />
            <div class="grid gap-x-4 sm:grid-cols-2">
                <TextField name="licenseNumber" label="License number" value=draft.license_number maxlength=60 errors/>
                <TextField
                    name="website"
                    label="Website"
                    value=draft.website
                    inputmode="url"
                    autocomplete="url"
                    placeholder="example.com"
                    errors
                />
            </div>
            <TextareaField name="about" label="About your business" hint="A sentence or two for our review." value=draft.about rows=3 errors/>
            <div class="step-buttons">
                <LinkButton href=back>"Back"</LinkButton>
                <button type="submit" name="step" value="3" class="btn btn-primary">"Next"</button>
            </div>
        </Form>
    }
}

#[component]
fn ContactStep(draft: Draft, area: Area, contact: Contact) -> impl IntoView {
    let register = ServerAction::<Register>::new();
    let error = action_error(register);
    let errors = field_errors(error);
    let back = draft.href(&area, 2);
    let about = crate::text::count(i64::try_from(area.chosen.len()).unwrap_or(0), "ZIP code", "ZIP codes");
    let summary = match area.map.as_ref() {
        Some(map) => format!("{} serves {about} around {}.", draft.business_name, map.middle),
        None => format!("{} serves {about}.", draft.business_name),
    };
    let new = draft.contractor(&area);
    let mut kept = vec![
        ("contractor[businessName]", new.business_name.unwrap_or_default()),
        ("contractor[licenseNumber]", new.license_number.unwrap_or_default()),
        ("contractor[website]", new.website.unwrap_or_default()),
        ("contractor[about]", new.about.unwrap_or_default()),
        ("zips", new.service_zip_codes.join(",")),
    ];
    kept.extend(new.specializations.into_iter().map(|word| ("contractor[specializations][]", word)));
    view! {
        <p class="mb-5 text-muted">{summary}</p>
        <ActionForm action=register>
            <FormErrors error labels=LABELS/>
            <Hidden pairs=kept/>
            <TextField name="contractor[contactName]" label="Your name" bind=contact.name autocomplete="name" maxlength=150 errors/>
            <TextField
                name="contractor[email]"
                label="E-mail"
                kind="email"
                hint="You sign in with it."
                bind=contact.email
                required=true
                autocomplete="email"
                maxlength=254
                errors
            />
            <TelField name="contractor[phone]" label="Phone" hint="New leads are announced here." bind=contact.phone required=true errors/>
            <div class="step-buttons">
                <LinkButton href=back>"Back"</LinkButton>
                <SubmitButton pending=register.pending()>"Send my application"</SubmitButton>
            </div>
        </ActionForm>
    }
}

#[component]
fn Hidden(pairs: Vec<(&'static str, String)>) -> impl IntoView {
    pairs.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view()
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
