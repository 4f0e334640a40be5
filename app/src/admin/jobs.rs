use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::errors::{plain_form_goes_back, plain_form_goes_to};
use crate::live::use_live;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
#[cfg(feature = "ssr")]
use crate::text::count;
use crate::text::job_title;
use crate::ui::{
    Badge, BulkBar, Button, Cell, Choice, Column, ConfirmButton, Dialog, Empty, FormErrors, LinkButton, LiveTable, PageHead, ROWS, Row,
    SubmitButton, Tabs, TickCell, TimeAgo, Tone, Variant, action_error, page_of, use_toasts,
};
use chrono::{DateTime, Utc};
use kernel::{Id, JobStatus, Listed, Permission};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The id of the form that lets one job run again.
const RETRY: &str = "retry-job";

/// Work in the background, without what it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    pub id: Id,
    pub kind: String,
    pub status: JobStatus,
    pub attempts: i64,
    pub max_attempts: i64,
    /// When it runs next, or when it ended.
    pub run_at: DateTime<Utc>,
    pub last_error: Option<String>,
    pub created_at: DateTime<Utc>,
}

#[cfg(feature = "ssr")]
impl From<platform::jobs::JobView> for Job {
    fn from(job: platform::jobs::JobView) -> Job {
        Job {
            id: job.id,
            kind: job.kind,
            status: job.status,
            attempts: job.attempts,
            max_attempts: job.max_attempts,
            run_at: job.run_at,
            last_error: job.last_error,
            created_at: job.created_at,
        }
    }
}

/// The jobs, newest first unless `sort` is `made`. Words that are no status are no filter.
#[server(prefix = "/rpc", endpoint = "admin_jobs")]
pub async fn list_jobs(status: Option<String>, sort: Option<String>, offset: i64) -> Result<Listed<Job>, AppError> {
    use platform::jobs::JobFilter;
    let caller = admin_caller().await?;
    let page = kernel::Page { limit: ROWS, offset: offset.max(0) };
    let filter = JobFilter {
        status: status.and_then(|word| word.parse().ok()),
        oldest_first: sort.as_deref() == Some("made"),
        ..JobFilter::of_page(page)
    };
    let list = platform::jobs::list(&ctx()?, &caller, &filter).await?;
    Ok(Listed { items: list.items.into_iter().map(Job::from).collect(), total: list.total })
}

/// Lets a dead job run again.
#[server(prefix = "/rpc", endpoint = "admin_retry_job")]
pub async fn retry_job(id: Id) -> Result<Job, AppError> {
    let caller = admin_caller().await?;
    Ok(platform::jobs::retry(&ctx()?, &caller, &id).await?.into())
}

/// Removes a dead job for good.
#[server(prefix = "/rpc", endpoint = "admin_discard_job")]
pub async fn discard_job(id: Id) -> Result<(), AppError> {
    let caller = admin_caller().await?;
    platform::jobs::discard(&ctx()?, &caller, &id).await?;
    plain_form_goes_to("/app/admin/jobs?status=dead");
    Ok(())
}

/// Lets ticked jobs run again, or removes them for good when `act` is `discard`. `back` is the list's query.
#[server(prefix = "/rpc", endpoint = "admin_work_on_jobs")]
pub async fn work_on_jobs(
    #[server(default)] ids: Vec<Id>,
    #[server(default)] act: String,
    #[server(default)] back: String,
) -> Result<String, AppError> {
    let caller = admin_caller().await?;
    let number = |n: usize| count(i64::try_from(n).unwrap_or(i64::MAX), "job", "jobs");
    let told = if act == "discard" {
        format!("Discarded {}.", number(platform::jobs::discard_many(&ctx()?, &caller, &ids).await?))
    } else {
        format!("{} will run again.", number(platform::jobs::retry_many(&ctx()?, &caller, &ids).await?))
    };
    plain_form_goes_back("/app/admin/jobs", &back);
    Ok(told)
}

/// A job that may be discarded: its id and what it does.
type Doomed = (Id, String);

