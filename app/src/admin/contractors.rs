#[cfg(feature = "ssr")]
use super::bulk_lines::plain_form_tells;
use super::bulk_lines::{NotDone, number_done};
use crate::errors::AppError;
use crate::format;
use crate::live::use_live;
use crate::saved_views::SavedViews;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::text::count;
use crate::ui::{
    BulkBar, Cell, Choice, Column, ConfirmButton, ContractorStatusBadge, Empty, ExportLink, Filters, FormErrors, LinkButton, LiveTable,
    MoneyText, Notice, PageHead, ROWS, Row, SearchFilter, SelectFilter, SubmitButton, TickCell, TimeAgo, Variant, ZipFilter, action_error,
    choices, page_of, use_toasts,
};
use kernel::{Id, Listed, Permission};
use leads::admin_views::BulkLine;
use leads::contractor::{ContractorStatus, Specialization};
use leads::views::ContractorView;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};

/// What the address may filter by.
const KEYS: [&str; 6] = ["status", "isApproved", "zipCode", "work", "accepting", "q"];

/// What the address asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Asked {
    pub status: Option<String>,
    pub is_approved: Option<String>,
    pub zip_code: Option<String>,
    /// A specialization.
    pub work: Option<String>,
    pub accepting: Option<String>,
    pub q: Option<String>,
    /// `name` is ascending, `-name` descending.
    pub sort: Option<String>,
}

impl Asked {
    fn of(query: &ParamsMap) -> Asked {
        let get = |key: &str| query.get(key).filter(|value| !value.is_empty());
        Asked {
            status: get("status"),
            is_approved: get("isApproved"),
            zip_code: get("zipCode"),
            work: get("work"),
            accepting: get("accepting"),
            q: get("q"),
            sort: get("sort"),
        }
    }
}

/// The contractors that the filters leave (seed 000, Get All Contractors). Words that cannot be read are no filter.
#[server(prefix = "/rpc", endpoint = "admin_contractors")]
pub async fn list_contractors(#[server(default)] asked: Asked, offset: i64) -> Result<Listed<ContractorView>, AppError> {
    use leads::views::{ContractorFilter, ContractorSort};
    let caller = admin_caller().await?;
    let Asked { status, is_approved, zip_code, work, accepting, q, sort } = asked;
    let filter = ContractorFilter {
        status: status.and_then(|word| word.parse().ok()),
        is_approved: is_approved.and_then(|word| word.parse().ok()),
        zip_code: zip_code.and_then(|text| kernel::Zip::parse(&text)),
        q: q.filter(|text| !text.trim().is_empty()),
        specialization: work.and_then(|word| word.parse().ok()),
        is_accepting: accepting.and_then(|word| word.parse().ok()),
        order: kernel::Order::read(sort.as_deref()).unwrap_or(kernel::Order::down(ContractorSort::Created)),
        page: kernel::Page { limit: ROWS, offset: offset.max(0) },
    };
    Ok(leads::contractors::list(&ctx()?, &caller, &filter).await?)
}

/// How many applications wait for the administrator.
#[server(prefix = "/rpc", endpoint = "admin_pending_contractors")]
pub async fn count_pending() -> Result<i64, AppError> {
    use leads::views::ContractorFilter;
    let caller = admin_caller().await?;
    let ctx = ctx()?;
    let first = kernel::Page { limit: 1, offset: 0 };
    let waiting = ContractorFilter { is_approved: Some(false), ..ContractorFilter::of_page(first) };
    let refused = ContractorFilter { status: Some(ContractorStatus::Suspended), ..waiting.clone() };
    Ok(leads::contractors::list(&ctx, &caller, &waiting).await?.total - leads::contractors::list(&ctx, &caller, &refused).await?.total)
}

/// Lets a contractor in (seed 000, Approve Contractor).
#[server(prefix = "/rpc", endpoint = "admin_approve_contractor")]
pub async fn approve_contractor(id: Id) -> Result<ContractorView, AppError> {
    let caller = admin_caller().await?;
    Ok(leads::contractors::approve(&ctx()?, &caller, &id).await?)
}

/// Lets the ticked contractors in, all in one go, and tells what became of each. `back` is the list's query.
#[server(prefix = "/rpc", endpoint = "admin_approve_contractors")]
pub async fn approve_contractors(#[server(default)] ids: Vec<Id>, #[server(default)] back: String) -> Result<Vec<BulkLine>, AppError> {
    let caller = admin_caller().await?;
    let lines = leads::contractors::approve_many(&ctx()?, &caller, &ids).await?;
    plain_form_tells(&lines, "/app/admin/contractors", &back)?;
    Ok(lines)
}

