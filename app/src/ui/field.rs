//! The frame around every control, and the controls that text is typed into.

use super::Icon;
use crate::format::phone_as_typed;
use kernel::FieldError;
use leptos::prelude::*;

/// `lead[customerPhone]` is the field `customerPhone`, and so is `lead[customerPhone][]`.
pub(super) fn key_of(name: &str) -> &str {
    let name = name.strip_suffix("[]").unwrap_or(name);
    name.rsplit_once('[').map_or(name, |(_, key)| key.trim_end_matches(']'))
}

/// The control's id, which error summaries link to.
pub(super) fn id_of(name: &str) -> String {
    format!("f-{}", key_of(name))
}

/// The message about this field, if any.
pub(super) fn error_of(errors: Signal<Vec<FieldError>>, name: &str) -> Signal<Option<String>> {
    let key = key_of(name).to_owned();
    Signal::derive(move || errors.with(|all| all.iter().find(|e| e.field == key).map(|e| e.message.clone())))
}

/// Keeps a control and its signal in step. What somebody typed before the page came alive wins the first time.
pub(super) fn keep_in_step(bind: Option<RwSignal<String>>, read: impl Fn() -> Option<String> + 'static, write: impl Fn(&str) + 'static) {
    let Some(bind) = bind else { return };
    Effect::new(move |started: Option<bool>| {
        let text = bind.get();
        let Some(shown) = read() else { return false };
        if started != Some(true) && !shown.is_empty() && shown != text {
            bind.set(shown);
        } else if shown != text {
            write(&text);
        }
        true
    });
}

/// What every control needs: label above, hint under it, error beside it, all tied to it for screen readers.
#[component]
pub(super) fn Frame(
    id: String,
    label: String,
    hint: String,
    required: bool,
    error: Signal<Option<String>>,
    children: Children,
) -> impl IntoView {
    let shown = label.clone();
    view! {
        <div class="field">
            <label for=id.clone() class="field-label">
                {label}
                {(!required).then(|| view! { <span class="field-optional">"Optional"</span> })}
            </label>
            {(!hint.is_empty()).then(|| view! { <p id=format!("{id}-hint") class="field-hint">{hint}</p> })}
            {children()}
            <ErrorLine id=id label=shown error/>
        </div>
    }
}

/// What is wrong with a control, in words; its id is the control's with `-error`.
#[component]
pub fn ErrorLine(id: String, label: String, error: Signal<Option<String>>) -> impl IntoView {
    view! {
        <p id=format!("{id}-error") class="field-error">
            {move || {
                error
                    .get()
                    .map(|message| {
                        view! {
                            <Icon name="alert" class="size-4 mt-0.5"/>
                            <span>{crate::text::field_error(&label, &message)}</span>
                        }
                    })
            }}
        </p>
    }
}

pub(super) fn described_by(id: &str, hint: &str) -> String {
    if hint.is_empty() { format!("{id}-error") } else { format!("{id}-hint {id}-error") }
}

/// One line of text.
#[component]
pub fn TextField(
    /// The form's name for it; the error's key is its last bracket part.
    name: &'static str,
    #[prop(into)] label: String,
    /// The input's type: `text`, `email`, `password`, `number`, `date`, `url`, `search`.
    #[prop(default = "text")]
    kind: &'static str,
    #[prop(optional, into)] hint: String,
    #[prop(optional, into)] value: String,
    /// Holds the value, when something else needs it too.
    #[prop(optional)]
    bind: Option<RwSignal<String>>,
    #[prop(optional)] required: bool,
    /// One of several ways to say the same: neither required nor marked as optional.
    #[prop(optional)]
    is_alternative: bool,
    #[prop(optional, into)] errors: Signal<Vec<FieldError>>,
    #[prop(optional)] autocomplete: &'static str,
    #[prop(optional)] inputmode: &'static str,
    #[prop(optional)] pattern: &'static str,
    #[prop(optional)] placeholder: &'static str,
    #[prop(default = 200)] maxlength: i32,
    #[prop(optional)] minlength: i32,
) -> impl IntoView {
    let id = id_of(name);
    let error = error_of(errors, name);
    let start = bind.map_or(value, |b| b.get_untracked());
    let node = NodeRef::<leptos::html::Input>::new();
    keep_in_step(
        bind,
        move || node.get().map(|n| n.value()),
        move |text| {
            if let Some(node) = node.get_untracked() {
                node.set_value(text);
            }
        },
    );
    view! {
        <Frame id=id.clone() label hint=hint.clone() required=required || is_alternative error>
            <input
                id=id.clone()
                class="input w-full"
                type=kind
                name=name
                value=start
                node_ref=node
                on:input=move |ev| {
                    if let Some(bind) = bind {
                        bind.set(event_target_value(&ev));
                    }
                }
                required=required
                autocomplete=(!autocomplete.is_empty()).then_some(autocomplete)
                inputmode=(!inputmode.is_empty()).then_some(inputmode)
                pattern=(!pattern.is_empty()).then_some(pattern)
                placeholder=(!placeholder.is_empty()).then_some(placeholder)
                maxlength=maxlength.to_string()
                minlength=(minlength > 0).then(|| minlength.to_string())
                aria-invalid=move || error.get().is_some().then_some("true")
                aria-describedby=described_by(&id, &hint)
            />
        </Frame>
    }
}