/// What is done in the background: what waits, and what did not work.
#[component]
pub fn JobsPage() -> impl IntoView {
    let query = use_query_map();
    let live = use_live(&[]);
    let retry = ServerAction::<RetryJob>::new();
    let discard = ServerAction::<DiscardJob>::new();
    let work = ServerAction::<WorkOnJobs>::new();
    let asking = RwSignal::new(None::<String>);
    let discards = RwSignal::new(false);
    // Without script the address says which job the question is about.
    let doomed =
        RwSignal::new(query.with_untracked(|q| q.get("discard")).filter(|id| !id.is_empty()).map(|id| (id, "this job".to_owned())));
    let toasts = use_toasts();
    Effect::new(move |_| {
        if let Some(Ok(job)) = retry.value().get() {
            toasts.success(format!("{} runs again.", job_title(&job.kind)));
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(())) = discard.value().get() {
            toasts.success("The job is gone.");
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(told)) = work.value().get() {
            toasts.success(told);
        }
    });
    let asked = Memo::new(move |_| query.with(|q| (q.get("status"), q.get("sort"), page_of(q, ROWS).offset)));
    let jobs = Resource::new(
        move || (asked.get(), live.version.get(), retry.version().get(), discard.version().get(), work.version().get()),
        |((status, sort, offset), ..)| list_jobs(status, sort, offset),
    );
    let tabs = [JobStatus::Dead, JobStatus::Queued, JobStatus::Done].map(|s| Choice::new(s.as_str(), s.label())).to_vec();
    let columns = vec![
        Column::ticks("Select"),
        Column::new("Job"),
        Column::new("Status"),
        Column::new("Tries").numeric(),
        Column::new("Created").sort_up("made"),
        Column::new("Next run or end"),
        Column::new("Error"),
        Column::new("Action"),
    ];
    let empty = move || {
        if query.with(|q| q.get("status")).is_some_and(|s| !s.is_empty()) {
            view! {
                <Empty icon="check" title="No jobs here" text="No job has this status. Failed jobs were tried as often as they may be.">
                    <LinkButton href="/app/admin/jobs">"Show all jobs"</LinkButton>
                </Empty>
            }
            .into_any()
        } else {
            view! {
                <Empty icon="refresh" title="No jobs yet" text="Mails, text messages and other work in the background appear here as they come.">
                    <LinkButton href="/app/admin">"Back to the overview"</LinkButton>
                </Empty>
            }
            .into_any()
        }
    };
    let row = move |job: Job| {
        let error = job.last_error.clone();
        let (name, status) = (job_title(&job.kind), job.status);
        view! {
            <Row>
                <TickCell name="ids[]" value=job.id.clone() label=name.clone() shown=job.status == JobStatus::Dead/>
                <Cell label="Job" primary=true>
                    <span class="font-medium">{name}</span>
                </Cell>
                <Cell label="Status">
                    <JobBadge status/>
                </Cell>
                <Cell label="Tries" numeric=true>{format!("{} of {}", job.attempts, job.max_attempts)}</Cell>
                <Cell label="Created">
                    <TimeAgo at=job.created_at/>
                </Cell>
                <Cell label="Next run or end">
                    <TimeAgo at=job.run_at/>
                </Cell>
                <Cell label="Error">
                    <span class="max-w-prose break-words text-sm">{error}</span>
                </Cell>
                <Cell label="Action">
                    <Acts job retry doomed/>
                </Cell>
            </Row>
        }
    };
    let question = Signal::derive(move || match discards.get() {
        true => "Discard the selected jobs?".to_owned(),
        false => "Try the selected jobs again?".to_owned(),
    });
    view! {
        <PageHead title="Jobs" subtitle="Work in the background"/>
        <FormErrors error=action_error(retry)/>
        <div class="mb-4 w-fit max-w-full">
            <Tabs name="status" label="Jobs by status" options=tabs/>
        </div>
        <FormErrors error=action_error(work)/>
        <ActionForm action=work>
            <BulkBar one="job" many="jobs" attr:data-needs=Permission::Settings.as_str()>
                <label class="bulk-choice">
                    <span class="sr-only">"What to do with them"</span>
                    <select name="act" class="select w-full" on:change=move |ev| discards.set(event_target_value(&ev) == "discard")>
                        <option value="retry">"Try again"</option>
                        <option value="discard">"Discard"</option>
                    </select>
                </label>
                <ConfirmButton
                    label="Go on"
                    title=question
                    message="A job that is tried again has all its tries. One that is discarded is removed for good, and what it was for does not happen."
                    confirm="Go on"
                    asked=asking
                    key="work"
                    pending=work.pending()
                />
            </BulkBar>
            <LiveTable resource=jobs caption="Jobs" columns limit=ROWS key=row_key empty row/>
        </ActionForm>
        // The form of the buttons in the rows: it cannot stand within the form around the table.
        <ActionForm action=retry attr:id=RETRY>
            <span hidden></span>
        </ActionForm>
        <DiscardDialog doomed action=discard/>
    }
}

