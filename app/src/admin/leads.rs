use super::bulk_lines::BulkLines;
use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::errors::plain_form_goes_back;
use crate::live::use_live;
use crate::saved_views::SavedViews;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::ui::{
    BulkBar, CategoryBadge, Cell, Column, ContractorFilter, DateFilter, Empty, ExportLink, Filters, FormErrors, LeadName, LeadStatusBadge,
    LinkButton, LiveTable, MoneyText, PageHead, ROWS, Row, SearchFilter, SelectFilter, SubmitButton, TickCell, TimeAgo, Variant,
    action_error, choices, later, page_of,
};
use kernel::{Id, Listed, Permission};
use leads::admin_views::BulkLine;
use leads::lead::{Category, LeadStatus};
use leads::views::LeadView;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};

/// What the address may filter by.
const KEYS: [&str; 6] = ["status", "category", "contractorId", "startDate", "endDate", "q"];

/// What the address asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Asked {
    pub status: Option<String>,
    pub category: Option<String>,
    pub contractor_id: Option<Id>,
    pub start_date: Option<String>,
    pub end_date: Option<String>,
    pub q: Option<String>,
    /// `price` is ascending, `-price` descending.
    pub sort: Option<String>,
}

impl Asked {
    fn of(query: &ParamsMap) -> Asked {
        let get = |key: &str| query.get(key).filter(|value| !value.is_empty());
        Asked {
            status: get("status"),
            category: get("category"),
            contractor_id: get("contractorId"),
            start_date: get("startDate"),
            end_date: get("endDate"),
            q: get("q"),
            sort: get("sort"),
        }
    }
}

