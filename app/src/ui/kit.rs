//! Every component in every state, on one page: to look at, and for the browser tests to photograph. The page itself
//! stands in a portal's frame, with its palette, messages and theme.

mod figures;
mod forms;
mod lead;
mod lists;
mod money;
mod overlays;
mod states;

use crate::ui::{Button, ExportLink, LinkButton, PageHead, Variant};
use leptos::prelude::*;

/// Every component in every state.
#[component]
pub fn KitPage() -> impl IntoView {
    view! {
        <PageHead title="Component kit" subtitle="Every component in every state." back=("/app/admin", "Overview")>
            <ExportLink what="leads" keys=&[]/>
            <LinkButton href="#" icon="download">"Secondary action"</LinkButton>
            <Button variant=Variant::Primary icon="plus">"Primary action"</Button>
        </PageHead>
        <div class="grid grid-cols-1 gap-6">
            <forms::Buttons/>
            <figures::Badges/>
            <lists::Lists/>
            <lists::Accounts/>
            <figures::Figures/>
            <forms::Fields/>
            <forms::Refusals/>
            <states::States/>
            <states::Notices/>
            <lead::Details/>
            <lead::LeadParts/>
            <money::MoneyParts/>
            <overlays::Overlays/>
        </div>
    }
}
