//! The controls that offer choices: a select, cards, a switch.

use super::Icon;
use super::field::{ErrorLine, Frame, described_by, error_of, id_of, keep_in_step};
use kernel::FieldError;
use leptos::prelude::*;

/// One choice of a select or of cards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub hint: String,
    pub icon: &'static str,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Choice {
        Choice { value: value.into(), label: label.into(), hint: String::new(), icon: "" }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Choice {
        self.hint = hint.into();
        self
    }

    #[must_use]
    pub fn icon(mut self, icon: &'static str) -> Choice {
        self.icon = icon;
        self
    }
}

/// The choices of a `text_enum!`: `choices(LeadStatus::ALL, LeadStatus::as_str, LeadStatus::label)`.
pub fn choices<T: Copy>(all: &[T], word: impl Fn(T) -> &'static str, label: impl Fn(T) -> &'static str) -> Vec<Choice> {
    all.iter().map(|v| Choice::new(word(*v), label(*v))).collect()
}

/// One of a list.
#[component]
pub fn SelectField(
    name: &'static str,
    #[prop(into)] label: String,
    options: Vec<Choice>,
    /// The first, empty choice; without it the first option is chosen.
    #[prop(optional, into)]
    empty_label: String,
    #[prop(optional, into)] hint: String,
    #[prop(optional, into)] value: String,
    #[prop(optional)] bind: Option<RwSignal<String>>,
    #[prop(optional)] required: bool,
    #[prop(optional, into)] errors: Signal<Vec<FieldError>>,
) -> impl IntoView {
    let id = id_of(name);
    let error = error_of(errors, name);
    let start = bind.map_or(value, |b| b.get_untracked());
    let node = NodeRef::<leptos::html::Select>::new();
    keep_in_step(
        bind,
        move || node.get().map(|n| n.value()),
        move |text| {
            if let Some(node) = node.get_untracked() {
                node.set_value(text);
            }
        },
    );
    let items =
        options.into_iter().map(|o| view! { <option value=o.value.clone() selected=o.value == start>{o.label}</option> }).collect_view();
    view! {
        <Frame id=id.clone() label hint=hint.clone() required error>
            <select
                id=id.clone()
                class="select w-full"
                name=name
                required=required
                node_ref=node
                on:change=move |ev| {
                    if let Some(bind) = bind {
                        bind.set(event_target_value(&ev));
                    }
                }
                aria-invalid=move || error.get().is_some().then_some("true")
                aria-describedby=described_by(&id, &hint)
            >
                {(!empty_label.is_empty()).then(|| view! { <option value="">{empty_label}</option> })}
                {items}
            </select>
        </Frame>
    }
}

/// One of a few, each a card to tap.
#[component]
pub fn RadioCards(
    name: &'static str,
    #[prop(into)] legend: String,
    options: Vec<Choice>,
    #[prop(optional, into)] hint: String,
    #[prop(optional, into)] value: String,
    #[prop(optional)] bind: Option<RwSignal<String>>,
    #[prop(optional)] required: bool,
    #[prop(optional, into)] errors: Signal<Vec<FieldError>>,
    /// Hides the legend where a heading above says the same.
    #[prop(optional)]
    quiet: bool,
) -> impl IntoView {
    let chosen = bind.unwrap_or_else(|| RwSignal::new(value));
    let id = id_of(name);
    let error = error_of(errors, name);
    let cards = options
        .into_iter()
        .enumerate()
        .map(|(i, o)| {
            let (word, start, picked) = (o.value.clone(), o.value.clone(), o.value.clone());
            let node = NodeRef::<leptos::html::Input>::new();
            Effect::new(move |started: Option<bool>| {
                let is_chosen = chosen.get() == word;
                let Some(node) = node.get() else { return false };
                if started != Some(true) && node.checked() && !is_chosen {
                    chosen.set(word.clone());
                } else if node.checked() != is_chosen {
                    node.set_checked(is_chosen);
                }
                true
            });
            // The summary's link goes to the first card.
            let card_id = if i == 0 { id.clone() } else { format!("{id}-{i}") };
            view! {
                <label class="choice-card">
                    <input
                        type="radio"
                        class="radio"
                        id=card_id
                        name=name
                        value=o.value
                        required=required
                        checked=chosen.get_untracked() == start
                        node_ref=node
                        on:change=move |_| chosen.set(picked.clone())
                        aria-describedby=format!("{id}-error")
                    />
                    {(!o.icon.is_empty()).then(|| view! { <Icon name=o.icon class="size-6 text-primary"/> })}
                    <span class="min-w-0">
                        <span class="block font-medium">{o.label}</span>
                        {(!o.hint.is_empty()).then(|| view! { <span class="block text-sm text-muted">{o.hint}</span> })}
                    </span>
                </label>
            }
        })
        .collect_view();
    let shown = legend.clone();
    view! {
        <fieldset class="field">
            <legend class=if quiet { "sr-only" } else { "field-label" }>{legend}</legend>
            {(!hint.is_empty()).then(|| view! { <p class="field-hint">{hint}</p> })}
            <div class="choice-cards">{cards}</div>
            <ErrorLine id=id label=shown error/>
        </fieldset>
    }
}

