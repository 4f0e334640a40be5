use leptos::prelude::*;

/// A part of a page with a heading.
#[component]
pub fn Card(
    #[prop(optional, into)] title: String,
    /// Something at the heading's end.
    #[prop(optional, into)]
    actions: ViewFn,
    /// Without padding, for lists that reach the edges.
    #[prop(optional)]
    flush: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <section class="panel">
            {(!title.is_empty())
                .then(|| {
                    view! {
                        <header class="panel-head">
                            <h2 class="panel-title">{title}</h2>
                            {actions.run()}
                        </header>
                    }
                })}
            <div class=if flush { "panel-flush" } else { "panel-body" }>{children()}</div>
        </section>
    }
}

/// Names and values.
#[component]
pub fn Facts(children: Children) -> impl IntoView {
    view! { <dl class="facts">{children()}</dl> }
}

/// One name and its value. Where there is none it stays empty: the style draws a dash, and on a phone leaves it out.
#[component]
pub fn Fact(#[prop(into)] label: String, children: Children) -> impl IntoView {
    view! {
        <div class="fact">
            <dt>{label}</dt>
            <dd>{children()}</dd>
        </div>
    }
}
