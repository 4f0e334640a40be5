use super::Icon;
use kernel::Page;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;

/// Rows on one page of a list: more are a long way down on a phone.
pub const ROWS: i64 = 25;

/// The part of a list that the address asks for: `?page=2`; anything odd is the first page.
pub fn page_of(query: &ParamsMap, limit: i64) -> Page {
    let number = query.get("page").and_then(|t| t.parse::<i64>().ok()).filter(|n| (1..=100_000).contains(n)).unwrap_or(1);
    Page { limit, offset: (number - 1) * limit }
}

fn href(query: &ParamsMap, number: i64) -> String {
    let mut next = query.clone();
    next.remove("page");
    if number > 1 {
        next.insert("page".to_owned(), number.to_string());
    }
    let text = next.to_query_string();
    if text.is_empty() { "?".into() } else { text }
}

/// Which part of the list this is, and the way to its neighbours.
#[component]
pub fn Pager(total: i64, limit: i64) -> impl IntoView {
    let query = use_query_map();
    let pages = (total + limit - 1) / limit.max(1);
    view! {
        <nav class="pager" aria-label="Pages">
            {move || {
                let page = query.with(|q| page_of(q, limit));
                let number = page.offset / limit + 1;
                let (from, to) = ((page.offset + 1).min(total), (page.offset + limit).min(total));
                let previous = (number > 1).then(|| query.with(|q| href(q, number - 1)));
                let next = (number < pages).then(|| query.with(|q| href(q, number + 1)));
                view! {
                    <p class="text-sm text-muted tabular-nums">{format!("{from}–{to} of {total}")}</p>
                    {(pages > 1)
                        .then(|| {
                            view! {
                                <div class="flex gap-2">
                                    <Step href=previous label="Previous page" icon="chevron_left"/>
                                    <Step href=next label="Next page" icon="chevron_right"/>
                                </div>
                            }
                        })}
                }
            }}
        </nav>
    }
}

#[component]
fn Step(href: Option<String>, label: &'static str, icon: &'static str) -> impl IntoView {
    match href {
        Some(href) => view! { <a href=href class="btn btn-outline-quiet btn-square" aria-label=label><Icon name=icon/></a> }.into_any(),
        None => view! { <span class="btn btn-outline-quiet btn-square is-off" aria-hidden="true"><Icon name=icon/></span> }.into_any(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(page: &str) -> ParamsMap {
        [("page".to_owned(), page.to_owned())].into_iter().collect()
    }

    #[test]
    fn odd_page_numbers_are_the_first_page() {
        for text in ["0", "-3", "x", "", "99999999999999999999"] {
            assert_eq!(page_of(&query(text), 25), Page { limit: 25, offset: 0 }, "{text}");
        }
        assert_eq!(page_of(&query("3"), 25), Page { limit: 25, offset: 50 });
        assert_eq!(href(&query("2"), 1), "?");
    }
}
