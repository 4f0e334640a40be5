use super::{Choice, Icon, later};
use crate::errors::AppError;
use kernel::Id;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};
use std::time::Duration;
use wasm_bindgen::JsCast;

/// The filters of a list. Their state is the address, so a view can be kept as a bookmark; without script the button sends them.
#[component]
pub fn Filters(
    /// Filter fields, in the order in which they are read.
    children: Children,
) -> impl IntoView {
    let location = use_location();
    let query = use_query_map();
    let is_live = RwSignal::new(false);
    Effect::new(move |_| is_live.set(true));
    let path = location.pathname.get_untracked();
    let node = NodeRef::<leptos::html::Form>::new();
    // Once the page lives, what the address says about anything else (`sent=1`) is no filter.
    let is_field = move |key: &str| {
        let form = if is_live.get() { node.get() } else { None };
        form.is_none_or(|form| form.query_selector(&format!("[name='{key}']")).ok().flatten().is_some())
    };
    let is_set =
        move || query.with(|q| q.latest_values().any(|(k, v)| !matches!(k.as_ref(), "page" | "sort") && !v.is_empty() && is_field(k)));
    let (action, clear) = (path.clone(), path.clone());
    let navigate = use_navigate();
    // As the browser would, but within the page and without the filters that are not set.
    let on_submit = move |ev: web_sys::SubmitEvent| {
        let Ok(data) = leptos::form::form_data_from_event(&ev) else { return };
        let Ok(pairs) = web_sys::UrlSearchParams::new_with_str_sequence_sequence(&data) else { return };
        ev.prevent_default();
        let pairs = String::from(pairs.to_string());
        let set: Vec<&str> = pairs.split('&').filter(|pair| !pair.is_empty() && !pair.ends_with('=')).collect();
        let to = if set.is_empty() { path.clone() } else { format!("{path}?{}", set.join("&")) };
        navigate(&to, NavigateOptions { scroll: false, replace: true, ..NavigateOptions::default() });
    };
    view! {
        <form node_ref=node method="get" action=action class="filters" role="search" on:submit=on_submit>
            {children()}
            {move || query.with(|q| q.get("sort")).map(|sort| view! { <input type="hidden" name="sort" value=sort/> })}
            <button type="submit" class="btn btn-outline-quiet without-js">
                "Apply"
            </button>
            {move || {
                let clear = clear.clone();
                is_set()
                    .then(|| {
                        view! {
                            <a href=clear class="btn btn-ghost btn-tight">
                                <Icon name="x"/>
                                <span>"Clear"</span>
                            </a>
                        }
                    })
            }}
        </form>
    }
}

/// Sends the form around a control, as its button would.
fn send(target: Option<web_sys::EventTarget>) {
    let form = target
        .and_then(|t| t.dyn_into::<web_sys::Element>().ok())
        .and_then(|e| e.closest("form").ok().flatten())
        .and_then(|e| e.dyn_into::<web_sys::HtmlFormElement>().ok());
    if let Some(form) = form {
        let _ = form.request_submit();
    }
}

/// Free text; `/` comes here. It searches when typing pauses.
#[component]
pub fn SearchFilter(#[prop(default = "Search")] placeholder: &'static str, #[prop(default = "q")] name: &'static str) -> impl IntoView {
    let query = use_query_map();
    let start = query.with_untracked(|q| q.get(name)).unwrap_or_default();
    let node = NodeRef::<leptos::html::Input>::new();
    // Back, forward and "Clear" change the address behind the field's back.
    Effect::new(move |_| {
        let text = query.with(|q| q.get(name)).unwrap_or_default();
        if let Some(node) = node.get()
            && !node.matches(":focus").unwrap_or(false)
            && node.value() != text
        {
            node.set_value(&text);
        }
    });
    let on_input = leptos::leptos_dom::helpers::debounce(Duration::from_millis(300), move |ev: web_sys::Event| send(ev.target()));
    let draw = move || {
        view! {
            <label class="filter filter-search">
                <span class="sr-only">{placeholder}</span>
                <Icon name="search" class="size-5 filter-icon"/>
                <input
                    node_ref=node
                    id="list-search"
                    type="search"
                    name=name
                    class="input w-full"
                    value=start
                    placeholder=placeholder
                    maxlength="200"
                    autocomplete="off"
                    aria-keyshortcuts="/"
                    on:input=on_input
                />
            </label>
        }
        .into_any()
    };
    later(draw)
}

