use kernel::Money;
use leptos::prelude::*;

/// An amount: `$1,234.50`, in figures of one width; `−$5.00` with the sign that is as wide as a figure.
#[component]
pub fn MoneyText(amount: Money) -> impl IntoView {
    view! { <span class="whitespace-nowrap tabular-nums">{amount.to_string().replace('-', "−")}</span> }
}