fn row_key(job: &Job) -> String {
    format!("{} {} {} {:?}", job.id, job.status, job.attempts, job.last_error)
}

#[component]
fn JobBadge(status: JobStatus) -> impl IntoView {
    let tone = match status {
        JobStatus::Dead => Tone::Bad,
        JobStatus::Done => Tone::Good,
        JobStatus::Queued => Tone::Warn,
    };
    view! { <Badge tone>{status.label()}</Badge> }
}

/// What can be done about a dead job.
#[component]
fn Acts(job: Job, retry: ServerAction<RetryJob>, doomed: RwSignal<Option<Doomed>>) -> impl IntoView {
    if job.status != JobStatus::Dead {
        return ().into_any();
    }
    let name = job_title(&job.kind);
    let (own, href) = (job.id.clone(), format!("?status=dead&discard={}", job.id));
    let pending = Signal::derive(move || retry.pending().get() && retry.input().with(|i| i.as_ref().is_some_and(|i| i.id == own)));
    let target = (job.id.clone(), name.clone());
    view! {
        <span class="inline-flex flex-wrap gap-2" data-needs=Permission::Settings.as_str()>
            <SubmitButton variant=Variant::Secondary icon="refresh" small=true pending attr:form=RETRY attr:name="id" attr:value=job.id>
                "Try again"
                <span class="sr-only">{format!(" {name}")}</span>
            </SubmitButton>
            <a
                href=href
                class="btn btn-ghost btn-tight"
                aria-haspopup="dialog"
                on:click=move |ev| {
                    ev.prevent_default();
                    doomed.set(Some(target.clone()));
                }
            >
                "Discard"
            </a>
        </span>
    }
    .into_any()
}

/// The question. It stands outside of what is drawn anew when the jobs change.
#[component]
fn DiscardDialog(doomed: RwSignal<Option<Doomed>>, action: ServerAction<DiscardJob>) -> impl IntoView {
    move || {
        doomed.get().map(|(id, name)| {
            let open = RwSignal::new(true);
            Effect::new(move |_| {
                if action.value().with(|value| matches!(value, Some(Ok(())))) {
                    open.set(false);
                }
                if !open.get() {
                    // After the dialog has closed and given the focus back.
                    set_timeout(
                        move || {
                            action.clear();
                            doomed.set(None);
                        },
                        Duration::ZERO,
                    );
                }
            });
            view! {
                <Dialog open title=format!("Discard {}?", name.to_lowercase())>
                    <p class="mt-2 text-muted">"It is removed for good, and what it was for does not happen."</p>
                    <ActionForm action attr:class="mt-6">
                        <FormErrors error=action_error(action)/>
                        <input type="hidden" name="id" value=id/>
                        <div class="flex flex-wrap justify-end gap-3">
                            <Button on:click=move |_| open.set(false)>"Cancel"</Button>
                            <SubmitButton variant=Variant::Danger pending=action.pending()>"Discard the job"</SubmitButton>
                        </div>
                    </ActionForm>
                </Dialog>
            }
        })
    }
}
