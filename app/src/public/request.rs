//! The request form: four questions, one at a time.

use super::actions::SubmitLead;
use super::request_draft::{DRAFT_KEY, Draft, fill_city, storage};
use crate::Site;
use crate::errors::invalid_fields;
use crate::text;
use crate::ui::{
    Button, CallUs, Choice, FormErrors, Icon, PageTitle, PhoneLink, RadioCards, SelectField, SubmitButton, TelField, TextField,
    TextareaField, action_error, focus,
};
use kernel::{FieldError, Phone, STATES};
use leads::lead::{NewLead, PropertyType, ServiceType, Timeline};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};

/// Each step's question, and the fields it asks for.
const STEPS: [(&str, &[&str]); 4] = [
    ("What is wrong?", &["serviceType", "serviceDescription"]),
    ("Where is it?", &["propertyType", "customerZip", "customerAddress", "customerCity", "customerState"]),
    ("How soon do you need help?", &["timeline", "budgetRange"]),
    ("Who should the contractor call?", &["customerFirstName", "customerLastName", "customerPhone", "customerEmail"]),
];

/// What people call the fields.
const LABELS: &[(&str, &str)] = &[
    ("serviceType", "What is wrong"),
    ("serviceDescription", "Details"),
    ("propertyType", "Kind of building"),
    ("customerZip", "ZIP code"),
    ("customerAddress", "Street address"),
    ("customerCity", "City"),
    ("customerState", "State"),
    ("timeline", "How soon"),
    ("budgetRange", "Budget"),
    ("customerFirstName", "First name"),
    ("customerLastName", "Last name"),
    ("customerPhone", "Phone"),
    ("customerEmail", "E-mail"),
];

fn step_of(field: &str) -> usize {
    STEPS.iter().position(|(_, fields)| fields.contains(&field)).map_or(1, |i| i + 1)
}