/// What the browser itself asks of a phone number, where no script does: a form that it sends in vain comes back empty.
const TEN_DIGITS: &str = r"(\+?1)?([^0-9]*[0-9]){10}[^0-9]*";

/// A US phone number that takes shape while it is typed.
#[component]
pub fn TelField(
    name: &'static str,
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: String,
    #[prop(optional, into)] value: String,
    #[prop(optional)] bind: Option<RwSignal<String>>,
    #[prop(optional)] required: bool,
    #[prop(optional, into)] errors: Signal<Vec<FieldError>>,
) -> impl IntoView {
    let text = bind.unwrap_or_else(|| RwSignal::new(phone_as_typed(&value)));
    // Only at the end of the text: otherwise the caret would jump while somebody mends a digit.
    let on_input = move |ev: web_sys::Event| {
        let input = event_target::<web_sys::HtmlInputElement>(&ev);
        let typed = input.value();
        let at_end = input.selection_start().ok().flatten().is_none_or(|at| at as usize == typed.len());
        let grew = typed.len() >= text.with_untracked(String::len);
        text.set(if at_end && grew { phone_as_typed(&typed) } else { typed });
    };
    let node = NodeRef::<leptos::html::Input>::new();
    keep_in_step(
        Some(text),
        move || node.get().map(|n| n.value()),
        move |text| {
            if let Some(node) = node.get_untracked() {
                node.set_value(text);
            }
        },
    );
    let id = id_of(name);
    let error = error_of(errors, name);
    view! {
        <Frame id=id.clone() label hint=hint.clone() required error>
            <input
                id=id.clone()
                class="input w-full tabular-nums"
                type="tel"
                name=name
                value=text.get_untracked()
                node_ref=node
                on:input=on_input
                on:blur=move |_| text.update(|t| *t = phone_as_typed(t))
                required=required
                autocomplete="tel-national"
                inputmode="tel"
                pattern=TEN_DIGITS
                title="A phone number of 10 digits"
                maxlength="20"
                placeholder="(555) 123-4567"
                aria-invalid=move || error.get().is_some().then_some("true")
                aria-describedby=described_by(&id, &hint)
            />
        </Frame>
    }
}

/// Several lines of text.
#[component]
pub fn TextareaField(
    name: &'static str,
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: String,
    #[prop(optional, into)] value: String,
    #[prop(optional)] bind: Option<RwSignal<String>>,
    #[prop(optional)] required: bool,
    /// See [`TextField`].
    #[prop(optional)]
    is_alternative: bool,
    #[prop(optional, into)] errors: Signal<Vec<FieldError>>,
    #[prop(default = 4)] rows: u32,
    #[prop(default = 2000)] maxlength: i32,
    #[prop(optional)] placeholder: &'static str,
    #[prop(optional)] inputmode: &'static str,
) -> impl IntoView {
    let id = id_of(name);
    let error = error_of(errors, name);
    let start = bind.map_or(value, |b| b.get_untracked());
    let node = NodeRef::<leptos::html::Textarea>::new();
    keep_in_step(
        bind,
        move || node.get().map(|n| n.value()),
        move |text| {
            if let Some(node) = node.get_untracked() {
                node.set_value(text);
            }
        },
    );
    view! {
        <Frame id=id.clone() label hint=hint.clone() required=required || is_alternative error>
            <textarea
                id=id.clone()
                class="textarea w-full"
                name=name
                rows=rows.to_string()
                maxlength=maxlength.to_string()
                placeholder=(!placeholder.is_empty()).then_some(placeholder)
                inputmode=(!inputmode.is_empty()).then_some(inputmode)
                required=required
                node_ref=node
                on:input=move |ev| {
                    if let Some(bind) = bind {
                        bind.set(event_target_value(&ev));
                    }
                }
                aria-invalid=move || error.get().is_some().then_some("true")
                aria-describedby=described_by(&id, &hint)
            >
                {start}
            </textarea>
        </Frame>
    }
}