/// The leads that the filters leave, newest first unless sorted otherwise (seed 000, Get All Leads). Days are whole UTC
/// days, the last inclusive (decision 31). Words that cannot be read are no filter.
#[server(prefix = "/rpc", endpoint = "admin_leads")]
pub async fn list_leads(#[server(default)] asked: Asked, offset: i64) -> Result<Listed<LeadView>, AppError> {
    use leads::views::{LeadFilter, LeadSort};
    let caller = admin_caller().await?;
    let Asked { status, category, contractor_id, start_date, end_date, q, sort } = asked;
    let filter = LeadFilter {
        status: status.and_then(|word| word.parse().ok()),
        category: category.and_then(|word| word.parse().ok()),
        contractor_id,
        start_date: crate::days::start(start_date.as_deref()),
        end_date: crate::days::end(end_date.as_deref()),
        q,
        order: kernel::Order::read(sort.as_deref()).unwrap_or(kernel::Order::down(LeadSort::Received)),
        page: kernel::Page { limit: ROWS, offset: offset.max(0) },
    };
    Ok(leads::admin_desk::list_leads(&ctx()?, &caller, &filter).await?)
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

/// Gives waiting leads to one contractor, or each to the best of those who can take it. `back` is the list's query.
#[server(prefix = "/rpc", endpoint = "admin_assign_leads")]
pub async fn assign_leads(
    #[server(default)] ids: Vec<Id>,
    #[server(default)] to: String,
    #[server(default)] back: String,
) -> Result<Vec<BulkLine>, AppError> {
    let caller = admin_caller().await?;
    let lines = leads::reassigning::assign_many(&ctx()?, &caller, &ids, Some(to.as_str()).filter(|to| !to.is_empty())).await?;
    plain_form_goes_back("/app/admin/leads", &format!("{back}&done={}", ids.join(",")));
    Ok(lines)
}

/// How things stand with leads that were assigned without script: the address names them.
#[server(prefix = "/rpc", endpoint = "admin_assigned_leads")]
pub async fn describe_leads(ids: String) -> Result<Vec<BulkLine>, AppError> {
    let caller = admin_caller().await?;
    let ids: Vec<Id> = ids.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect();
    Ok(leads::reassigning::describe_many(&ctx()?, &caller, &ids).await?)
}

/// Every lead, by the documented filters; new ones appear by themselves.
#[component]
pub fn LeadsPage() -> impl IntoView {
    let query = use_query_map();
    let live = use_live(&[]);
    let assign = ServerAction::<AssignLeads>::new();
    let asked = Memo::new(move |_| query.with(|q| (Asked::of(q), page_of(q, ROWS).offset)));
    let leads =
        Resource::new(move || (asked.get(), live.version.get(), assign.version().get()), |((asked, offset), ..)| list_leads(asked, offset));
    let names = Resource::new(|| (), |()| list_names());
    let columns = vec![
        Column::ticks("Select"),
        Column::new("Customer"),
        Column::new("Status"),
        Column::new("Category"),
        Column::new("Score").numeric().sort("score"),
        Column::new("Contractor"),
        Column::new("Received").sort_up("received"),
        Column::new("Price").numeric().sort("price"),
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
        let contractor = lead.assignment.as_ref().map(|a| a.business_name.clone());
        view! {
            <Row href=format!("/app/admin/leads/{}", lead.id) fresh=Signal::derive(move || live.fresh.with(|ids| ids.contains(&id)))>
                <TickCell name="ids[]" value=lead.id.clone() label=lead.customer_name()/>
                <Cell label="Customer" primary=true>
                    <LeadName lead=named/>
                </Cell>
                <Cell label="Status">
                    <LeadStatusBadge status=lead.status/>
                </Cell>
                <Cell label="Category">
                    <CategoryBadge category=lead.category/>
                </Cell>
                <Cell label="Score" numeric=true>
                    {lead.score}
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
            <ExportLink what="leads" keys=&KEYS attr:data-needs=Permission::Leads.as_str()/>
        </PageHead>
        <SavedViews page="leads" keys=&KEYS/>
        <Filters>
            <SearchFilter placeholder="Name, phone or e-mail"/>
            <SelectFilter name="status" label="Status" options=choices(LeadStatus::ALL, LeadStatus::as_str, LeadStatus::label)/>
            <SelectFilter name="category" label="Category" options=choices(Category::ALL, Category::as_str, Category::label)/>
            <ContractorFilter names/>
            <DateFilter name="startDate" label="From"/>
            <DateFilter name="endDate" label="To"/>
        </Filters>
        <FormErrors error=action_error(assign)/>
        <Results assign/>
        <ActionForm action=assign>
            <BulkBar one="lead" many="leads" attr:data-needs=Permission::Leads.as_str()>
                <AssignTo names/>
                <SubmitButton variant=Variant::Secondary pending=assign.pending()>"Assign"</SubmitButton>
            </BulkBar>
            <LiveTable resource=leads caption="Leads" columns limit=ROWS key=row_key empty row/>
        </ActionForm>
    }
}

/// Who gets the ticked leads.
#[component]
fn AssignTo(names: Resource<Result<Vec<(Id, String)>, AppError>>) -> impl IntoView {
    let select = |names: Vec<(Id, String)>| {
        let draw = move || {
            let options = names.into_iter().map(|(id, name)| view! { <option value=id>{name}</option> }).collect_view();
            view! {
                <label class="bulk-choice">
                    <span class="sr-only">"Assign waiting leads to"</span>
                    <select name="to" class="select w-full">
                        <option value="">"Whoever fits best"</option>
                        {options}
                    </select>
                </label>
            }
            .into_any()
        };
        later(draw)
    };
    view! {
        <Transition fallback=move || select(Vec::new())>
            {move || names.get().map(|names| select(names.unwrap_or_default()))}
        </Transition>
    }
}

/// What became of each lead that was ticked.
#[component]
fn Results(assign: ServerAction<AssignLeads>) -> impl IntoView {
    let query = use_query_map();
    let done = Memo::new(move |_| query.with(|q| q.get("done")).unwrap_or_default());
    let described =
        Resource::new(move || done.get(), |ids| async move { if ids.is_empty() { Ok(Vec::new()) } else { describe_leads(ids).await } });
    let lines = move || match assign.value().get() {
        Some(Ok(lines)) => lines,
        _ => described.get().and_then(Result::ok).unwrap_or_default(),
    };
    view! {
        <div role="status">
            <Transition>
                {move || view! { <BulkLines lines=lines()/> }}
            </Transition>
        </div>
    }
}

fn row_key(lead: &LeadView) -> String {
    let contractor = lead.assignment.as_ref().map(|a| a.contractor_id.as_str());
    format!("{} {} {contractor:?}", lead.id, lead.status)
}