/// Says what came of approvals.
pub(super) fn announce_approval(action: ServerAction<ApproveContractor>) {
    let toasts = use_toasts();
    Effect::new(move |_| {
        if let Some(Ok(contractor)) = action.value().get() {
            toasts.success(format!("{} is approved. The welcome mail is on its way.", contractor.business_name));
        }
    });
}

/// One press, or one plain form, lets a contractor in.
#[component]
pub(super) fn Approve(id: Id, name: String, action: ServerAction<ApproveContractor>, #[prop(optional)] variant: Variant) -> impl IntoView {
    let own = id.clone();
    let pending = Signal::derive(move || action.pending().get() && action.input().with(|i| i.as_ref().is_some_and(|i| i.id == own)));
    view! {
        <ActionForm action attr:data-needs=Permission::Contractors.as_str()>
            <input type="hidden" name="id" value=id/>
            <SubmitButton variant icon="check" pending>
                "Approve"
                <span class="sr-only">{format!(" {name}")}</span>
            </SubmitButton>
        </ActionForm>
    }
}

/// The form of the buttons in the rows: it cannot stand within the form around the table.
const IN_ROWS: &str = "approve";

/// The button of a row that lets its contractor in.
#[component]
fn ApproveRow(id: Id, name: String, action: ServerAction<ApproveContractor>) -> impl IntoView {
    let own = id.clone();
    let pending = Signal::derive(move || action.pending().get() && action.input().with(|i| i.as_ref().is_some_and(|i| i.id == own)));
    view! {
        <span data-needs=Permission::Contractors.as_str()>
            <SubmitButton variant=Variant::Secondary icon="check" pending attr:form=IN_ROWS attr:name="id" attr:value=id>
                "Approve"
                <span class="sr-only">{format!(" {name}")}</span>
            </SubmitButton>
        </span>
    }
}