/// Any of a few, each a card to tap.
#[component]
pub fn CheckboxCards(
    /// Ends in `[]`.
    name: &'static str,
    #[prop(into)] legend: String,
    options: Vec<Choice>,
    #[prop(optional, into)] hint: String,
    #[prop(optional)] values: Vec<String>,
    #[prop(optional, into)] errors: Signal<Vec<FieldError>>,
) -> impl IntoView {
    let id = id_of(name);
    let error = error_of(errors, name);
    let cards = options
        .into_iter()
        .enumerate()
        .map(|(i, o)| {
            let card_id = if i == 0 { id.clone() } else { format!("{id}-{i}") };
            view! {
                <label class="choice-card">
                    <input
                        type="checkbox"
                        class="checkbox"
                        id=card_id
                        name=name
                        checked=values.contains(&o.value)
                        value=o.value
                        aria-describedby=format!("{id}-error")
                    />
                    {(!o.icon.is_empty()).then(|| view! { <Icon name=o.icon class="size-6 text-primary"/> })}
                    <span class="min-w-0">
                        <span class="block font-medium">{o.label}</span>
                        {(!o.hint.is_empty()).then(|| view! { <span class="block text-sm text-muted">{o.hint}</span> })}
                    </span>
                </label>
            }
        })
        .collect_view();
    let shown = legend.clone();
    view! {
        <fieldset class="field">
            <legend class="field-label">{legend}</legend>
            {(!hint.is_empty()).then(|| view! { <p class="field-hint">{hint}</p> })}
            <div class="choice-cards">{cards}</div>
            <ErrorLine id=id label=shown error/>
        </fieldset>
    }
}

/// On or off, at once.
#[component]
pub fn SwitchField(
    name: &'static str,
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: String,
    #[prop(optional)] checked: bool,
    #[prop(optional)] on_change: Option<Callback<bool>>,
) -> impl IntoView {
    let id = id_of(name);
    let described = (!hint.is_empty()).then(|| format!("{id}-hint"));
    view! {
        <div class="flex items-start justify-between gap-4">
            <div class="min-w-0">
                <label for=id.clone() class="field-label mb-0">{label}</label>
                {(!hint.is_empty()).then(|| view! { <p id=format!("{id}-hint") class="field-hint mb-0">{hint}</p> })}
            </div>
            <span class="grid size-11 shrink-0 place-items-center">
                <input
                    type="checkbox"
                    role="switch"
                    class="toggle"
                    id=id
                    name=name
                    value="true"
                    checked=checked
                    aria-describedby=described
                    on:change=move |ev| {
                        if let Some(on_change) = on_change {
                            on_change.run(event_target_checked(&ev));
                        }
                    }
                />
            </span>
        </div>
    }
}
