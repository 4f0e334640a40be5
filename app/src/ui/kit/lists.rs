//! Filters, tables, and lists that come from the server.

use crate::errors::{AppError, ErrorKind};
use crate::ui::{
    BulkBar, Button, Cell, Choice, Column, ContractorFilter, DataTable, DateFilter, Empty, Filters, LeadStatusBadge, LinkButton, Menu,
    MoneyText, Row, SearchFilter, SelectFilter, SkeletonTable, StatementTable, Tab, TabBar, Tabs, TickCell, TimeAgo, ZipFilter, choices,
};
use chrono::TimeDelta;
use kernel::{Listed, Money};
use leads::billing::Debtor;
use leads::lead::LeadStatus;
use leads::ledger::{EntryKind, EntryView, StatementLine};
use leptos::prelude::*;

#[component]
pub fn Lists() -> impl IntoView {
    let columns = || {
        vec![
            Column::ticks("Select"),
            Column::new("Lead").sort("name"),
            Column::new("Status"),
            Column::new("Received"),
            Column::new("Price").numeric().sort("price"),
        ]
    };
    let now = crate::format::now();
    let names = Resource::new(|| (), |()| async { Ok::<_, AppError>(vec![("one".to_owned(), "HVAC Pros".to_owned())]) });
    view! {
        <Filters>
            <SearchFilter placeholder="Search the kit"/>
            <SelectFilter name="status" label="Status" options=choices(LeadStatus::ALL, LeadStatus::as_str, LeadStatus::label)/>
            <ContractorFilter names/>
            <ZipFilter name="zip" label="ZIP code"/>
            <DateFilter name="start_date" label="From"/>
        </Filters>
        <div class="flex flex-wrap items-center gap-3">
            <TabBar label="Views of the kit">
                <Tab href="?view=one".to_owned() current=Signal::stored(true) label="One view"/>
                <Tab href="?view=other".to_owned() current=Signal::stored(false) label="Another"/>
            </TabBar>
            <Tabs name="kit" label="A filter as tabs" options=vec![Choice::new("one", "One"), Choice::new("two", "Two")]/>
            <Menu label="A menu">
                <p>"A small form stands here."</p>
            </Menu>
        </div>
        <form class="grid min-w-0">
        <BulkBar one="row" many="rows">
            <Button>"Do it"</Button>
        </BulkBar>
        <DataTable caption="Rows of the kit" columns=columns()>
            <Row href="/app/admin/kit?row=1">
                <TickCell name="kitTicks[]" value="1".into() label="the first row".into()/>
                <Cell label="Lead" primary=true>"A row with a link"</Cell>
                <Cell label="Status"><LeadStatusBadge status=LeadStatus::Assigned/></Cell>
                <Cell label="Received"><TimeAgo at=now - TimeDelta::minutes(5)/></Cell>
                <Cell label="Price" numeric=true><MoneyText amount=Money::from_dollars(1250)/></Cell>
            </Row>
            <Row href="/app/admin/kit?row=2" fresh=Signal::stored(true)>
                <TickCell name="kitTicks[]" value="2".into() label="the second row".into()/>
                <Cell label="Lead" primary=true>"A row that has just come"</Cell>
                <Cell label="Status"><LeadStatusBadge status=LeadStatus::PendingAssignment/></Cell>
                <Cell label="Received"><TimeAgo at=now/></Cell>
                <Cell label="Price" numeric=true><MoneyText amount=Money(8550)/></Cell>
            </Row>
        </DataTable>
        </form>
        <SkeletonTable rows=3/>
    }
}

/// A charge, or a credit that is larger.
fn sample_line(id: &str, kind: EntryKind, dollars: i64, balance: i64) -> StatementLine {
    let entry = EntryView {
        id: id.into(),
        kind,
        contractor: Debtor { id: "none".into(), business_name: "HVAC Pros".into(), email: "office@example.com".into() },
        lead_id: Some("none".into()),
        customer_name: Some("Ann Lee".into()),
        invoice_number: (kind == EntryKind::Charge).then(|| "INV-2025-001".into()),
        reference: None,
        memo: kind.label().into(),
        at: crate::format::now(),
        lines: Vec::new(),
    };
    StatementLine { entry, amount: Money::from_dollars(dollars), balance: Money::from_dollars(balance) }
}

/// As a server function's.
fn answer(lines: Result<Listed<StatementLine>, AppError>) -> Resource<Result<Listed<StatementLine>, AppError>> {
    Resource::new(
        || (),
        move |()| {
            let lines = lines.clone();
            async move { lines }
        },
    )
}

/// A list from the server when it is there, when there is nothing, when it has become shorter, and when it did not come.
#[component]
pub fn Accounts() -> impl IntoView {
    let items = vec![sample_line("two", EntryKind::Credit, -250, -100), sample_line("one", EntryKind::Charge, 150, 150)];
    let full = answer(Ok(Listed { items, total: 120 }));
    let none = answer(Ok(Listed { items: Vec::new(), total: 0 }));
    let beyond = answer(Ok(Listed { items: Vec::new(), total: 2 }));
    let failed = answer(Err(AppError::new(ErrorKind::Unavailable, crate::text::OFFLINE)));
    let table = |lines| {
        let empty = || {
            view! {
                <Empty icon="dollar" title="Nothing here yet" text="Charges, credits and payments appear here.">
                    <LinkButton href="#">"The one button that fills it"</LinkButton>
                </Empty>
            }
        };
        view! {
            <div class="min-w-0">
                <StatementTable lines leads="/app/admin/leads" empty/>
            </div>
        }
    };
    view! {
        {table(full)}
        <div class="grid gap-6 xl:grid-cols-3">{[none, beyond, failed].map(table).collect_view()}</div>
    }
}
