//! The page that plays the payment provider, where there is none. The server draws it alone: it needs no script.

use crate::text::{PRODUCT, count};
use crate::ui::{Logo, THEME_SCRIPT};
use leads::payments::{PaymentStatus, PaymentView};
use leptos::prelude::*;
use leptos_meta::HashedStylesheet;
use platform::payments::sandbox::CARDS;

/// Where it leads back to.
pub const BILLING: &str = "/app/contractor/billing";

/// The whole page of a payment, as HTML. Its one inline script sets the theme that was chosen, and carries the nonce.
pub fn page(options: LeptosOptions, nonce: String, payment: &PaymentView) -> String {
    let leads = count(i64::try_from(payment.record_ids.len()).unwrap_or(i64::MAX), "lead", "leads");
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"/>
                <meta name="robots" content="noindex"/>
                <title>{format!("Sandbox payment · {PRODUCT}")}</title>
                <link rel="icon" type="image/svg+xml" href="/favicon.svg"/>
                <script nonce=nonce>{THEME_SCRIPT}</script>
                <HashedStylesheet options id="style"/>
            </head>
            <body>
                <div class="public">
                    <header class="public-head">
                        <div class="public-width flex h-16 items-center">
                            <Logo/>
                        </div>
                    </header>
                    <main class="form-page form-narrow grow">
                        <h1 class="page-title">{format!("Pay {}", payment.amount)}</h1>
                        <p class="mt-2 text-muted">
                            {format!("For {leads}. This page plays the payment provider: no money moves.")}
                        </p>
                        {match payment.status {
                            PaymentStatus::Succeeded => view! { <p class="mt-6">"This payment has been made."</p> }.into_any(),
                            _ => form(payment.saves_card).into_any(),
                        }}
                        <p class="mt-6">
                            <a href=BILLING class="link inline-block py-3">"Back to billing"</a>
                        </p>
                    </main>
                </div>
            </body>
        </html>
    }
    .to_html()
}

/// Which end the payment is to have, and which made-up card is kept for later.
fn form(saves_card: bool) -> impl IntoView {
    let cards = CARDS
        .map(|(brand, last4, what)| view! { <option value=last4>{format!("{brand} ending in {last4}: {what}")}</option> })
        .collect_view();
    view! {
        <form method="post" class="form-stack">
            {saves_card
                .then(|| {
                    view! {
                        <div class="field">
                            <label for="f-card" class="field-label">"Card to keep for next time"</label>
                            <select id="f-card" name="card" class="select w-full">{cards}</select>
                        </div>
                    }
                })}
            <div class="flex flex-wrap gap-3">
                <button name="outcome" value="succeeded" class="btn btn-primary">"Pay"</button>
                <button name="outcome" value="failed" class="btn btn-outline-quiet">"Let the payment fail"</button>
            </div>
        </form>
    }
}
