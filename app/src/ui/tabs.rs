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
    /// The tab without a filter; it stands first, where a narrow page shows it.
    #[prop(default = "All")]
    all: &'static str,
) -> impl IntoView {
    let query = use_query_map();
    let tabs = [Choice::new("", all)]
        .into_iter()
        .chain(options)
        .map(|choice| {
            let (word, chosen) = (choice.value.clone(), choice.value);
            let href = Signal::derive(move || query.with(|q| with_query(q, name, &word)));
            let current = Signal::derive(move || query.with(|q| q.get(name)).unwrap_or_default() == chosen);
            view! { <Tab href current label=choice.label/> }
        })
        .collect_view();
    view! { <TabBar label>{tabs}</TabBar> }
}

/// [`Tab`]s side by side; on a narrow page they scroll.
#[component]
pub fn TabBar(
    /// What the tabs choose between, for screen readers.
    label: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <nav aria-label=label class="tab-bar max-w-full overflow-x-auto">
            <ul class="flex min-w-max gap-1 rounded-box bg-base-300 p-1">{children()}</ul>
        </nav>
    }
}

/// A link to one of several views of a page.
#[component]
pub fn Tab(
    #[prop(into)] href: Signal<String>,
    /// Whether this is what the page shows.
    #[prop(into)]
    current: Signal<bool>,
    #[prop(into)] label: String,
) -> impl IntoView {
    view! {
        <li class="grow">
            <a
                href=move || href.get()
                class="flex min-h-11 items-center justify-center whitespace-nowrap rounded-field px-3 font-medium text-muted hover:text-base-content aria-[current=page]:bg-base-100 aria-[current=page]:text-base-content aria-[current=page]:shadow-sm"
                aria-current=move || current.get().then_some("page")
            >
                {label}
            </a>
        </li>
    }
}
