use super::Icon;
use leptos::ev;
use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_query_map};
use leptos_router::params::ParamsMap;
use wasm_bindgen::JsCast;

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    label: &'static str,
    sort: Option<&'static str>,
    numeric: bool,
}

impl Column {
    pub const fn new(label: &'static str) -> Column {
        Column { label, sort: None, numeric: false }
    }

    /// Right-aligned, with figures of one width.
    #[must_use]
    pub const fn numeric(mut self) -> Column {
        self.numeric = true;
        self
    }

    /// The heading becomes a link that sorts by this word.
    #[must_use]
    pub const fn sort(mut self, key: &'static str) -> Column {
        self.sort = Some(key);
        self
    }
}

/// What the address asks to sort by: `sort=price` is ascending, `sort=-price` descending.
pub fn sort_of(query: &ParamsMap) -> Option<(String, bool)> {
    let text = query.get("sort").filter(|t| !t.is_empty())?;
    Some(match text.strip_prefix('-') {
        Some(key) => (key.to_owned(), true),
        None => (text, false),
    })
}

/// The address of this page with one part of the query changed; an empty value removes it. The page number starts over.
pub(super) fn with_query(query: &ParamsMap, key: &str, value: &str) -> String {
    let mut next = query.clone();
    next.remove("page");
    next.remove(key);
    if !value.is_empty() {
        next.insert(key.to_owned(), value.to_owned());
    }
    let text = next.to_query_string();
    if text.is_empty() { "?".into() } else { text }
}

/// A table whose rows become cards on a phone. `j` and `k` walk through the rows, `Enter` opens one, `/` goes to the search.
#[component]
pub fn DataTable(
    /// What the table lists, for screen readers.
    #[prop(into)]
    caption: String,
    columns: Vec<Column>,
    /// [`Row`](super::Row)s.
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<leptos::html::Table>::new();
    Effect::new(move |_| {
        let handle = window_event_listener(ev::keydown, move |ev| {
            if let Some(table) = node.get_untracked() {
                walk(&table, &ev);
            }
        });
        on_cleanup(move || handle.remove());
    });
    let query = use_query_map();
    let heads = columns
        .into_iter()
        .map(|column| {
            let class = if column.numeric { "numeric" } else { "" };
            match column.sort {
                None => view! { <th scope="col" class=class>{column.label}</th> }.into_any(),
                Some(key) => {
                    let direction = Memo::new(move |_| query.with(sort_of).filter(|(k, _)| k == key).map(|(_, descending)| descending));
                    let href = move || {
                        let next = if direction.get() == Some(true) { key.to_owned() } else { format!("-{key}") };
                        query.with(|q| with_query(q, "sort", &next))
                    };
                    let order = move || match direction.get() {
                        None => "none",
                        Some(true) => "descending",
                        Some(false) => "ascending",
                    };
                    view! {
                        <th scope="col" class=class aria-sort=order>
                            <a href=href class="sort-link">
                                {column.label}
                                {move || {
                                    direction
                                        .get()
                                        .map(|descending| {
                                            view! { <Icon name=if descending { "arrow_down" } else { "arrow_up" } class="size-4"/> }
                                        })
                                }}
                            </a>
                        </th>
                    }
                    .into_any()
                }
            }
        })
        .collect_view();
    view! {
        <div class="table-frame">
            <table node_ref=node class="data-table" role="table">
                <caption class="sr-only">{caption}</caption>
                <thead role="rowgroup">
                    <tr role="row">{heads}</tr>
                </thead>
                <tbody role="rowgroup">{children()}</tbody>
            </table>
        </div>
    }
}

/// Whether keys are being typed into something.
pub(super) fn is_typing(ev: &web_sys::KeyboardEvent) -> bool {
    let on_control = ev
        .target()
        .and_then(|t| t.dyn_into::<web_sys::Element>().ok())
        .is_some_and(|e| e.closest("input, textarea, select, [contenteditable], dialog").ok().flatten().is_some());
    on_control || ev.ctrl_key() || ev.meta_key() || ev.alt_key()
}