/// Four short questions. With script they come one at a time and are checked at once, by the server's own rules;
/// without it they are one page.
#[component]
pub fn RequestPage() -> impl IntoView {
    let query = use_query_map();
    let wanted = query.with_untracked(|q| q.get("service")).filter(|w| w.parse::<ServiceType>().is_ok()).unwrap_or_default();
    let zip = query.with_untracked(|q| q.get("zip")).filter(|zip| kernel::Zip::parse(zip).is_some()).unwrap_or_default();
    let draft = Draft::new(wanted, zip);
    // An uncontrolled number of steps: what the address says, within bounds.
    let step = Memo::new(move |_| query.with(|q| q.get("step")).and_then(|t| t.parse::<usize>().ok()).unwrap_or(1).clamp(1, STEPS.len()));
    let tried = RwSignal::new(0_usize);
    let is_alive = RwSignal::new(false);
    let submit = ServerAction::<SubmitLead>::new();
    let refused = action_error(submit);

    let own_errors = Memo::new(move |_| draft.lead().check().map_err(invalid_fields).err().unwrap_or_default());
    let errors = Signal::derive(move || {
        let shown = tried.get();
        let own = own_errors.get();
        let mut all: Vec<FieldError> = own.iter().filter(|e| step_of(&e.field) <= shown).cloned().collect();
        // What only the server could see stays until the form is sent again; without script it saw everything.
        if let Some(error) = refused.get() {
            let alone = !is_alive.get();
            all.extend(error.fields.into_iter().filter(|e| alone || !own.iter().any(|o| o.field == e.field)));
        }
        all
    });
    let first_wrong = move |upto: usize| own_errors.with(|all| all.iter().map(|e| step_of(&e.field)).filter(|s| *s <= upto).min());

    let navigate = use_navigate();
    let go = Callback::new(move |to: usize| {
        let options = NavigateOptions { scroll: false, ..NavigateOptions::default() };
        navigate(&format!("/request?step={to}"), options);
        request_animation_frame(move || focus(&format!("step-{to}")));
    });

    Effect::new(move |before: Option<()>| {
        if before.is_none() {
            let kept = storage().and_then(|s| s.get_item(DRAFT_KEY).ok().flatten());
            if let Some(kept) = kept.and_then(|text| serde_json::from_str::<NewLead>(&text).ok()) {
                draft.restore(kept);
            }
            is_alive.set(true);
            return;
        }
        draft.lead();
    });
    Effect::new(move |_| {
        let lead = draft.lead();
        if is_alive.get()
            && let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(&lead))
        {
            let _ = storage.set_item(DRAFT_KEY, &text);
        }
    });
    Effect::new(move |_| {
        if draft.service.with(|s| s == ServiceType::Emergency.as_str()) && draft.timeline.with_untracked(String::is_empty) {
            draft.timeline.set(Timeline::Emergency.as_str().to_owned());
        }
    });
    fill_city(draft);
    // Nobody starts in the middle: a link to a later step goes to the first open question.
    Effect::new(move |_| {
        if is_alive.get() {
            let at = step.get();
            if let Some(open) = own_errors.with_untracked(|all| all.iter().map(|e| step_of(&e.field)).min()).filter(|open| *open < at) {
                go.run(open);
            }
        }
    });
    // A refusal leads to the step that it is about.
    Effect::new(move |_| {
        if let Some(field) = refused.get().and_then(|e| e.fields.first().map(|f| f.field.to_string())) {
            tried.set(STEPS.len());
            if is_alive.get_untracked() {
                go.run(step_of(&field));
            }
        }
    });

    let advance = move |from: usize| {
        tried.update(|t| *t = (*t).max(from));
        match own_errors.with(|all| all.iter().find(|e| step_of(&e.field) == from).map(|e| format!("f-{}", e.field))) {
            Some(id) => focus(&id),
            None => go.run(from + 1),
        }
    };
    let on_send = move |ev: web_sys::MouseEvent| {
        if !is_alive.get_untracked() {
            return;
        }
        let at = step.get_untracked();
        if at < STEPS.len() {
            ev.prevent_default();
            advance(at);
            return;
        }
        tried.set(STEPS.len());
        if let Some(open) = first_wrong(STEPS.len()) {
            ev.prevent_default();
            if open == at {
                advance(at);
            } else {
                go.run(open);
            }
        }
    };
    let is_current = move |n: usize| step.get() == n;

    let services = vec![
        Choice::new("emergency", "It is an emergency").hint("No heat, no cooling, cannot wait").icon("siren"),
        Choice::new("ac_repair", "AC is not cooling").icon("snowflake"),
        Choice::new("heating_repair", "Heating is not working").icon("flame"),
        Choice::new("installation", "I need a new system").icon("box"),
        Choice::new("maintenance", "It needs a check-up").icon("wrench"),
    ];
    let buildings = vec![
        Choice::new(PropertyType::Residential.as_str(), "A home").icon("home"),
        Choice::new(PropertyType::Commercial.as_str(), "A business").icon("building"),
    ];
    let time = |timeline: Timeline| Choice::new(timeline.as_str(), timeline.label());
    let times = vec![
        time(Timeline::Emergency).hint("A call within the hour").icon("siren"),
        time(Timeline::Within24Hours).icon("clock"),
        time(Timeline::WithinWeek).icon("calendar"),
        time(Timeline::Flexible).icon("check"),
    ];
    let budgets = vec![
        Choice::new("not sure", "I am not sure"),
        Choice::new("under 500", "Under $500"),
        Choice::new("500-1000", "$500 to $1,000"),
        Choice::new("1000-5000", "$1,000 to $5,000"),
        Choice::new("5000+", "$5,000 or more"),
    ];
    let states = STATES.iter().map(|s| Choice::new(*s, *s)).collect::<Vec<_>>();

    view! {
        <PageTitle text="Get help"/>
        <div class="form-page">
            <h1 class="page-title">"Get help"</h1>
            <div class="mt-2">
                <CallUs question="Cannot wait?"/>
            </div>
            <div class="stepper-progress" aria-hidden="true">
                {(1..=STEPS.len()).map(|n| view! { <i class:on=move || n <= step.get()></i> }).collect_view()}
            </div>
            <ActionForm action=submit attr:class="stepper" attr:novalidate=move || is_alive.get()>
                <FormErrors error=refused labels=LABELS/>
                <Step number=1 is_current>
                    <RadioCards
                        name="lead[serviceType]"
                        legend="What is wrong"
                        quiet=true
                        options=services
                        bind=draft.service
                        required=true
                        errors
                    />
                    <div class="gas-notice">
                        <Icon name="alert" class="mt-0.5 size-5"/>
                        <div>
                            <p>
                                <strong class="block font-semibold">{text::GAS_TITLE}</strong>
                                {text::GAS_TEXT}
                            </p>
                            {Phone::parse(&Site::current().phone)
                                .map(|phone| {
                                    view! {
                                        <p class="mb-3 mt-3">"Everything else that cannot wait: call us, or go on here."</p>
                                        <PhoneLink phone=phone.clone() button=format!("Call {phone}") wide=true/>
                                    }
                                })}
                        </div>
                    </div>
                    <TextareaField
                        name="lead[serviceDescription]"
                        label="Details"
                        hint="What you noticed, and what make it is if you know."
                        rows=3
                        bind=draft.description
                        errors
                    />
                    <NextButton on_press=move || advance(1)/>
                </Step>
                <Step number=2 is_current>
                    <RadioCards name="lead[propertyType]" legend="Kind of building" options=buildings bind=draft.property required=true errors/>
                    <TextField
                        name="lead[customerZip]"
                        label="ZIP code"
                        hint="We look for contractors who serve it, and fill in the city."
                        bind=draft.zip
                        required=true
                        autocomplete="postal-code"
                        inputmode="numeric"
                        pattern="[0-9]{5}"
                        maxlength=5
                        errors
                    />
                    <TextField name="lead[customerAddress]" label="Street address" bind=draft.address autocomplete="street-address" errors/>
                    <div class="grid gap-x-4 sm:grid-cols-[1fr_8rem]">
                        <TextField name="lead[customerCity]" label="City" bind=draft.city autocomplete="address-level2" maxlength=100 errors/>
                        <SelectField name="lead[customerState]" label="State" options=states empty_label="–" bind=draft.state errors/>
                    </div>
                    <NextButton on_press=move || advance(2) on_back=move || go.run(1)/>
                </Step>
                <Step number=3 is_current>
                    <RadioCards name="lead[timeline]" legend="How soon" quiet=true options=times bind=draft.timeline required=true errors/>
                    <RadioCards
                        name="lead[budgetRange]"
                        legend="Budget"
                        hint="A rough idea helps the contractor come prepared."
                        options=budgets
                        bind=draft.budget
                        required=true
                        errors
                    />
                    <NextButton on_press=move || advance(3) on_back=move || go.run(2)/>
                </Step>
                <Step number=4 is_current>
                    <div class="grid gap-x-4 sm:grid-cols-2">
                        <TextField
                            name="lead[customerFirstName]"
                            label="First name"
                            bind=draft.first_name
                            required=true
                            autocomplete="given-name"
                            maxlength=100
                            errors
                        />
                        <TextField
                            name="lead[customerLastName]"
                            label="Last name"
                            bind=draft.last_name
                            required=true
                            autocomplete="family-name"
                            maxlength=100
                            errors
                        />
                    </div>
                    <TelField name="lead[customerPhone]" label="Phone" hint="The contractor calls this number." bind=draft.phone required=true errors/>
                    <TextField
                        name="lead[customerEmail]"
                        label="E-mail"
                        kind="email"
                        hint="For a confirmation."
                        bind=draft.email
                        autocomplete="email"
                        maxlength=254
                        errors
                    />
                    <p class="text-sm text-muted">{text::CONSENT}</p>
                    <div class="step-buttons">
                        <span class="js-only">
                            <Button on:click=move |_| go.run(3)>"Back"</Button>
                        </span>
                        <SubmitButton pending=submit.pending() on:click=on_send>"Send my request"</SubmitButton>
                    </div>
                </Step>
            </ActionForm>
        </div>
    }
}

