//! Buttons, fields, and what a form says when it was refused.

use crate::errors::{AppError, ErrorKind};
use crate::ui::{
    Button, Card, CheckboxCards, Choice, CopyLine, FormErrors, LinkButton, RadioCards, SelectField, StarField, SubmitButton, SwitchField,
    TelField, TextField, TextareaField, TimeRangeField, Variant, field_errors,
};
use kernel::{FieldError, Problem};
use leptos::prelude::*;

#[component]
pub fn Buttons() -> impl IntoView {
    view! {
        <Card title="Buttons">
            <div class="flex flex-wrap gap-3">
                <Button variant=Variant::Primary>"Primary"</Button>
                <Button>"Secondary"</Button>
                <Button variant=Variant::Ghost>"Ghost"</Button>
                <Button variant=Variant::Danger>"Danger"</Button>
                <Button variant=Variant::Primary pending=Signal::stored(true)>"Working"</Button>
                <Button disabled=Signal::stored(true)>"Not now"</Button>
                <Button small=true>"Small"</Button>
                <SubmitButton>"Send a form"</SubmitButton>
                <LinkButton href="#">"A link"</LinkButton>
            </div>
        </Card>
    }
}

#[component]
pub fn Fields() -> impl IntoView {
    let wrong = AppError {
        kind: ErrorKind::Invalid,
        message: String::new(),
        fields: vec![FieldError::new("kitWrong", FieldError::REQUIRED), FieldError::new("kitChoice", "must be one of one, two")],
    };
    let error = Signal::stored(Some(wrong));
    let errors = field_errors(error);
    let two = || vec![Choice::new("one", "One").hint("With a hint").icon("home"), Choice::new("two", "Two").icon("building")];
    view! {
        <Card title="Fields">
            <div class="max-w-xl">
                <FormErrors error labels=&[("kitWrong", "Wrong"), ("kitChoice", "Choice")]/>
                <TextField name="kitPlain" label="Plain" value="A value" required=true/>
                <TextField name="kitHint" label="With a hint" hint="What it is for."/>
                <TextField name="kitWrong" label="Wrong" required=true errors/>
                <CopyLine id="kit-copy" label="To take elsewhere" text="pl_3FxK9q2w"/>
                <TelField name="kitPhone" label="Phone" value="5551234567"/>
                <SelectField name="kitSelect" label="Select" options=two() empty_label="Choose"/>
                <TextareaField name="kitText" label="Text" value="Two\nlines"/>
                <TimeRangeField legend="Monday" from="kitFrom" to="kitTo" from_value="08:00" to_value="17:30"/>
                <RadioCards name="kitRadio" legend="One of two" options=two() value="one" required=true/>
                <StarField name="kitStars" legend="Stars"/>
                <RadioCards name="kitChoice" legend="Choice" options=two() required=true errors/>
                <CheckboxCards name="kitBoxes[]" legend="Any of two" options=two() values=vec!["two".into()]/>
                <SwitchField name="kitSwitch" label="Accept leads" hint="Off means none come." checked=true/>
            </div>
        </Card>
    }
}

/// Why a form did not go through, besides fields that are wrong.
#[component]
pub fn Refusals() -> impl IntoView {
    let refused = |error: AppError| view! { <FormErrors error=Signal::stored(Some(error)) labels=&[("weight", "Weight")]/> };
    let fields = vec![FieldError::new("weight", "is now 3")];
    let changed = AppError { kind: ErrorKind::Conflict, message: Problem::Changed(fields.clone()).to_string(), fields };
    view! {
        <Card title="Forms that were refused">
            <div class="max-w-xl">
                {refused(AppError::new(ErrorKind::Conflict, "This dispute has been resolved already"))}
                // See `Editing`.
                {refused(changed)}
                // What was typed comes back after signing in: see `drafts`.
                {refused(AppError::new(ErrorKind::Unauthenticated, crate::text::SIGN_IN_AGAIN))}
            </div>
        </Card>
    }
}
