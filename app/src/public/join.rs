//! A contractor asks to join: the page and its three steps.

use super::actions::Register;
use super::area::{Area, service_area};
use super::join_draft::{CONTACT_KEY, Contact, Draft, STEPS};
use super::request_draft::storage;
use crate::ui::{
    AreaMapView, CheckboxCards, Choice, Empty, ErrorLine, FormErrors, Icon, LinkButton, Load, PageTitle, SelectField, SkeletonLines,
    SubmitButton, TelField, TextField, TextareaField, action_error, field_errors, focus,
};
use kernel::FieldError;
use leads::contractor::Specialization;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::components::Form;
use leptos_router::hooks::use_query_map;
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

const RADII: [u32; 7] = [0, 5, 10, 15, 25, 40, 60];

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
    let radii = RADII.map(|miles| {
        if miles == 0 { Choice::new("0", "Only this ZIP code") } else { Choice::new(miles.to_string(), format!("{miles} miles")) }
    });
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
            <button type="submit" name="step" value="1" class="btn btn-outline-quiet">
                <Icon name="map_pin"/>
                <span>{add}</span>
            </button>
            <details class="mt-2" open=!area.unreadable.is_empty()>
                <summary class="link inline-flex min-h-11 cursor-pointer items-center">"Or paste a list of ZIP codes"</summary>
                <div class="mt-2">
                    <TextareaField name="list" label="ZIP codes" is_alternative=true placeholder="90210, 90211, 90212" rows=3 maxlength=4000 errors=unreadable/>
                    <button type="submit" name="step" value="1" class="btn btn-outline-quiet">"Add this list"</button>
                </div>
            </details>
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
