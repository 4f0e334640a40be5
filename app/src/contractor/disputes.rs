use super::asking::{AskLink, Asking, Subject};
use super::dispute::{FilesDialog, RemoveDialog, subject_of};
use crate::errors::AppError;
use crate::live::use_live;
use crate::saved_views::SavedViews;
#[cfg(feature = "ssr")]
use crate::session::{contractor, ctx};
use crate::ui::{
    BilledName, Cell, Choice, Column, Empty, EvidenceList, ExactTime, ExportLink, Filters, LinkButton, LiveTable, Notice, OwedText,
    PageHead, ROWS, Row, SearchFilter, Steps, Tabs, TimeAgo, Tone, page_of,
};
use kernel::{Listed, Money};
use leads::disputes::{DisputeStatus, DisputeView};
use leads::evidence::MOST_FILES;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// What the address may filter by.
const KEYS: [&str; 2] = ["status", "q"];

/// The contractor's own disputes, newest first unless sorted otherwise (seed 000, Get Disputes). Words that are no status are no
/// filter.
#[server(prefix = "/rpc", endpoint = "contractor_disputes")]
pub async fn list_disputes(
    status: Option<String>,
    q: Option<String>,
    sort: Option<String>,
    offset: i64,
) -> Result<Listed<DisputeView>, AppError> {
    use leads::disputes::{DisputeFilter, DisputeSort};
    let me = contractor().await?;
    let page = kernel::Page { limit: ROWS, offset: offset.max(0) };
    let filter = DisputeFilter {
        status: status.and_then(|word| word.parse().ok()),
        q: q.filter(|q| !q.contains('\0')),
        order: kernel::Order::read(sort.as_deref()).unwrap_or(kernel::Order::down(DisputeSort::Sent)),
        ..DisputeFilter::of_page(page)
    };
    Ok(leads::disputes::list_own(&ctx()?, &me.id, &filter).await?)
}

/// What the contractor contested, how far it has come, and what came of it.
#[component]
pub fn DisputesPage() -> impl IntoView {
    let query = use_query_map();
    let live = use_live(&[]);
    let (adding, removing) = (Asking::of_query("files"), Asking::of_query("remove"));
    let asked = Memo::new(move |_| query.with(|q| (q.get("status"), q.get("q"), q.get("sort"), page_of(q, ROWS).offset)));
    let disputes =
        Resource::new(move || (asked.get(), live.version.get()), |((status, q, sort, offset), _)| list_disputes(status, q, sort, offset));
    let is_sent = move || query.with(|q| q.get("sent")).is_some();
    let tabs = DisputeStatus::ALL.iter().map(|s| Choice::new(s.as_str(), s.label())).collect();
    let columns = vec![
        Column::new("Lead"),
        Column::new("Progress"),
        Column::new("Sent").sort_up("sent"),
        Column::new("Why"),
        Column::new("Files"),
        Column::new("Decision"),
        Column::new("Charge").numeric().sort("charge"),
    ];
    let empty = move || {
        if query.with(|q| KEYS.iter().any(|key| q.get(key).is_some_and(|v| !v.is_empty()))) {
            view! {
                <Empty icon="search" title="No disputes here" text="None of your disputes matches.">
                    <LinkButton href="/app/contractor/disputes">"Show all disputes"</LinkButton>
                </Empty>
            }
            .into_any()
        } else {
            view! {
                <Empty icon="shield" title="No disputes" text="When a charge is wrong, dispute it on the billing page. What we decide appears here.">
                    <LinkButton href="/app/contractor/billing">"See your charges"</LinkButton>
                </Empty>
            }
            .into_any()
        }
    };
    let row = move |d: DisputeView| {
        let lead_id = d.lead.id.clone();
        let (shown, decided) = (d.clone(), d.clone());
        view! {
            <Row
                href=format!("/app/contractor/leads/{lead_id}")
                fresh=Signal::derive(move || live.fresh.with(|ids| ids.contains(&lead_id)))
            >
                <Cell label="Lead" primary=true>
                    <BilledName lead=d.lead.clone()/>
                </Cell>
                <Cell label="Progress">
                    <div class="min-w-0">
                        <DisputeSteps status=d.status/>
                    </div>
                </Cell>
                <Cell label="Sent">
                    <TimeAgo at=d.submitted_at/>
                </Cell>
                <Cell label="Why">
                    <span class="min-w-0">
                        <span class="block">{d.reason.label()}</span>
                        {d
                            .description
                            .map(|text| view! { <span class="block max-w-prose whitespace-pre-line break-words text-sm text-muted">{text}</span> })}
                    </span>
                </Cell>
                <Cell label="Files">
                    <Files dispute=shown adding removing/>
                </Cell>
                <Cell label="Decision">
                    <Decision dispute=decided/>
                </Cell>
                <Cell label="Charge" numeric=true>
                    <OwedText amount=d.record.amount original=d.record.original_amount/>
                </Cell>
            </Row>
        }
    };
    view! {
        <PageHead title="Disputes">
            <LinkButton href="/app/contractor/billing">"Your charges"</LinkButton>
            <ExportLink what="disputes" keys=&KEYS base="/api/contractors/export"/>
        </PageHead>
        {move || {
            is_sent()
                .then(|| {
                    view! {
                        <div class="mb-6" role="status">
                            <Notice tone=Tone::Good icon="check" title="We have your dispute" text="We look into it and write to you. The decision appears here, too."/>
                        </div>
                    }
                })
        }}
        <SavedViews page="disputes" keys=&KEYS/>
        <div class="flex flex-wrap items-start justify-between gap-x-4">
            <div class="mb-4 min-w-0 max-w-full">
                <Tabs name="status" label="Disputes by status" options=tabs/>
            </div>
            <Filters>
                {move || {
                    query.with(|q| q.get("status")).filter(|s| !s.is_empty()).map(|status| view! { <input type="hidden" name="status" value=status/> })
                }}
                <SearchFilter placeholder="Customer"/>
            </Filters>
        </div>
        <LiveTable resource=disputes caption="Your disputes" columns limit=ROWS key=row_key empty row/>
        <FilesDialog adding/>
        <RemoveDialog removing/>
    }
}

