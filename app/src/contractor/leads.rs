use super::{Due, announce_new_leads};
use crate::errors::AppError;
use crate::live::use_live;
use crate::saved_views::SavedViews;
#[cfg(feature = "ssr")]
use crate::session::{contractor, ctx};
use crate::ui::{
    Cell, Choice, Column, Empty, ExportLink, Filters, LeadName, LeadStatusBadge, LinkButton, LiveTable, MoneyText, PageHead, PhoneLink,
    ROWS, Row, SearchFilter, Tabs, TimeAgo, page_of,
};
use kernel::Listed;
use leads::lead::LeadStatus;
use leads::views::LeadView;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// What the address may filter by.
const KEYS: [&str; 2] = ["status", "q"];

/// The contractor's own leads, the latest assignment first unless sorted otherwise. Words that are no status are no filter.
#[server(prefix = "/rpc", endpoint = "contractor_leads")]
pub async fn list_leads(
    status: Option<String>,
    q: Option<String>,
    sort: Option<String>,
    offset: i64,
) -> Result<Listed<LeadView>, AppError> {
    use leads::contractor_desk;
    use leads::views::LeadFilter;
    let me = contractor().await?;
    let filter = LeadFilter {
        status: status.and_then(|word| word.parse().ok()),
        q,
        ..LeadFilter::of_page(kernel::Page { limit: ROWS, offset: offset.max(0) })
    };
    let order = kernel::Order::read(sort.as_deref()).unwrap_or(contractor_desk::LATEST);
    Ok(contractor_desk::list_leads(&ctx()?, &me.id, &filter, order).await?)
}

/// All leads of the contractor; new ones appear by themselves.
#[component]
pub fn LeadsPage() -> impl IntoView {
    let query = use_query_map();
    let live = use_live(&[]);
    announce_new_leads();
    let asked = Memo::new(move |_| query.with(|q| (q.get("status"), q.get("q"), q.get("sort"), page_of(q, ROWS).offset)));
    let leads =
        Resource::new(move || (asked.get(), live.version.get()), |((status, q, sort, offset), _)| list_leads(status, q, sort, offset));
    let own = |status: LeadStatus| Choice::new(status.as_str(), status.label());
    let tabs = vec![Choice::new("assigned", "To call"), own(LeadStatus::Contacted), own(LeadStatus::Qualified)];
    let columns = vec![
        Column::new("Customer"),
        Column::new("Status"),
        Column::new("First call").sort_up("due"),
        Column::new("Received").sort_up("received"),
        Column::new("Phone"),
        Column::new("Price").numeric(),
    ];
    let empty = move || {
        let is_filtered = query.with(|q| KEYS.iter().any(|key| q.get(key).is_some_and(|v| !v.is_empty())));
        if is_filtered {
            view! {
                <Empty icon="search" title="No leads here" text="None of your leads matches. Look at all of them, or search for something else.">
                    <LinkButton href="/app/contractor/leads">"Show all leads"</LinkButton>
                </Empty>
            }
            .into_any()
        } else {
            view! {
                <Empty title="No leads yet" text="Leads from customers in your ZIP codes appear here by themselves, with the time you have to call.">
                    <LinkButton href="/app/contractor/profile">"Check your profile"</LinkButton>
                </Empty>
            }
            .into_any()
        }
    };
    let row = move |lead: LeadView| {
        let id = lead.id.clone();
        let (named, due) = (lead.clone(), lead.clone());
        let received = lead.assignment.as_ref().map(|a| a.assigned_at);
        view! {
            <Row href=format!("/app/contractor/leads/{}", lead.id) fresh=Signal::derive(move || live.fresh.with(|ids| ids.contains(&id)))>
                <Cell label="Customer" primary=true>
                    <LeadName lead=named/>
                </Cell>
                <Cell label="Status">
                    <LeadStatusBadge status=lead.status/>
                </Cell>
                <Cell label="First call">
                    <Due lead=due bare=true/>
                </Cell>
                <Cell label="Received">{received.map(|at| view! { <TimeAgo at/> })}</Cell>
                <Cell label="Phone">
                    <PhoneLink phone=lead.customer_phone.clone()/>
                </Cell>
                <Cell label="Price" numeric=true>
                    <MoneyText amount=lead.price/>
                </Cell>
            </Row>
        }
    };
    view! {
        <PageHead title="Leads">
            <ExportLink what="leads" keys=&KEYS base="/api/contractors/export"/>
        </PageHead>
        <SavedViews page="leads" keys=&KEYS/>
        <div class="flex flex-wrap items-start justify-between gap-x-4">
            <div class="mb-4 min-w-0 max-w-full">
                <Tabs name="status" label="Leads by status" options=tabs/>
            </div>
            <Filters>
                {move || {
                    query.with(|q| q.get("status")).filter(|s| !s.is_empty()).map(|status| view! { <input type="hidden" name="status" value=status/> })
                }}
                <SearchFilter placeholder="Name, phone or e-mail"/>
            </Filters>
        </div>
        <LiveTable resource=leads caption="Your leads" columns limit=ROWS key=row_key empty row/>
    }
}

fn row_key(lead: &LeadView) -> String {
    let due = lead.assignment.as_ref().map(|a| a.response_deadline.timestamp());
    let called = lead.first_contact_at.map(|at| at.timestamp());
    format!("{} {} {due:?} {called:?}", lead.id, lead.status)
}
