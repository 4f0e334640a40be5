use super::field::{ErrorLine, error_of, id_of};
use kernel::FieldError;
use leptos::prelude::*;

/// Files to send. The form around it must be `multipart/form-data`.
#[component]
pub fn FileField(
    name: &'static str,
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: String,
    /// What the browser offers: types and endings, with commas between.
    accept: &'static str,
    #[prop(optional)] required: bool,
    #[prop(optional, into)] errors: Signal<Vec<FieldError>>,
) -> impl IntoView {
    let id = id_of(name);
    let error = error_of(errors, name);
    view! {
        <div class="field">
            <label for=id.clone() class="field-label">
                {label.clone()}
                {(!required).then(|| view! { <span class="field-optional">"Optional"</span> })}
            </label>
            {(!hint.is_empty()).then(|| view! { <p id=format!("{id}-hint") class="field-hint">{hint}</p> })}
            <input
                id=id.clone()
                class="file-input"
                type="file"
                name=name
                accept=accept
                multiple=true
                required=required
                aria-invalid=move || error.get().is_some().then_some("true")
                aria-describedby=format!("{id}-hint {id}-error")
            />
            <ErrorLine id=id label error/>
        </div>
    }
}
