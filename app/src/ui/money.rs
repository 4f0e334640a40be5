use kernel::Money;
use leptos::prelude::*;

/// An amount: `$1,234.50`, in figures of one width.
#[component]
pub fn MoneyText(amount: Money) -> impl IntoView {
    view! { <span class="whitespace-nowrap tabular-nums">{amount.to_string()}</span> }
}
