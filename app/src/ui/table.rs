use super::Icon;
use leptos::ev;
use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_query_map};
use leptos_router::params::ParamsMap;
use std::time::Duration;
use wasm_bindgen::JsCast;

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    label: &'static str,
    sort: Option<&'static str>,
    /// The first press of its heading sorts ascending.
    up: bool,
    numeric: bool,
    ticks: bool,
}

impl Column {
    pub const fn new(label: &'static str) -> Column {
        Column { label, sort: None, up: false, numeric: false, ticks: false }
    }

    /// Right-aligned, with figures of one width.
    #[must_use]
    pub const fn numeric(mut self) -> Column {
        self.numeric = true;
        self
    }

    /// Holds a [`TickCell`](super::TickCell) in each row.
    pub const fn ticks(label: &'static str) -> Column {
        Column { label, sort: None, up: false, numeric: false, ticks: true }
    }

    /// The heading becomes a link that sorts by this word, the most or the newest first.
    #[must_use]
    pub const fn sort(mut self, key: &'static str) -> Column {
        self.sort = Some(key);
        self
    }

    /// As `sort`, upwards at the first press: for names, for what is due, and for what is sorted downwards anyway.
    #[must_use]
    pub const fn sort_up(mut self, key: &'static str) -> Column {
        self.up = true;
        self.sort(key)
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

/// A table whose rows become cards on a phone. `j` and `k` walk through the rows, `Enter` opens one, `x` ticks it where rows
/// can be ticked, `/` goes to the search.
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
    let ticks = columns.iter().any(|column| column.ticks);
    let heads = columns
        .into_iter()
        .map(|column| {
            let class = if column.numeric { "numeric" } else { "" };
            if column.ticks {
                return view! { <th scope="col" class="tick"><span class="sr-only">{column.label}</span></th> }.into_any();
            }
            match column.sort {
                None => view! { <th scope="col" class=class>{column.label}</th> }.into_any(),
                Some(key) => {
                    let direction = Memo::new(move |_| query.with(sort_of).filter(|(k, _)| k == key).map(|(_, descending)| descending));
                    let href = move || {
                        let ascending = direction.get().unwrap_or(column.up);
                        let next = if ascending { key.to_owned() } else { format!("-{key}") };
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
            <p class="table-keys" aria-hidden="true">
                <kbd>"j"</kbd>
                <kbd>"k"</kbd>
                "move"
                <span class="for-open">
                    <kbd>"Enter"</kbd>
                    "open"
                </span>
                {ticks.then(|| view! { <kbd>"x"</kbd> "select" })}
                <span class="for-search">
                    <kbd>"/"</kbd>
                    "search"
                </span>
            </p>
        </div>
    }
}

/// Whether keys are being typed into something.
pub(super) fn is_typing(ev: &web_sys::KeyboardEvent) -> bool {
    let on_control = ev
        .target()
        .and_then(|t| t.dyn_into::<web_sys::Element>().ok())
        .is_some_and(|e| e.closest("input:not([data-row-tick]), textarea, select, [contenteditable], dialog").ok().flatten().is_some());
    on_control || ev.ctrl_key() || ev.meta_key() || ev.alt_key()
}

/// What a key does in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    /// Goes to the row of this number.
    Go(u32),
    /// Ticks or unticks the row of this number.
    Tick(u32),
    Search,
}

/// `j` and `k` stop at the ends; the first press of either goes to the first or the last row.
fn act_of(key: &str, current: Option<u32>, count: u32) -> Option<Act> {
    let last = count.checked_sub(1)?;
    match key {
        "j" => Some(Act::Go(current.map_or(0, |i| (i + 1).min(last)))),
        "k" => Some(Act::Go(current.map_or(last, |i| i.saturating_sub(1)))),
        "x" => current.map(Act::Tick),
        "/" => Some(Act::Search),
        _ => None,
    }
}

fn walk(table: &web_sys::Element, ev: &web_sys::KeyboardEvent) {
    if is_typing(ev) || document().query_selector("dialog[open]").ok().flatten().is_some() {
        return;
    }
    let active = document().active_element();
    // Of several tables on a page the keys belong to the one where the focus is, or else to the first.
    let own = active.as_ref().and_then(|a| a.closest("table.data-table").ok().flatten());
    let own = own.or_else(|| document().query_selector("table.data-table").ok().flatten());
    if !own.is_some_and(|own| own.is_same_node(Some(table))) {
        return;
    }
    let Ok(rows) = table.query_selector_all("tr.data-row") else { return };
    let row = |i: u32| rows.item(i).and_then(|n| n.dyn_into::<web_sys::HtmlElement>().ok());
    let focused = active.and_then(|a| a.closest("tr.data-row").ok().flatten());
    let current = (0..rows.length()).find(|i| focused.as_ref().zip(row(*i)).is_some_and(|(f, row)| f.is_same_node(Some(&row))));
    match act_of(ev.key().as_str(), current, rows.length()) {
        Some(Act::Go(i)) => {
            let Some(row) = row(i) else { return };
            ev.prevent_default();
            let link = row.query_selector("[data-row-link]").ok().flatten().and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok());
            let _ = link.as_ref().unwrap_or(&row).focus();
            let options = web_sys::ScrollIntoViewOptions::new();
            options.set_block(web_sys::ScrollLogicalPosition::Nearest);
            row.scroll_into_view_with_scroll_into_view_options(&options);
        }
        Some(Act::Tick(i)) => {
            let tick = row(i).and_then(|row| row.query_selector("[data-row-tick]").ok().flatten());
            if let Some(tick) = tick.and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
                ev.prevent_default();
                tick.click();
            }
        }
        Some(Act::Search) => {
            if let Some(search) = document().get_element_by_id("list-search").and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
                ev.prevent_default();
                let _ = search.focus();
            }
        }
        None => {}
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
        <tr role="row" class="data-row" tabindex=(!goes).then_some("-1") class:goes=goes class:fresh=move || fresh.get() on:click=on_click>
            {children()}
        </tr>
    }
}

#[derive(Clone)]
struct RowLink(Option<String>);

/// One value of a row. Where there is none it stays empty: the style draws a dash, and leaves it out of a phone's card.
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

/// Ticks a row for what is done with several. The table stands in the form that takes the ticks. A row with which nothing can be
/// done has no tick.
#[component]
pub fn TickCell(
    /// The form's name for the ticks, ending in `[]`.
    name: &'static str,
    value: String,
    /// What the row is, for screen readers.
    label: String,
    #[prop(default = true)] shown: bool,
) -> impl IntoView {
    // A tick goes with its row: the bar above must count anew.
    Effect::new(|_| on_cleanup(|| set_timeout(tell_of_ticks, Duration::ZERO)));
    let tick = shown.then(|| {
        view! {
            <label class="grid size-11 cursor-pointer place-items-center">
                <input type="checkbox" class="checkbox" name=name value=value aria-label=format!("Select {label}") data-row-tick=""/>
            </label>
        }
    });
    view! {
        <td role="cell" class="tick">
            {tick}
        </td>
    }
}

/// Says that there may be other ticks than before, as if somebody had ticked.
fn tell_of_ticks() {
    if let Ok(event) = web_sys::Event::new("change") {
        let _ = window().dispatch_event(&event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_walk_and_stop_at_the_ends() {
        assert_eq!(act_of("j", None, 3), Some(Act::Go(0)));
        assert_eq!(act_of("k", None, 3), Some(Act::Go(2)));
        assert_eq!(act_of("j", Some(2), 3), Some(Act::Go(2)));
        assert_eq!(act_of("k", Some(0), 3), Some(Act::Go(0)));
        assert_eq!(act_of("x", Some(1), 3), Some(Act::Tick(1)));
        assert_eq!((act_of("x", None, 3), act_of("j", None, 0), act_of("q", Some(1), 3)), (None, None, None));
        assert_eq!(act_of("/", None, 1), Some(Act::Search));
    }

    #[test]
    fn sorting_keeps_the_filters_and_starts_over() {
        let query: ParamsMap = [("q", "smith"), ("page", "3")].into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        assert_eq!(with_query(&query, "sort", "-price"), "?q=smith&sort=%2Dprice");
        assert_eq!(with_query(&query, "q", ""), "?");
        let sorted: ParamsMap = [("sort".to_owned(), "-price".to_owned())].into_iter().collect();
        assert_eq!(sort_of(&sorted), Some(("price".into(), true)));
    }
}
