//! The forms of the profile page.

use super::profile::{AddZips, PauseLeads, RemoveZip, ResumeLeads, SaveBusiness, SaveHours, SaveWork};
use crate::format;
use crate::ui::{
    Card, CheckboxCards, Choice, ContractorStatusBadge, Editing, Fact, Facts, FormErrors, Icon, RadioCards, SeenFields, SelectField,
    SubmitButton, TelField, TextField, TextareaField, TimeRangeField, Variant, action_error, choices, field_errors,
};
use kernel::Zip;
use leads::contractor::Specialization;
use leads::hours::{OpenTime, TIME_ZONES, WEEKDAYS};
use leads::profile::{NewBusiness, ProfileView};
use leads::views::ContractorView;
use leptos::form::ActionForm;
use leptos::prelude::*;

/// Whether new leads come.
#[component]
pub fn Pause(profile: ProfileView, pause: ServerAction<PauseLeads>, resume: ServerAction<ResumeLeads>) -> impl IntoView {
    let error = action_error(pause);
    let errors = field_errors(error);
    let form = if profile.contractor.is_accepting_leads {
        view! {
            <p class="text-muted">"Customers in your ZIP codes are sent to you. A pause keeps new ones away; the leads you have stay yours."</p>
            <ActionForm action=pause attr:class="mt-4 max-w-sm">
                <FormErrors error labels=&[("until", "The day")]/>
                <TextField
                    name="until"
                    label="Pause until"
                    kind="date"
                    hint="New leads come again that morning, by themselves. Empty: until you resume them here."
                    errors
                />
                <SubmitButton variant=Variant::Secondary icon="clock" pending=pause.pending()>"Pause new leads"</SubmitButton>
            </ActionForm>
        }
        .into_any()
    } else {
        let until = match profile.paused_until {
            Some(at) => format!("Paused until {}. New leads come again by themselves.", format::day_and_time(at)),
            None => "Paused: you get no new leads until you resume them. The leads you have stay yours.".into(),
        };
        view! {
            <FormErrors error=action_error(resume)/>
            <p>{until}</p>
            <ActionForm action=resume attr:class="mt-4">
                <SubmitButton icon="check" pending=resume.pending()>"Resume new leads"</SubmitButton>
            </ActionForm>
        }
        .into_any()
    };
    view! { <Card title="New leads">{form}</Card> }
}

const BUSINESS_LABELS: &[(&str, &str)] = &[
    ("businessName", "Business name"),
    ("contactName", "Your name"),
    ("phone", "Phone"),
    ("licenseNumber", "License number"),
    ("website", "Website"),
    ("about", "About your business"),
];

/// Who the business is. Of two who change it at once, the second is told.
#[component]
pub fn Business(me: ContractorView, action: ServerAction<SaveBusiness>, editing: Editing<6>) -> impl IntoView {
    let NewBusiness { business_name, contact_name, phone, license_number, website, about } = NewBusiness::of(&me);
    let now = [business_name, contact_name, phone, license_number, website, about].map(Option::unwrap_or_default);
    editing.follow(action, &me.id, now);
    let error = action_error(action);
    let errors = field_errors(error);
    view! {
        <Card title="Your business">
            <div class="mb-6">
                <Facts>
                    <Fact label="You sign in as">
                        <span class="break-all">{me.email}</span>
                    </Fact>
                    <Fact label="Status">
                        <ContractorStatusBadge status=me.status approved=me.is_approved/>
                    </Fact>
                </Facts>
            </div>
            <ActionForm action attr:class="max-w-xl">
                <FormErrors error labels=BUSINESS_LABELS/>
                <SeenFields editing/>
                <TextField
                    name="business[businessName]"
                    label="Business name"
                    bind=editing.typed("businessName")
                    required=true
                    autocomplete="organization"
                    maxlength=150
                    errors
                />
                <TextField
                    name="business[contactName]"
                    label="Your name"
                    bind=editing.typed("contactName")
                    autocomplete="name"
                    maxlength=150
                    errors
                />
                <TelField
                    name="business[phone]"
                    label="Phone"
                    hint="New leads are announced here, and calls to customers come from here."
                    bind=editing.typed("phone")
                    required=true
                    errors
                />
                <TextField
                    name="business[licenseNumber]"
                    label="License number"
                    bind=editing.typed("licenseNumber")
                    maxlength=60
                    errors
                />
                <TextField
                    name="business[website]"
                    label="Website"
                    bind=editing.typed("website")
                    inputmode="url"
                    autocomplete="url"
                    placeholder="example.com"
                    errors
                />
                <TextareaField name="business[about]" label="About your business" bind=editing.typed("about") rows=4 errors/>
                <SubmitButton pending=action.pending()>"Save your business"</SubmitButton>
            </ActionForm>
        </Card>
    }
}

