//! Leads that look like the same request, and making them one.

use super::lead::Desk;
use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::errors::plain_form_goes_to;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::ui::{Card, ConfirmButton, FormErrors, LeadStatusBadge, TimeAgo, action_error};
use kernel::{Id, Permission};
use leads::views::LeadView;
use leptos::form::ActionForm;
use leptos::prelude::*;

/// Merges two leads of one customer into the older. Answers that one.
#[server(prefix = "/rpc", endpoint = "admin_merge_leads")]
pub async fn merge_leads(id: Id, other: Id) -> Result<LeadView, AppError> {
    let caller = admin_caller().await?;
    let kept = leads::merging::merge(&ctx()?, &caller, &id, &other).await?;
    plain_form_goes_to(&format!("/app/admin/leads/{}", kept.id));
    Ok(kept)
}

/// Other leads of the request or from the same phone; each can be merged with this one.
#[component]
pub(super) fn Alike(lead: LeadView, alike: Vec<LeadView>, desk: Desk) -> impl IntoView {
    if alike.is_empty() || lead.merged_into.is_some() {
        return ().into_any();
    }
    let rows = alike.into_iter().map(|other| view! { <Other lead=lead.clone() other desk/> }).collect_view();
    view! {
        <Card title="Same customer">
            <FormErrors error=action_error(desk.merge)/>
            <ul class="divide-y divide-line">{rows}</ul>
        </Card>
    }
    .into_any()
}

#[component]
fn Other(lead: LeadView, other: LeadView, desk: Desk) -> impl IntoView {
    let what = if lead.duplicate_of.as_ref().unwrap_or(&lead.id) == other.duplicate_of.as_ref().unwrap_or(&other.id) {
        "The same request"
    } else {
        "The same phone"
    };
    let who = other.assignment.as_ref().map_or("nobody's".to_owned(), |a| a.business_name.clone());
    let older = if (other.created_at, &other.id) < (lead.created_at, &lead.id) { "the other one" } else { "this one" };
    let title = format!("Merge the two leads of {}?", lead.customer_name());
    view! {
        <li class="grid gap-2 py-4 first:pt-0 last:pb-0">
            <p class="flex flex-wrap items-center justify-between gap-2">
                <a href=format!("/app/admin/leads/{}", other.id) class="link">
                    {other.service_type.label()}
                </a>
                <LeadStatusBadge status=other.status/>
            </p>
            <p class="text-sm text-muted">
                {format!("{what} · {who} · ")}
                <TimeAgo at=other.created_at/>
            </p>
            <ActionForm action=desk.merge attr:data-needs=Permission::Leads.as_str()>
                <input type="hidden" name="id" value=lead.id/>
                <input type="hidden" name="other" value=other.id.clone()/>
                <ConfirmButton
                    label="Merge"
                    about=format!("with the lead for {}", other.service_type.label().to_lowercase())
                    title
                    message=format!(
                        "The older, {older}, stays and gets the calls, messages and history of both. Of two contractors the one who has come further keeps it; the other is told. This cannot be taken back.",
                    )
                    confirm="Merge the leads"
                    asked=desk.asked
                    key=other.id
                    pending=desk.merge.pending()
                />
            </ActionForm>
        </li>
    }
}
