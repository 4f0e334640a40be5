use crate::session::address_of_page;
use crate::ui::PageTitle;
use leptos::html::Div;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// The first page: for somebody whose AC failed, and for who can fix it. Only the server draws it, so that neither its words nor
/// its code are in what a browser loads first; who comes back to it by script gets it from the server again.
#[component]
pub fn LandingPage() -> impl IntoView {
    let location = use_location();
    let node = NodeRef::<Div>::new();
    Effect::new(move |_| {
        if node.get().is_some_and(|node| node.first_element_child().is_none()) {
            let here = address_of_page(&location.pathname.get_untracked(), &location.search.get_untracked());
            let _ = window().location().replace(&here);
        }
    });
    view! {
        <PageTitle text="Heating and cooling help near you"/>
        <div node_ref=node inner_html=drawn()></div>
    }
}

#[cfg(feature = "ssr")]
fn drawn() -> String {
    use super::Landing;
    use_context::<axum::http::request::Parts>()
        .and_then(|mut parts| parts.extensions.remove::<Landing>())
        .map(|landing| landing.draw().to_html())
        .unwrap_or_default()
}
#[cfg(not(feature = "ssr"))]
fn drawn() -> &'static str {
    ""
}