/// The ZIP codes: each a chip that goes at a tap, and a field that takes many.
#[component]
pub fn Area(zips: Vec<Zip>, add: ServerAction<AddZips>, remove: ServerAction<RemoveZip>) -> impl IntoView {
    let error = action_error(add);
    let errors = field_errors(error);
    let number = crate::text::count(i64::try_from(zips.len()).unwrap_or(i64::MAX), "ZIP code", "ZIP codes");
    let chips = zips
        .into_iter()
        .map(|zip| {
            view! {
                <li>
                    <button type="submit" name="zip" value=zip.to_string() class="chip" aria-label=format!("Remove {zip}")>
                        {zip.to_string()}
                        <Icon name="x" class="size-4 text-muted"/>
                    </button>
                </li>
            }
        })
        .collect_view();
    view! {
        <Card title="Where you work" actions=move || view! { <span class="text-sm text-muted">{number.clone()}</span> }>
            <FormErrors error=action_error(remove)/>
            <ActionForm action=remove>
                <ul class="flex max-h-72 flex-wrap gap-2 overflow-y-auto" aria-label="ZIP codes you serve">{chips}</ul>
            </ActionForm>
            <ActionForm action=add attr:class="mt-6 max-w-xl">
                <FormErrors error labels=&[("zips", "ZIP codes")]/>
                <TextareaField
                    name="zips"
                    label="Add ZIP codes"
                    hint="Five digits each. Paste as many as you like, with spaces or commas between them."
                    placeholder="90210, 90211"
                    rows=2
                    maxlength=4000
                    required=true
                    errors
                />
                <SubmitButton variant=Variant::Secondary icon="plus" pending=add.pending()>"Add to your area"</SubmitButton>
            </ActionForm>
        </Card>
    }
}

/// The kinds of work.
#[component]
pub fn Work(chosen: Vec<Specialization>, action: ServerAction<SaveWork>) -> impl IntoView {
    let error = action_error(action);
    let errors = field_errors(error);
    let values = chosen.iter().map(ToString::to_string).collect();
    view! {
        <Card title="What you do">
            <ActionForm action attr:class="quiet-label max-w-xl">
                <FormErrors error labels=&[("specializations", "Work you do")]/>
                <input type="hidden" name="specializations[]" value=""/>
                <CheckboxCards
                    name="specializations[]"
                    legend="Work you do"
                    hint="Emergencies go to everyone who does repairs."
                    options=choices(Specialization::ALL, Specialization::as_str, Specialization::label)
                    values
                    errors
                />
                <SubmitButton pending=action.pending()>"Save the kinds of work"</SubmitButton>
            </ActionForm>
        </Card>
    }
}

const HOURS_LABELS: &[(&str, &str)] = &[("timeZone", "Time zone"), ("works", "Your week"), ("dailyCap", "Leads a day")];

/// Working hours, time zone and daily limit.
#[component]
pub fn Hours(profile: ProfileView, action: ServerAction<SaveHours>) -> impl IntoView {
    let error = action_error(action);
    let errors = field_errors(error);
    let week = profile.working_hours;
    let works = RwSignal::new(if week.is_some() { "set" } else { "any" }.to_owned());
    // Without script both stay in sight.
    let is_alive = RwSignal::new(false);
    Effect::new(move |_| is_alive.set(true));
    let zones = TIME_ZONES.iter().map(|(zone, label)| Choice::new(*zone, *label)).collect();
    let days = WEEKDAYS
        .iter()
        .enumerate()
        .map(|(i, (day, opens, closes))| {
            // A week to begin with, for those who have none.
            let usual = (i < 5).then_some(OpenTime { opens: 8 * 60, closes: 17 * 60 });
            let open = week.as_ref().map_or(usual, |week| week.0.get(i).copied().flatten());
            view! {
                <TimeRangeField
                    legend=*day
                    from=format!("hours[times][{opens}]")
                    to=format!("hours[times][{closes}]")
                    from_value=open.map(OpenTime::opens_text).unwrap_or_default()
                    to_value=open.map(OpenTime::closes_text).unwrap_or_default()
                    errors
                />
            }
        })
        .collect_view();
    let cap_hint = match profile.contractor.daily_cap {
        None => "Empty for as many as there are.".to_owned(),
        Some(0) => "We send you no leads at the moment.".to_owned(),
        Some(most) => format!("We send you at most {most}; here you can ask for fewer."),
    };
    let options = vec![
        Choice::new("any", "Any time").hint("Leads come by day and night."),
        Choice::new("set", "At these hours").hint("Outside of them, who is at work is asked first."),
    ];
    view! {
        <Card title="When you work">
            <ActionForm action attr:class="max-w-xl">
                <FormErrors error labels=HOURS_LABELS/>
                <RadioCards
                    name="hours[works]"
                    legend="Your week"
                    quiet=true
                    hint="Emergencies come at any time, and if nobody is at work, so does every lead. The time to call runs as always."
                    options
                    bind=works
                    errors
                />
                <div class="mb-5" class:hidden=move || is_alive.get() && works.with(|w| w != "set")>
                    {days}
                    <p class="mt-2 text-sm text-muted">"Leave both times of a day empty when you do not work on it."</p>
                </div>
                <SelectField
                    name="hours[timeZone]"
                    label="Time zone"
                    options=zones
                    empty_label="As the company's"
                    value=profile.time_zone.unwrap_or_default()
                    errors
                />
                <TextField
                    name="hours[dailyCap]"
                    label="Leads a day, at most"
                    kind="number"
                    hint=cap_hint
                    value=profile.contractor.own_daily_cap.map(|cap| cap.to_string()).unwrap_or_default()
                    inputmode="numeric"
                    errors
                />
                <SubmitButton pending=action.pending()>"Save your hours"</SubmitButton>
            </ActionForm>
        </Card>
    }
}