fn row_key(d: &DisputeView) -> String {
    let files: Vec<&str> = d.evidence.iter().map(|file| file.id.as_str()).collect();
    format!("{} {} {} {}", d.id, d.status, d.record.amount.0, files.join(" "))
}

/// Sent, looked into, decided.
#[component]
fn DisputeSteps(status: DisputeStatus) -> impl IntoView {
    let (at, end, tone) = match status {
        DisputeStatus::Pending => (0, "Decided", Tone::Accent),
        DisputeStatus::UnderReview => (1, "Decided", Tone::Accent),
        DisputeStatus::Approved => (2, status.label(), Tone::Good),
        DisputeStatus::Denied => (2, status.label(), Tone::Bad),
    };
    let steps = ["Sent", DisputeStatus::UnderReview.label(), end].map(str::to_owned).into();
    view! { <Steps label="Progress of the dispute" steps at tone/> }
}

/// What was sent with a dispute, and a way to send more while it is open.
#[component]
fn Files(dispute: DisputeView, adding: Asking, removing: Asking) -> impl IntoView {
    let is_open = dispute.status.is_open();
    let can_add = is_open && dispute.evidence.len() < MOST_FILES;
    let name = dispute.lead.customer_name();
    let about = format!(" to the dispute about {name}");
    let subject = Subject { id: dispute.id, name, amount: String::new() };
    let has_files = !dispute.evidence.is_empty();
    if !has_files && !can_add {
        return ().into_any();
    }
    view! {
        <div class="grid w-full min-w-44 gap-3">
            {has_files
                .then(|| {
                    if is_open {
                        let on_remove = Callback::new(move |file| removing.open(subject_of(file)));
                        view! { <EvidenceList files=dispute.evidence on_remove/> }.into_any()
                    } else {
                        view! { <EvidenceList files=dispute.evidence/> }.into_any()
                    }
                })}
            {can_add
                .then(|| {
                    view! {
                        <div>
                            <AskLink asking=adding subject label="Add files" about/>
                        </div>
                    }
                })}
        </div>
    }
    .into_any()
}

/// What was decided, when, and why.
#[component]
fn Decision(dispute: DisputeView) -> impl IntoView {
    let Some(resolution) = dispute.resolution else {
        return view! { <span class="text-muted">"Not yet"</span> }.into_any();
    };
    let credit = dispute.credit.filter(|credit| *credit > Money::ZERO).map(|credit| format!("Credit {credit}"));
    view! {
        <span class="min-w-0">
            <span class="block">{resolution.label()}</span>
            {credit.map(|credit| view! { <span class="block text-sm tabular-nums">{credit}</span> })}
            {dispute
                .resolved_at
                .map(|at| {
                    view! {
                        <span class="block text-sm text-muted">
                            <ExactTime at/>
                        </span>
                    }
                })}
            {dispute
                .resolution_notes
                .map(|text| view! { <span class="block max-w-prose whitespace-pre-line break-words text-sm text-muted">{text}</span> })}
        </span>
    }
    .into_any()
}
