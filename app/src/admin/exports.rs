use super::leads::list_names;
use crate::ui::{Card, Choice, Icon, PageHead, choices};
use kernel::Permission;
use leads::billing::BillingStatus;
use leads::contractor::ContractorStatus;
use leads::disputes::DisputeStatus;
use leads::lead::{Category, LeadStatus};
use leads::ledger::EntryKind;
use leptos::prelude::*;

/// The lists as files, for spreadsheets and bookkeeping (seed 000, Export Data).
#[component]
pub fn ExportsPage() -> impl IntoView {
    let names = Resource::new(|| (), |()| list_names());
    let contractors = move || {
        let names = names.get().and_then(Result::ok).unwrap_or_default();
        names.into_iter().map(|(id, name)| Choice::new(id, name)).collect::<Vec<_>>()
    };
    let approved = || vec![Choice::new("true", "Approved"), Choice::new("false", "Not approved")];
    view! {
        <PageHead title="Exports" subtitle="CSV files for your spreadsheet or bookkeeping, newest first. Days are UTC, the last one included."/>
        <div class="grid items-start gap-6 lg:grid-cols-2">
            <Export title="Leads" what="leads" needs=Permission::Leads text="Every request with its customer, score and price.">
                <Days/>
                <Pick name="status" label="Status" options=choices(LeadStatus::ALL, LeadStatus::as_str, LeadStatus::label)/>
                <Pick name="category" label="Category" options=choices(Category::ALL, Category::as_str, Category::label)/>
            </Export>
            <Export title="Billing" what="billing" needs=Permission::Billing text="Every charge with its contractor, invoice and payment.">
                <Days/>
                <Pick name="status" label="Status" options=choices(BillingStatus::ALL, BillingStatus::as_str, BillingStatus::label)/>
                <Transition fallback=|| {
                    view! { <Pick name="contractorId" label="Contractor" options=Vec::new()/> }
                }>
                    {move || view! { <Pick name="contractorId" label="Contractor" options=contractors()/> }}
                </Transition>
            </Export>
            <Export title="Disputes" what="disputes" needs=Permission::Disputes text="Every contested charge with its reason and decision.">
                <Pick name="status" label="Status" options=choices(DisputeStatus::ALL, DisputeStatus::as_str, DisputeStatus::label)/>
            </Export>
            <Export title="Ledger" what="ledger" needs=Permission::Billing text="Every movement of money, a row for each of its sides.">
                <Days/>
                <Pick name="kind" label="What" options=choices(EntryKind::ALL, EntryKind::as_str, EntryKind::label)/>
            </Export>
            <Export title="Contractors" what="contractors" needs=Permission::Contractors text="Every business with its area, leads and charges.">
                <Pick
                    name="status"
                    label="Status"
                    options=choices(ContractorStatus::ALL, ContractorStatus::as_str, ContractorStatus::label)
                />
                <Pick name="isApproved" label="Approval" options=approved()/>
            </Export>
        </div>
    }
}

/// One file: a plain form, whose answer the browser keeps as a file while the page stays.
#[component]
fn Export(title: &'static str, what: &'static str, needs: Permission, text: &'static str, children: Children) -> impl IntoView {
    view! {
        <Card title attr:data-needs=needs.as_str()>
            <p class="mb-4 text-muted">{text}</p>
            <form method="get" action=format!("/api/admin/export/{what}") class="grid gap-4">
                {children()}
                <button type="submit" class="btn btn-primary">
                    <Icon name="download"/>
                    <span>{format!("Download {}", title.to_lowercase())}</span>
                </button>
            </form>
        </Card>
    }
}

#[component]
fn Days() -> impl IntoView {
    view! {
        <div class="grid grid-cols-2 gap-3">
            <label class="block min-w-0">
                <span class="filter-label">"From"</span>
                <input type="date" name="startDate" class="input w-full"/>
            </label>
            <label class="block min-w-0">
                <span class="filter-label">"To"</span>
                <input type="date" name="endDate" class="input w-full"/>
            </label>
        </div>
    }
}

#[component]
fn Pick(name: &'static str, label: &'static str, options: Vec<Choice>) -> impl IntoView {
    let items = options.into_iter().map(|o| view! { <option value=o.value>{o.label}</option> }).collect_view();
    view! {
        <label class="block min-w-0">
            <span class="filter-label">{label}</span>
            <select name=name class="select w-full">
                <option value="">"All"</option>
                {items}
            </select>
        </label>
    }
}