/// One of a list, or all.
#[component]
pub fn SelectFilter(
    name: &'static str,
    label: &'static str,
    options: Vec<Choice>,
    #[prop(default = "All")] all: &'static str,
) -> impl IntoView {
    let query = use_query_map();
    let chosen = query.with_untracked(|q| q.get(name)).unwrap_or_default();
    let node = NodeRef::<leptos::html::Select>::new();
    Effect::new(move |_| {
        let text = query.with(|q| q.get(name)).unwrap_or_default();
        if let Some(node) = node.get()
            && node.value() != text
        {
            node.set_value(&text);
        }
    });
    let draw = move || {
        let items = options
            .into_iter()
            .map(|o| view! { <option value=o.value.clone() selected=o.value == chosen>{o.label}</option> })
            .collect_view();
        view! {
            <label class="filter">
                <span class="filter-label">{label}</span>
                <select node_ref=node name=name class="select w-full" on:change=move |ev| send(ev.target())>
                    <option value="">{all}</option>
                    {items}
                </select>
            </label>
        }
        .into_any()
    };
    later(draw)
}

/// One of the contractors, once their names are here.
#[component]
pub fn ContractorFilter(names: Resource<Result<Vec<(Id, String)>, AppError>>) -> impl IntoView {
    view! {
        <Transition fallback=|| {
            view! { <SelectFilter name="contractorId" label="Contractor" options=Vec::new()/> }
        }>
            {move || {
                names
                    .get()
                    .map(|names| {
                        let options = names.unwrap_or_default().into_iter().map(|(id, name)| Choice::new(id, name)).collect();
                        view! { <SelectFilter name="contractorId" label="Contractor" options/> }
                    })
            }}
        </Transition>
    }
}

/// A day.
#[component]
pub fn DateFilter(name: &'static str, label: &'static str) -> impl IntoView {
    let query = use_query_map();
    let start = query.with_untracked(|q| q.get(name)).unwrap_or_default();
    let node = NodeRef::<leptos::html::Input>::new();
    Effect::new(move |_| {
        let text = query.with(|q| q.get(name)).unwrap_or_default();
        if let Some(node) = node.get()
            && node.value() != text
        {
            node.set_value(&text);
        }
    });
    let draw = move || {
        view! {
            <label class="filter">
                <span class="filter-label">{label}</span>
                <input node_ref=node type="date" name=name class="input w-full" value=start on:change=move |ev| send(ev.target())/>
            </label>
        }
        .into_any()
    };
    later(draw)
}

/// A ZIP code; it filters once it has five digits, or none.
#[component]
pub fn ZipFilter(name: &'static str, label: &'static str) -> impl IntoView {
    let query = use_query_map();
    let start = query.with_untracked(|q| q.get(name)).unwrap_or_default();
    let node = NodeRef::<leptos::html::Input>::new();
    Effect::new(move |_| {
        let text = query.with(|q| q.get(name)).unwrap_or_default();
        if let Some(node) = node.get()
            && !node.matches(":focus").unwrap_or(false)
            && node.value() != text
        {
            node.set_value(&text);
        }
    });
    let on_input = move |ev: web_sys::Event| {
        let text = event_target_value(&ev);
        if text.is_empty() || kernel::Zip::parse(&text).is_some() {
            send(ev.target());
        }
    };
    view! {
        <label class="filter">
            <span class="filter-label">{label}</span>
            <input
                node_ref=node
                type="text"
                name=name
                class="input w-full tabular-nums"
                value=start
                inputmode="numeric"
                pattern="[0-9]{5}"
                maxlength="5"
                autocomplete="off"
                on:input=on_input
            />
        </label>
    }
}
