use super::Icon;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;

/// Downloads a list as a CSV file, with the filters that are in the address.
#[component]
pub fn ExportLink(
    /// `leads`, `contractors`, `billing`, `disputes`, `ledger` or `audit`.
    what: &'static str,
    /// The filters that the list and its file share.
    keys: &'static [&'static str],
    #[prop(default = "/api/admin/export")] base: &'static str,
) -> impl IntoView {
    let query = use_query_map();
    view! {
        <a href=move || query.with(|q| href(base, what, keys, q)) class="btn btn-outline-quiet" rel="external">
            <Icon name="download"/>
            <span>"Export CSV"</span>
        </a>
    }
}

fn href(base: &str, what: &str, keys: &[&str], query: &ParamsMap) -> String {
    let set = keys.iter().filter_map(|key| Some(((*key).to_owned(), query.get(key).filter(|value| !value.is_empty())?)));
    format!("{base}/{what}{}", set.collect::<ParamsMap>().to_query_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_has_the_filters_of_the_list() {
        let query: ParamsMap =
            [("status", "assigned"), ("page", "3"), ("q", "")].into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        assert_eq!(href("/x", "leads", &["status", "q"], &query), "/x/leads?status=assigned");
        assert_eq!(href("/x", "leads", &["q"], &query), "/x/leads");
    }
}