fn walk(table: &web_sys::Element, ev: &web_sys::KeyboardEvent) {
    if is_typing(ev) {
        return;
    }
    let step: i64 = match ev.key().as_str() {
        "j" => 1,
        "k" => -1,
        "/" => {
            if let Some(search) = document().get_element_by_id("list-search").and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
                ev.prevent_default();
                let _ = search.focus();
            }
            return;
        }
        _ => return,
    };
    let Ok(links) = table.query_selector_all("[data-row-link]") else { return };
    let count = i64::from(links.length());
    let active = document().active_element();
    let current = (0..count).find(|i| {
        let link = u32::try_from(*i).ok().and_then(|i| links.item(i));
        active.as_ref().zip(link).is_some_and(|(a, link)| link.is_same_node(Some(a)))
    });
    let next = current.map_or(if step > 0 { 0 } else { count - 1 }, |i| (i + step).clamp(0, count - 1));
    let link = u32::try_from(next).ok().and_then(|i| links.item(i)).and_then(|n| n.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(link) = link {
        ev.prevent_default();
        let _ = link.focus();
        if let Ok(Some(row)) = link.closest("tr") {
            let options = web_sys::ScrollIntoViewOptions::new();
            options.set_block(web_sys::ScrollLogicalPosition::Nearest);
            row.scroll_into_view_with_scroll_into_view_options(&options);
        }
    }
}

/// A row; with an address the whole of it opens that.
#[component]
pub fn Row(
    #[prop(optional, into)] href: String,
    /// Marks what has just changed.
    #[prop(optional, into)]
    fresh: Signal<bool>,
    /// [`Cell`](super::Cell)s, the primary one holds the link.
    children: Children,
) -> impl IntoView {
    let goes = !href.is_empty();
    provide_context(RowLink(goes.then(|| href.clone())));
    let navigate = use_navigate();
    let on_click = move |ev: web_sys::MouseEvent| {
        let on_control = ev
            .target()
            .and_then(|t| t.dyn_into::<web_sys::Element>().ok())
            .is_some_and(|e| e.closest("a, button, input, select, label").ok().flatten().is_some());
        if goes && !on_control && !ev.default_prevented() {
            if ev.ctrl_key() || ev.meta_key() {
                let _ = window().open_with_url(&href);
            } else {
                navigate(&href, leptos_router::NavigateOptions::default());
            }
        }
    };
    view! {
        <tr role="row" class="data-row" class:goes=goes class:fresh=move || fresh.get() on:click=on_click>
            {children()}
        </tr>
    }
}

#[derive(Clone)]
struct RowLink(Option<String>);

/// One value of a row.
#[component]
pub fn Cell(
    /// The column's heading, shown beside the value on a phone.
    label: &'static str,
    #[prop(optional)] numeric: bool,
    /// The cell that names the row: it holds the link and heads the card.
    #[prop(optional)]
    primary: bool,
    children: Children,
) -> impl IntoView {
    let href = use_context::<RowLink>().and_then(|l| l.0).filter(|_| primary);
    view! {
        <td role="cell" data-label=label class:numeric=numeric class:primary=primary>
            {match href {
                Some(href) => view! { <a href=href class="row-link" data-row-link="">{children()}</a> }.into_any(),
                None => children().into_any(),
            }}
        </td>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorting_keeps_the_filters_and_starts_over() {
        let query: ParamsMap = [("q", "smith"), ("page", "3")].into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        assert_eq!(with_query(&query, "sort", "-price"), "?q=smith&sort=%2Dprice");
        assert_eq!(with_query(&query, "q", ""), "?");
        let sorted: ParamsMap = [("sort".to_owned(), "-price".to_owned())].into_iter().collect();
        assert_eq!(sort_of(&sorted), Some(("price".into(), true)));
    }
}