/// One question with its fields. Its heading takes the focus when it comes up.
#[component]
fn Step(number: usize, is_current: impl Fn(usize) -> bool + Send + Sync + Copy + 'static, children: Children) -> impl IntoView {
    let (question, _) = STEPS[number - 1];
    let id = format!("step-{number}");
    let labelled_by = id.clone();
    view! {
        <section class="step" class:current=move || is_current(number) aria-labelledby=labelled_by>
            <h2 id=id tabindex="-1" class="step-title">
                <span class="sr-only">{format!("Step {number} of {}: ", STEPS.len())}</span>
                {question}
            </h2>
            {children()}
        </section>
    }
}

/// On to the next question, and back. Without script all questions are there already.
#[component]
fn NextButton(on_press: impl Fn() + 'static, #[prop(optional, into)] on_back: Option<Callback<()>>) -> impl IntoView {
    view! {
        <div class="step-buttons js-only">
            {on_back.map(|back| view! { <Button on:click=move |_| back.run(())>"Back"</Button> })}
            <Button variant=crate::ui::Variant::Primary on:click=move |_| on_press()>"Next"</Button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_a_lead_belongs_to_a_step_and_has_a_label() {
        let Err(problem) = NewLead::default().check() else { panic!("an empty form must be refused") };
        for error in invalid_fields(problem) {
            assert!(STEPS.iter().any(|(_, fields)| fields.contains(&error.field.as_ref())), "{}", error.field);
            assert!(LABELS.iter().any(|(key, _)| *key == error.field), "{}", error.field);
        }
    }
}
