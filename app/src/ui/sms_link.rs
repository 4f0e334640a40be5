use super::Icon;
use kernel::Phone;
use leptos::prelude::*;

/// Opens a text message to a number.
#[component]
pub fn SmsLink(
    phone: Phone,
    /// `Text John`.
    #[prop(into)]
    button: String,
    #[prop(optional)] wide: bool,
) -> impl IntoView {
    let class = if wide { "btn btn-outline-quiet w-full" } else { "btn btn-outline-quiet" };
    let label = format!("{button}, {phone}");
    view! {
        <a href=format!("sms:{}", phone.e164()) class=class aria-label=label>
            <Icon name="message"/>
            <span>{button}</span>
        </a>
    }
}
