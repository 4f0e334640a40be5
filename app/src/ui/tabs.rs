use super::Choice;
use super::table::with_query;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// One filter as links side by side: a tap each, no form. The rest of the query stays.
#[component]
pub fn Tabs(
    /// The query's name: `status`.
    name: &'static str,
    /// What the tabs choose between, for screen readers.
    label: &'static str,
    options: Vec<Choice>,
    /// The tab without a filter; it stands last.
    #[prop(default = "All")]
    all: &'static str,
) -> impl IntoView {
    let query = use_query_map();
    let tabs = options
        .into_iter()
        .chain([Choice::new("", all)])
        .map(|choice| {
            let (word, chosen) = (choice.value.clone(), choice.value);
            view! {
                <li class="grow">
                    <a
                        href=move || query.with(|q| with_query(q, name, &word))
                        class="flex min-h-11 items-center justify-center whitespace-nowrap rounded-field px-3 font-medium text-muted hover:text-base-content aria-[current=page]:bg-base-100 aria-[current=page]:text-base-content aria-[current=page]:shadow-sm"
                        aria-current=move || (query.with(|q| q.get(name)).unwrap_or_default() == chosen).then_some("page")
                    >
                        {choice.label}
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <nav aria-label=label class="max-w-full overflow-x-auto">
            <ul class="flex min-w-max gap-1 rounded-box bg-base-300 p-1">{tabs}</ul>
        </nav>
    }
}
