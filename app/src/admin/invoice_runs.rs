//! Running the invoices, and the runs that there were.

use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::errors::plain_form_goes_to;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::text::{actor_name, count};
use crate::ui::{
    Button, Card, Cell, Column, DataTable, Dialog, ExactTime, FormErrors, Load, MoneyText, Row, SkeletonLines, SubmitButton, action_error,
    use_toasts,
};
use leads::billing::{InvoiceRun, PastRun};
use leptos::form::ActionForm;
use leptos::prelude::*;

/// Invoices every charge that can no longer be disputed, and mails the contractors.
#[server(prefix = "/rpc", endpoint = "admin_run_invoices")]
pub async fn run_invoices() -> Result<InvoiceRun, AppError> {
    let caller = admin_caller().await?;
    let run = leads::billing::invoice_run(&ctx()?, &caller).await?;
    plain_form_goes_to("/app/admin/billing");
    Ok(run)
}

/// What a run would invoice now.
#[server(prefix = "/rpc", endpoint = "admin_preview_invoices")]
pub async fn preview_invoices() -> Result<InvoiceRun, AppError> {
    let caller = admin_caller().await?;
    Ok(leads::billing::preview_run(&ctx()?, &caller).await?)
}

/// The latest runs that invoiced something.
#[server(prefix = "/rpc", endpoint = "admin_invoice_runs")]
pub async fn list_runs() -> Result<Vec<PastRun>, AppError> {
    let caller = admin_caller().await?;
    Ok(leads::billing::list_runs(&ctx()?, &caller).await?)
}

/// `3 charges to 2 contractors, $425.00 in all`
fn words(run: InvoiceRun, verb: &str) -> String {
    let (charges, to) = (count(run.invoiced, "charge", "charges"), count(run.contractors, "contractor", "contractors"));
    format!("{charges}{verb} to {to}, {} in all", run.total)
}

/// Shows what would be invoiced, and asks before invoices are mailed.
#[component]
pub fn RunDialog(open: RwSignal<bool>, action: ServerAction<RunInvoices>) -> impl IntoView {
    let toasts = use_toasts();
    let preview = Resource::new(move || (open.get(), action.version().get()), |_| preview_invoices());
    Effect::new(move |_| {
        if let Some(Ok(run)) = action.value().get() {
            open.set(false);
            toasts.success(if run.invoiced == 0 {
                "Nothing is due: every charge is invoiced, disputed, or can still be disputed.".to_owned()
            } else {
                format!("{}.", words(run, " invoiced"))
            });
        }
    });
    view! {
        <Dialog open title="Run the invoices now?">
            <div class="mt-2 grid gap-2">
                <Load
                    resource=preview
                    skeleton=|| {
                        view! { <SkeletonLines lines=1/> }
                    }
                    let:run
                >
                    <p class="font-medium tabular-nums">
                        {if run.invoiced == 0 { "Nothing is due now.".to_owned() } else { format!("{}.", words(run, "")) }}
                    </p>
                </Load>
                <p class="text-muted">
                    "Every charge that can no longer be disputed gets its invoice number, and each contractor a mail with theirs as PDF. It runs by itself each month; a second run finds only what is new."
                </p>
            </div>
            <ActionForm action attr:class="mt-6">
                <FormErrors error=action_error(action)/>
                <div class="flex flex-wrap justify-end gap-3">
                    <Button on:click=move |_| open.set(false)>"Cancel"</Button>
                    <SubmitButton pending=action.pending()>"Send the invoices"</SubmitButton>
                </div>
            </ActionForm>
        </Dialog>
    }
}

/// The runs that invoiced something, newest first.
#[component]
pub fn PastRuns(
    /// Goes up when there was a run.
    #[prop(into)]
    version: Signal<usize>,
) -> impl IntoView {
    let runs = Resource::new(move || version.get(), |_| list_runs());
    view! {
        <div class="mt-6">
            <Card title="Invoice runs" flush=true>
                <Load
                    resource=runs
                    skeleton=|| {
                        view! {
                            <div class="p-4 sm:p-6">
                                <SkeletonLines lines=3/>
                            </div>
                        }
                    }
                    let:runs
                >
                    {if runs.is_empty() {
                        view! { <p class="p-4 text-muted sm:px-6">"No run has invoiced anything yet. The next one is on the first of the month."</p> }.into_any()
                    } else {
                        view! { <Runs runs/> }.into_any()
                    }}
                </Load>
            </Card>
        </div>
    }
}

/// How many runs stand open: half a year's.
const SHOWN: usize = 6;

/// The latest runs, and below them the others, folded.
#[component]
fn Runs(runs: Vec<PastRun>) -> impl IntoView {
    let mut runs = runs;
    let earlier = runs.split_off(runs.len().min(SHOWN));
    let how_many = count(i64::try_from(earlier.len()).unwrap_or(i64::MAX), "earlier run", "earlier runs");
    view! {
        <RunTable caption="Invoice runs" runs/>
        {(!earlier.is_empty())
            .then(|| {
                view! {
                    <details class="fold">
                        <summary class="px-4 sm:px-6">{how_many}</summary>
                        <RunTable caption="Earlier invoice runs" runs=earlier/>
                    </details>
                }
            })}
    }
}

#[component]
fn RunTable(caption: &'static str, runs: Vec<PastRun>) -> impl IntoView {
    let columns = vec![
        Column::new("When"),
        Column::new("Started by"),
        Column::new("Charges").numeric(),
        Column::new("Contractors").numeric(),
        Column::new("Total").numeric(),
    ];
    let rows = runs
        .into_iter()
        .map(|past| {
            view! {
                <Row>
                    <Cell label="When" primary=true>
                        <ExactTime at=past.at/>
                    </Cell>
                    <Cell label="Started by">{started_by(&past.actor)}</Cell>
                    <Cell label="Charges" numeric=true>{past.run.invoiced}</Cell>
                    <Cell label="Contractors" numeric=true>{past.run.contractors}</Cell>
                    <Cell label="Total" numeric=true>
                        <MoneyText amount=past.run.total/>
                    </Cell>
                </Row>
            }
        })
        .collect_view();
    view! { <DataTable caption columns>{rows}</DataTable> }
}

fn started_by(actor: &str) -> String {
    if actor == "system" { "The schedule".into() } else { actor_name(actor) }
}
