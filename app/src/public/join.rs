use super::actions::Register;
use crate::ui::{
    CheckboxCards, Choice, Empty, FormErrors, LinkButton, PageTitle, SubmitButton, TelField, TextField, TextareaField, action_error,
    field_errors,
};
use leads::contractor::Specialization;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_query_map;

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

/// A contractor asks to join.
#[component]
pub fn JoinPage() -> impl IntoView {
    let query = use_query_map();
    let is_sent = move || query.with(|q| q.get("sent")).is_some();
    view! {
        <PageTitle text="Join as a contractor"/>
        <Meta name="description" content="Heating and cooling leads that are yours alone. You are charged only when a call with the customer lasts 30 seconds."/>
        <div class="form-page">
            {move || {
                if is_sent() {
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
                    view! { <JoinForm/> }.into_any()
                }
            }}
        </div>
    }
}

#[component]
fn JoinForm() -> impl IntoView {
    let register = ServerAction::<Register>::new();
    let error = action_error(register);
    let errors = field_errors(error);
    let work = vec![
        Choice::new(Specialization::AcRepair.as_str(), Specialization::AcRepair.label()).icon("snowflake"),
        Choice::new(Specialization::HeatingRepair.as_str(), Specialization::HeatingRepair.label()).icon("flame"),
        Choice::new(Specialization::Installation.as_str(), Specialization::Installation.label()).icon("box"),
        Choice::new(Specialization::Maintenance.as_str(), Specialization::Maintenance.label()).icon("wrench"),
    ];
    view! {
        <h1 class="page-title">"Join as a contractor"</h1>
        <p class="mt-2 text-muted">"Three minutes. We review every application by hand, within 24 hours. Joining costs nothing."</p>
        <ActionForm action=register attr:class="form-stack">
            <FormErrors error labels=LABELS/>
            <section class="form-part" aria-labelledby="part-business">
                <h2 id="part-business" class="step-title">"Your business"</h2>
                <TextField
                    name="contractor[businessName]"
                    label="Business name"
                    required=true
                    autocomplete="organization"
                    maxlength=150
                    errors
                />
                <div class="grid gap-x-4 sm:grid-cols-2">
                    <TextField name="contractor[licenseNumber]" label="License number" maxlength=60 errors/>
                    <TextField name="contractor[website]" label="Website" inputmode="url" autocomplete="url" placeholder="example.com" errors/>
                </div>
            </section>
            <section class="form-part" aria-labelledby="part-contact">
                <h2 id="part-contact" class="step-title">"How we reach you"</h2>
                <TextField name="contractor[contactName]" label="Your name" autocomplete="name" maxlength=150 errors/>
                <TextField
                    name="contractor[email]"
                    label="E-mail"
                    kind="email"
                    hint="You sign in with it."
                    required=true
                    autocomplete="email"
                    maxlength=254
                    errors
                />
                <TelField name="contractor[phone]" label="Phone" hint="New leads are announced here." required=true errors/>
            </section>
            <section class="form-part" aria-labelledby="part-work">
                <h2 id="part-work" class="step-title">"Where and what"</h2>
                <CheckboxCards name="contractor[specializations][]" legend="Work you do" options=work errors/>
                <ZipsField errors/>
                <TextareaField
                    name="contractor[about]"
                    label="About your business"
                    hint="A sentence or two for our review."
                    rows=3
                    errors
                />
            </section>
            <SubmitButton pending=register.pending()>"Send my application"</SubmitButton>
        </ActionForm>
    }
}

/// The codes are typed as one text; their errors come under the documented name.
#[component]
fn ZipsField(errors: Signal<Vec<kernel::FieldError>>) -> impl IntoView {
    let renamed = Signal::derive(move || {
        errors
            .get()
            .into_iter()
            .filter(|e| e.field == "serviceZipCodes")
            .map(|e| kernel::FieldError { field: "zips".into(), message: e.message })
            .collect::<Vec<_>>()
    });
    view! {
        // The summary's link names the documented field.
        <div id="f-serviceZipCodes" tabindex="-1">
            <TextareaField
                name="zips"
                label="ZIP codes you serve"
                hint="Five digits each, with spaces or commas between them."
                placeholder="90210, 90211, 90212"
                inputmode="text"
                required=true
                rows=3
                maxlength=4000
                errors=renamed
            />
        </div>
    }
}
