use super::asking::{AskLink, Asking, Subject};
use super::cards::{Cards, RemoveCard, SetDefaultCard, list_cards};
use super::dispute::DisputeDialog;
use super::paying::{PayBar, PayBox, PaymentNotice, StartPayment, go_to_pay};
use crate::errors::AppError;
use crate::format;
use crate::live::use_live;
use crate::saved_views::SavedViews;
#[cfg(feature = "ssr")]
use crate::session::{contractor, ctx};
use crate::ui::{
    BilledName, BillingBadge, BillingFigures, Cell, Column, DateFilter, DisputeBadge, Empty, ExportLink, Filters, InvoiceText, LinkButton,
    LiveTable, Load, OwedText, PageHead, ROWS, Row, SearchFilter, SelectFilter, SkeletonTiles, TimeAgo, choices, page_of,
};
use chrono::{DateTime, Utc};
use kernel::{Id, Listed, Money};
use leads::billing::{BillingStatus, BillingSummary, RecordView};
use leads::disputes::DisputeStatus;
use leads::ledger::Balance;
use leads::payments::PaymentView;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};

/// What the address may filter by.
const KEYS: [&str; 4] = ["status", "startDate", "endDate", "q"];

/// A charge, and until when it can be disputed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Charge {
    pub record: RecordView,
    pub dispute_until: DateTime<Utc>,
}

impl Charge {
    fn is_payable(&self) -> bool {
        self.record.amount > Money::ZERO && matches!(self.record.status, BillingStatus::Pending | BillingStatus::Invoiced)
    }
}

/// What the charges come to, and the payment that the contractor comes back from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// Of the charges that the filters leave.
    pub summary: BillingSummary,
    /// Of all.
    pub balance: Balance,
    pub payment: Option<PaymentView>,
}

#[cfg(feature = "ssr")]
fn filter_of(
    status: Option<String>,
    start_date: Option<String>,
    end_date: Option<String>,
    q: Option<String>,
    page: kernel::Page,
) -> leads::billing::BillingFilter {
    leads::billing::BillingFilter {
        status: status.and_then(|word| word.parse().ok()),
        start_date: crate::days::start(start_date.as_deref()),
        end_date: crate::days::end(end_date.as_deref()),
        q: q.filter(|q| !q.contains('\0')),
        ..leads::billing::BillingFilter::of_page(page)
    }
}

/// The contractor's own charges, newest first unless sorted otherwise (seed 000, Get Billing History).
#[server(prefix = "/rpc", endpoint = "contractor_billing")]
pub async fn list_charges(
    status: Option<String>,
    start_date: Option<String>,
    end_date: Option<String>,
    q: Option<String>,
    sort: Option<String>,
    offset: i64,
) -> Result<Listed<Charge>, AppError> {
    use leads::billing::{BillingFilter, BillingSort};
    let me = contractor().await?;
    let ctx = ctx()?;
    let filter = BillingFilter {
        order: kernel::Order::read(sort.as_deref()).unwrap_or(kernel::Order::down(BillingSort::Charged)),
        ..filter_of(status, start_date, end_date, q, kernel::Page { limit: ROWS, offset: offset.max(0) })
    };
    let (list, _) = leads::billing::list_own(&ctx, &me.id, &filter).await?;
    let window = chrono::Duration::days(ctx.settings.dispute_window_days);
    let charge = |record: RecordView| Charge { dispute_until: record.incurred_at + window, record };
    Ok(Listed { items: list.records.into_iter().map(charge).collect(), total: list.total })
}

/// The sums of what the filters leave, and the account (seed 000, Get Billing History, summary).
#[server(prefix = "/rpc", endpoint = "contractor_billing_account")]
pub async fn load_account(
    status: Option<String>,
    start_date: Option<String>,
    end_date: Option<String>,
    q: Option<String>,
    payment: Option<Id>,
) -> Result<Account, AppError> {
    let me = contractor().await?;
    let ctx = ctx()?;
    let filter = filter_of(status, start_date, end_date, q, kernel::Page { limit: 1, offset: 0 });
    let (list, balance) = leads::billing::list_own(&ctx, &me.id, &filter).await?;
    let payment = match payment {
        Some(id) => leads::payments::find(&ctx, &me.id, &id).await.ok(),
        None => None,
    };
    Ok(Account { summary: list.summary, balance, payment })
}