/// Everybody who gets leads, and those who want to.
#[component]
pub fn ContractorsPage() -> impl IntoView {
    let query = use_query_map();
    let live = use_live(&[]);
    let approve = ServerAction::<ApproveContractor>::new();
    announce_approval(approve);
    let approve_several = ServerAction::<ApproveContractors>::new();
    let asking = RwSignal::new(None::<String>);
    let toasts = use_toasts();
    Effect::new(move |_| {
        if let Some(Ok(lines)) = approve_several.value().get()
            && let Some(number) = number_done(&lines)
        {
            toasts.success(format!("{} approved. The welcome mails are on their way.", count(number, "contractor is", "contractors are")));
        }
    });
    let changed = move || (live.version.get(), approve.version().get(), approve_several.version().get());
    let asked = Memo::new(move |_| query.with(|q| (Asked::of(q), page_of(q, ROWS).offset)));
    let contractors = Resource::new(move || (asked.get(), changed()), |((asked, offset), _)| list_contractors(asked, offset));
    let pending = Resource::new(changed, |_| count_pending());
    let columns = vec![
        Column::ticks("Select"),
        Column::new("Contractor").sort_up("name"),
        Column::new("Status"),
        Column::new("Applied").sort_up("created"),
        Column::new("Leads").numeric().sort("leads"),
        Column::new("Charged").numeric().sort("charged"),
        Column::new("Action"),
    ];
    let empty = move || {
        let is_filtered = query.with(|q| KEYS.iter().any(|key| q.get(key).is_some_and(|v| !v.is_empty())));
        if is_filtered {
            view! {
                <Empty icon="search" title="No contractors here" text="No contractor matches these filters.">
                    <LinkButton href="/app/admin/contractors">"Show all contractors"</LinkButton>
                </Empty>
            }
            .into_any()
        } else {
            view! {
                <Empty icon="users" title="No contractors yet" text="Contractors apply on the join page. You approve them here, and then they get leads.">
                    <LinkButton href="/join">"Open the join page"</LinkButton>
                </Empty>
            }
            .into_any()
        }
    };
    let row = move |c: ContractorView| {
        let id = c.id.clone();
        let conversion = (c.total_leads > 0).then(|| format!("{} qualified", format::percent(c.conversion_rate)));
        let zips = match c.service_zip_codes.as_slice() {
            [] => "No ZIP codes".to_owned(),
            [one] => one.to_string(),
            [one, two] => format!("{one}, {two}"),
            [one, two, rest @ ..] => format!("{one}, {two} and {} more", rest.len()),
        };
        let can_approve = !c.is_approved && c.status != ContractorStatus::Suspended;
        let name = c.business_name.clone();
        view! {
            <Row href=format!("/app/admin/contractors/{}", c.id) fresh=Signal::derive(move || live.fresh.with(|ids| ids.contains(&id)))>
                <TickCell name="ids[]" value=c.id.clone() label=name.clone() shown=can_approve/>
                <Cell label="Contractor" primary=true>
                    <span class="block">{name}</span>
                    <span class="block text-sm font-normal text-muted">{zips}</span>
                </Cell>
                <Cell label="Status">
                    <span class="inline-flex flex-wrap items-center justify-end gap-2">
                        <ContractorStatusBadge status=c.status approved=c.is_approved/>
                        {(c.is_approved && !c.is_accepting_leads).then(|| view! { <span class="text-sm text-muted">"Paused"</span> })}
                    </span>
                </Cell>
                <Cell label="Applied">
                    <TimeAgo at=c.created_at/>
                </Cell>
                <Cell label="Leads" numeric=true>
                    <span>
                        <span class="block">{c.total_leads}</span>
                        {conversion.map(|rate| view! { <span class="block text-sm text-muted">{rate}</span> })}
                    </span>
                </Cell>
                <Cell label="Charged" numeric=true>
                    <MoneyText amount=c.total_billed/>
                </Cell>
                <Cell label="Action">
                    {can_approve.then(|| view! { <ApproveRow id=c.id.clone() name=c.business_name.clone() action=approve/> })}
                </Cell>
            </Row>
        }
    };
    let takes = vec![Choice::new("true", "Takes them"), Choice::new("false", "Has paused")];
    let approved = vec![Choice::new("true", "Approved"), Choice::new("false", "Not approved")];
    view! {
        <PageHead title="Contractors">
            <ExportLink what="contractors" keys=&KEYS attr:data-needs=Permission::Contractors.as_str()/>
        </PageHead>
        <SavedViews page="contractors" keys=&KEYS/>
        <FormErrors error=action_error(approve)/>
        <Transition>
            {move || {
                let is_shown = query.with(|q| q.get("isApproved")).as_deref() == Some("false");
                pending
                    .get()
                    .and_then(Result::ok)
                    .filter(|n| *n > 0 && !is_shown)
                    .map(|n| {
                        view! {
                            <div class="mb-6">
                                <Notice
                                    icon="shield"
                                    title=format!("{} to review", count(n, "application", "applications"))
                                    text="Contractors get no leads until they are approved."
                                >
                                    <LinkButton href="/app/admin/contractors?isApproved=false">"Review"</LinkButton>
                                </Notice>
                            </div>
                        }
                    })
            }}
        </Transition>
        <Filters>
            <SearchFilter placeholder="Name, e-mail or phone"/>
            <SelectFilter
                name="status"
                label="Status"
                options=choices(ContractorStatus::ALL, ContractorStatus::as_str, ContractorStatus::label)
            />
            <SelectFilter name="isApproved" label="Approval" options=approved/>
            <ZipFilter name="zipCode" label="Serves ZIP"/>
            <SelectFilter name="work" label="Work" options=choices(Specialization::ALL, Specialization::as_str, Specialization::label)/>
            <SelectFilter name="accepting" label="New leads" options=takes/>
        </Filters>
        <FormErrors error=action_error(approve_several)/>
        <NotDone action=approve_several base="/app/admin/contractors"/>
        <ActionForm action=approve_several>
            <BulkBar one="contractor" many="contractors" attr:data-needs=Permission::Contractors.as_str()>
                <ConfirmButton
                    label="Mark as approved"
                    title="Approve the selected contractors?".to_owned()
                    message="Each gets the welcome mail, and leads from now on."
                    confirm="Approve them"
                    asked=asking
                    key="approve"
                    pending=approve_several.pending()
                />
            </BulkBar>
            <LiveTable resource=contractors caption="Contractors" columns limit=ROWS key=row_key empty row/>
        </ActionForm>
        <ActionForm action=approve attr:id=IN_ROWS>
            <span hidden></span>
        </ActionForm>
    }
}

fn row_key(c: &ContractorView) -> String {
    format!("{} {} {} {} {} {} {}", c.id, c.status, c.is_approved, c.is_accepting_leads, c.total_leads, c.qualified_leads, c.total_billed.0)
}
