use super::Icon;
use crate::Site;
use kernel::Phone;
use leptos::prelude::*;

/// A number to tap: `(555) 123-4567`.
#[component]
pub fn PhoneLink(
    phone: Phone,
    /// Draws it as a button with these words: `Call John`.
    #[prop(optional, into)]
    button: String,
    #[prop(optional)] wide: bool,
) -> impl IntoView {
    let href = format!("tel:{}", phone.e164());
    if button.is_empty() {
        view! { <a href=href class="link whitespace-nowrap tabular-nums">{phone.to_string()}</a> }.into_any()
    } else {
        let number = phone.to_string();
        let label = if button.contains(&number) { button.clone() } else { format!("{button}, {number}") };
        view! {
            <a href=href class=if wide { "btn btn-primary w-full" } else { "btn btn-primary" } aria-label=label>
                <Icon name="phone"/>
                <span>{button}</span>
            </a>
        }
        .into_any()
    }
}

/// The company's own number after a question: `Cannot wait? Call (512) 555-0100`. Nothing when it has none.
#[component]
pub fn CallUs(question: &'static str) -> impl IntoView {
    Phone::parse(&Site::current().phone).map(|phone| {
        view! {
            <p class="flex flex-wrap items-center gap-x-2 text-muted">
                {question}
                <a class="link inline-flex min-h-11 items-center tabular-nums" href=format!("tel:{}", phone.e164())>
                    {format!("Call {phone}")}
                </a>
            </p>
        }
    })
}