/// What the contractor was charged, owes and has paid.
#[component]
pub fn BillingPage() -> impl IntoView {
    let query = use_query_map();
    let live = use_live(&[]);
    // The provider is asked for the cards, so not at every event.
    let paid = use_live(&["payment_received"]);
    let pay = ServerAction::<StartPayment>::new();
    go_to_pay(pay);
    let chosen = RwSignal::new(std::collections::BTreeMap::<Id, Money>::new());
    let disputing = Asking::of_query("dispute");
    let (prefer, remove) = (ServerAction::<SetDefaultCard>::new(), ServerAction::<RemoveCard>::new());
    let cards = Resource::new(move || (prefer.version().get(), remove.version().get(), paid.version.get()), |_| list_cards());
    let asked = Memo::new(move |_| query.with(|q| (KEYS.map(|key| q.get(key)), q.get("sort"), page_of(q, ROWS).offset)));
    let payment = Memo::new(move |_| query.with(|q| q.get("payment")));
    let charges = Resource::new(
        move || (asked.get(), live.version.get()),
        |(([status, start_date, end_date, q], sort, offset), _)| list_charges(status, start_date, end_date, q, sort, offset),
    );
    let account = Resource::new(
        move || (asked.get().0, payment.get(), live.version.get()),
        |([status, start_date, end_date, q], payment, _)| load_account(status, start_date, end_date, q, payment),
    );
    let is_filtered = move || query.with(|q| KEYS.iter().any(|key| q.get(key).is_some_and(|v| !v.is_empty())));
    let empty = move || {
        if is_filtered() {
            view! {
                <Empty icon="search" title="No charges here" text="None of your charges matches these filters.">
                    <LinkButton href="/app/contractor/billing">"Show all charges"</LinkButton>
                </Empty>
            }
            .into_any()
        } else {
            view! {
                <Empty
                    icon="dollar"
                    title="No charges yet"
                    text="A lead is charged when you have spoken with the customer over the tracking number for 30 seconds or more."
                >
                    <LinkButton href="/app/contractor/leads">"See your leads"</LinkButton>
                </Empty>
            }
            .into_any()
        }
    };
    let columns = vec![
        Column::new("Lead"),
        Column::new("Status"),
        Column::new("Charged").sort_up("charged"),
        Column::new("Invoice"),
        Column::new("Amount").numeric().sort("amount"),
        Column::new("Dispute"),
        Column::new("Pay"),
    ];
    let row = move |charge: Charge| {
        let record = charge.record.clone();
        let lead_id = record.lead.id.clone();
        let is_payable = charge.is_payable();
        let (lead, name, invoiced) = (record.lead.clone(), record.lead.customer_name(), record.clone());
        view! {
            <Row
                href=format!("/app/contractor/leads/{lead_id}")
                fresh=Signal::derive(move || live.fresh.with(|ids| ids.contains(&lead_id)))
            >
                <Cell label="Lead" primary=true>
                    <BilledName lead/>
                </Cell>
                <Cell label="Status">
                    <BillingBadge status=record.status/>
                </Cell>
                <Cell label="Charged">
                    <TimeAgo at=record.incurred_at/>
                </Cell>
                <Cell label="Invoice">
                    <span>
                        <InvoiceText record=invoiced/>
                    </span>
                </Cell>
                <Cell label="Amount" numeric=true>
                    <OwedText amount=record.amount original=record.original_amount/>
                </Cell>
                <Cell label="Dispute">
                    <Dispute charge disputing/>
                </Cell>
                <Cell label="Pay">
                    {is_payable.then(|| view! { <PayBox id=record.id name amount=record.amount chosen/> })}
                </Cell>
            </Row>
        }
    };
    view! {
        <PageHead title="Billing">
            <LinkButton href="/app/contractor/billing/statement">"Account statement"</LinkButton>
            <LinkButton href="/app/contractor/disputes">"Your disputes"</LinkButton>
            <ExportLink what="billing" keys=&KEYS base="/api/contractors/export"/>
        </PageHead>
        <div class="mb-6 grid gap-6">
            <Load
                resource=account
                skeleton=|| {
                    view! { <SkeletonTiles count=4/> }
                }
                let:account
            >
                <Figures account is_filtered=is_filtered()/>
            </Load>
        </div>
        <SavedViews page="billing" keys=&KEYS/>
        <Filters>
            <SearchFilter placeholder="Invoice or customer"/>
            <SelectFilter name="status" label="Status" options=choices(BillingStatus::ALL, BillingStatus::as_str, BillingStatus::label)/>
            <DateFilter name="startDate" label="From"/>
            <DateFilter name="endDate" label="To"/>
        </Filters>
        <Transition>
            <Show when=move || charges.get().and_then(Result::ok).is_some_and(|list| list.items.iter().any(Charge::is_payable))>
                {move || {
                    cards
                        .get()
                        .map(|cards| view! { <PayBar action=pay chosen cards=cards.unwrap_or_default()/> })
                }}
            </Show>
        </Transition>
        <LiveTable resource=charges caption="Your charges" columns limit=ROWS key=row_key empty row/>
        <div id="cards" class="mt-6 scroll-mt-6">
            <Cards cards prefer remove/>
        </div>
        <DisputeDialog disputing/>
    }
}

