use super::field::{ErrorLine, error_of, id_of};
use kernel::FieldError;
use leptos::prelude::*;

/// From and to of a day, in one line. Both empty stand for a closed day.
#[component]
pub fn TimeRangeField(
    /// The day.
    #[prop(into)]
    legend: String,
    /// The form's names for the two times; an error's key is the last bracket part.
    #[prop(into)]
    from: String,
    #[prop(into)] to: String,
    /// `08:00`
    #[prop(optional, into)]
    from_value: String,
    #[prop(optional, into)] to_value: String,
    #[prop(optional, into)] errors: Signal<Vec<FieldError>>,
) -> impl IntoView {
    let time = |name: &str, label: String, value: String| {
        let (id, error) = (id_of(name), error_of(errors, name));
        view! {
            <input
                id=id.clone()
                class="input min-w-0 flex-1 sm:w-36 sm:flex-none"
                type="time"
                name=name.to_owned()
                value=value
                aria-label=label
                aria-invalid=move || error.get().is_some().then_some("true")
                aria-describedby=format!("{id}-error")
            />
        }
    };
    let (from_input, to_input) = (time(&from, format!("{legend} from"), from_value), time(&to, format!("{legend} until"), to_value));
    view! {
        <div class="py-1">
            <div class="grid items-center gap-x-3 gap-y-1 sm:grid-cols-[7rem_auto]" role="group" aria-label=legend.clone()>
                <span class="font-medium">{legend.clone()}</span>
                <span class="flex min-w-0 items-center gap-2">
                    {from_input}
                    <span class="text-muted">"to"</span>
                    {to_input}
                </span>
            </div>
            <ErrorLine id=id_of(&from) label=format!("{legend} from") error=error_of(errors, &from)/>
            <ErrorLine id=id_of(&to) label=format!("{legend} until") error=error_of(errors, &to)/>
        </div>
    }
}
