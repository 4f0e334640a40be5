use crate::errors::AppError;
use crate::live::use_live;
#[cfg(feature = "ssr")]
use crate::session::{admin, admin_caller, ctx};
use crate::ui::{
    CategoryBadge, Cell, Column, ContractorFilter, DateFilter, Empty, ExportLink, Filters, LeadName, LeadStatusBadge, LinkButton, LiveTable, MoneyText,
    PageHead, Row, SearchFilter, SelectFilter, TimeAgo, choices, page_of,
};
use kernel::{Id, Listed};
use leads::lead::{Category, LeadStatus};
use leads::views::LeadView;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// Leads on one page of the list.
const LIMIT: i64 = 50;
/// What the address may filter by.
const KEYS: [&str; 6] = ["status", "category", "contractorId", "startDate", "endDate", "q"];

/// The leads that the filters leave, newest first (seed 000, Get All Leads). Days are whole UTC days, the
/// last inclusive (decision 31). Words that cannot be read are no filter.
#[server(prefix = "/rpc", endpoint = "admin_leads")]
pub async fn list_leads(
    status: Option<String>,
    category: Option<String>,
    contractor_id: Option<Id>,
    start_date: Option<String>,
    end_date: Option<String>,
    q: Option<String>,
    offset: i64,
) -> Result<Listed<LeadView>, AppError> {
    use leads::views::LeadFilter;
    admin().await?;
    let filter = LeadFilter {
        status: status.and_then(|word| word.parse().ok()),
        category: category.and_then(|word| word.parse().ok()),
        contractor_id: contractor_id.filter(|id| !id.is_empty()),
        start_date: crate::days::start(start_date.as_deref()),
        end_date: crate::days::end(end_date.as_deref()),
        q,
        page: kernel::Page { limit: LIMIT, offset: offset.max(0) },
    };
    Ok(leads::admin_desk::list_leads(&ctx()?, &filter).await?)
}

/// The contractors' names, for the filter.
#[server(prefix = "/rpc", endpoint = "admin_contractor_names")]
pub async fn list_names() -> Result<Vec<(Id, String)>, AppError> {
    use leads::views::ContractorFilter;
    let caller = admin_caller().await?;
    let all = ContractorFilter::of_page(kernel::Page { limit: kernel::Page::MAX_LIMIT, offset: 0 });
    let list = leads::contractors::list(&ctx()?, &caller, &all).await?;
    let mut names: Vec<(Id, String)> = list.items.into_iter().map(|c| (c.id, c.business_name)).collect();
    names.sort_by_key(|(_, name)| name.to_lowercase());
    Ok(names)
}

/// Every lead, by the documented filters; new ones appear by themselves.
#[component]
pub fn LeadsPage() -> impl IntoView {
    let query = use_query_map();
    let live = use_live(&[]);
    let asked = Memo::new(move |_| query.with(|q| (KEYS.map(|key| q.get(key)), page_of(q, LIMIT).offset)));
    let leads = Resource::new(
        move || (asked.get(), live.version.get()),
        |(([status, category, contractor_id, start_date, end_date, q], offset), _)| {
            list_leads(status, category, contractor_id, start_date, end_date, q, offset)
        },
    );
    let names = Resource::new(|| (), |()| list_names());
    let columns = vec![
        Column::new("Customer"),
        Column::new("Status"),
        Column::new("Category"),
        Column::new("Contractor"),
        Column::new("Received"),
        Column::new("Price").numeric(),
    ];
    let empty = move || {
        let is_filtered = query.with(|q| KEYS.iter().any(|key| q.get(key).is_some_and(|v| !v.is_empty())));
        if is_filtered {
            view! {
                <Empty icon="search" title="No leads here" text="No lead matches these filters.">
                    <LinkButton href="/app/admin/leads">"Show all leads"</LinkButton>
                </Empty>
            }
            .into_any()
        } else {
            view! {
                <Empty title="No leads yet" text="Every request that a customer sends becomes a lead here, with its score and its contractor.">
                    <LinkButton href="/request">"Open the request form"</LinkButton>
                </Empty>
            }
            .into_any()
        }
    };
    let row = move |lead: LeadView| {
        let id = lead.id.clone();
        let named = lead.clone();
        let contractor = lead.assignment.as_ref().map_or_else(|| "–".to_owned(), |a| a.business_name.clone());
        view! {
            <Row href=format!("/app/admin/leads/{}", lead.id) fresh=Signal::derive(move || live.fresh.with(|ids| ids.contains(&id)))>
                <Cell label="Customer" primary=true>
                    <LeadName lead=named/>
                </Cell>
                <Cell label="Status">
                    <LeadStatusBadge status=lead.status/>
                </Cell>
                <Cell label="Category">
                    <CategoryBadge category=lead.category/>
                </Cell>
                <Cell label="Contractor">{contractor}</Cell>
                <Cell label="Received">
                    <TimeAgo at=lead.created_at/>
                </Cell>
                <Cell label="Price" numeric=true>
                    <MoneyText amount=lead.price/>
                </Cell>
            </Row>
        }
    };
    view! {
        <PageHead title="Leads">
            <ExportLink what="leads" keys=&KEYS/>
        </PageHead>
        <Filters>
            <SearchFilter placeholder="Name, phone or e-mail"/>
            <SelectFilter name="status" label="Status" options=choices(LeadStatus::ALL, LeadStatus::as_str, LeadStatus::label)/>
            <SelectFilter name="category" label="Category" options=choices(Category::ALL, Category::as_str, Category::label)/>
            <ContractorFilter names/>
            <DateFilter name="startDate" label="From"/>
            <DateFilter name="endDate" label="To"/>
        </Filters>
        <LiveTable resource=leads caption="Leads" columns limit=LIMIT key=row_key empty row/>
    }
}

fn row_key(lead: &LeadView) -> String {
    let contractor = lead.assignment.as_ref().map(|a| a.contractor_id.as_str());
    format!("{} {} {contractor:?}", lead.id, lead.status)
}