fn row_key(charge: &Charge) -> String {
    let r = &charge.record;
    format!("{} {} {} {:?} {:?}", r.id, r.status, r.amount.0, r.invoice_number, r.dispute_status)
}

/// The documented sums, and the account in all.
#[component]
fn Figures(account: Account, is_filtered: bool) -> impl IntoView {
    let Account { summary, balance, payment } = account;
    let credit = balance.receivable < Money::ZERO;
    let hint = if is_filtered { "Of the charges below" } else { "" };
    // Without credit it is the balance's amount: what it counts says why it stands there, too.
    let open_hint = if is_filtered { hint } else { "Pending and invoiced charges" };
    let account = match credit {
        true => ("Your credit", -balance.receivable, "You paid more than you owe"),
        false => ("Balance to pay", balance.receivable, "In all, after credits"),
    };
    let tiles = vec![account, ("Charged", summary.billed(), hint), ("Paid", summary.paid, hint), ("Not paid", summary.open(), open_hint)];
    view! {
        {payment.map(|payment| view! { <PaymentNotice payment/> })}
        <BillingFigures tiles/>
    }
}

/// How a charge's dispute stands, or the way to begin one while there is time.
#[component]
fn Dispute(charge: Charge, disputing: Asking) -> impl IntoView {
    let Charge { record, dispute_until } = charge;
    let can_begin = match record.dispute_status {
        Some(DisputeStatus::Pending | DisputeStatus::UnderReview) => false,
        _ => record.status != BillingStatus::Credited && format::now() < dispute_until,
    };
    let is_over = record.dispute_status.is_none() && record.status != BillingStatus::Credited && !can_begin;
    let subject = Subject { id: record.id, name: record.lead.customer_name(), amount: record.amount.to_string() };
    let about = format!(" the charge for {}", subject.name);
    view! {
        <span class="inline-flex flex-wrap items-center gap-2">
            {record.dispute_status.map(|status| view! { <DisputeBadge status/> })}
            {can_begin
                .then(|| {
                    view! {
                        <span>
                            <AskLink asking=disputing subject label="Dispute" about/>
                            <span class="block text-sm text-muted">{format!("Until {}", format::day(dispute_until))}</span>
                        </span>
                    }
                })}
            {is_over
                .then(|| {
                    let day = format::day(dispute_until);
                    let until = format!("You could dispute this charge until {day}.");
                    view! { <span class="whitespace-nowrap text-sm text-muted" title=until>{format!("Closed {day}")}</span> }
                })}
        </span>
    }
}
