use super::Icon;
use super::field::{ErrorLine, error_of, id_of};
use kernel::FieldError;
use leptos::prelude::*;

/// What each number of stars means.
const WORDS: [&str; 5] = ["Poor", "Fair", "Good", "Very good", "Excellent"];

/// One to five stars: radio buttons, so arrow keys choose and forms need no script.
#[component]
pub fn StarField(
    name: &'static str,
    #[prop(into)] legend: String,
    #[prop(optional, into)] errors: Signal<Vec<FieldError>>,
) -> impl IntoView {
    let id = id_of(name);
    let error = error_of(errors, name);
    let said = RwSignal::new("");
    let stars = WORDS
        .into_iter()
        .zip(1_u8..)
        .map(|(word, number)| {
            // The error summary's link goes to the first star.
            let star_id = if number == 1 { id.clone() } else { format!("{id}-{number}") };
            view! {
                <label class="star">
                    <input
                        type="radio"
                        id=star_id
                        name=name
                        value=number.to_string()
                        required=true
                        on:change=move |_| said.set(word)
                        aria-describedby=format!("{id}-error")
                    />
                    <Icon name="star" class="size-8"/>
                    <span class="sr-only">{format!("{number} of 5: {word}")}</span>
                </label>
            }
        })
        .collect_view();
    let label = legend.clone();
    view! {
        <fieldset class="field">
            <legend class="field-label">{legend}</legend>
            <div class="flex flex-wrap items-center gap-x-3">
                <div class="stars">{stars}</div>
                // The chosen star has its word for screen readers.
                <span class="font-medium" aria-hidden="true">{said}</span>
            </div>
            <ErrorLine id=id label error/>
        </fieldset>
    }
}
