use crate::errors::AppError;
use crate::live::use_live;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::text::count;
use crate::ui::{
    Badge, Card, Cell, Choice, Column, Empty, Filters, FormErrors, LinkButton, LiveTable, Load, PageHead, PhoneLink, ROWS, Row,
    SearchFilter, SkeletonTiles, StatGrid, StatTile, SubmitButton, Tabs, TextareaField, TimeAgo, Tone, action_error, field_errors, page_of,
    use_toasts,
};
use kernel::{Listed, Permission};
use leads::views::{TrackingNumberView, TrackingStatus};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};

/// How many numbers there are of each sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
    pub available: i64,
    pub active: i64,
    pub resting: i64,
}

/// Numbers to add, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NewNumbers {
    pub phone_numbers: String,
}

/// What came of adding numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    pub added: usize,
    /// Those that were in the pool already.
    pub known: usize,
}

/// The pool's numbers (decision 27), in their order unless sorted otherwise.
#[server(prefix = "/rpc", endpoint = "admin_numbers")]
pub async fn list_numbers(
    status: Option<String>,
    q: Option<String>,
    sort: Option<String>,
    offset: i64,
) -> Result<Listed<TrackingNumberView>, AppError> {
    use leads::tracking::NumberSort;
    let caller = admin_caller().await?;
    let status = status.and_then(|word| word.parse().ok());
    let order = kernel::Order::read(sort.as_deref()).unwrap_or(kernel::Order::up(NumberSort::Number));
    let page = kernel::Page { limit: ROWS, offset: offset.max(0) };
    Ok(leads::tracking::list(&ctx()?, &caller, status, q.as_deref(), order, page).await?)
}

/// How many numbers there are of each sort.
#[server(prefix = "/rpc", endpoint = "admin_number_pool")]
pub async fn count_numbers() -> Result<Pool, AppError> {
    use leads::tracking::{NumberSort, list};
    let caller = admin_caller().await?;
    let ctx = ctx()?;
    let (order, first) = (kernel::Order::up(NumberSort::Number), kernel::Page { limit: 1, offset: 0 });
    let available = list(&ctx, &caller, Some(TrackingStatus::Available), None, order, first).await?.total;
    let active = list(&ctx, &caller, Some(TrackingStatus::Active), None, order, first).await?.total;
    let resting = list(&ctx, &caller, Some(TrackingStatus::Expired), None, order, first).await?.total;
    Ok(Pool { available, active, resting })
}

/// Adds numbers to the pool: one a line, or with commas between them.
#[server(prefix = "/rpc", endpoint = "admin_add_numbers")]
pub async fn add_numbers(new: NewNumbers) -> Result<Added, AppError> {
    let caller = admin_caller().await?;
    let mut fields = kernel::Fields::default();
    fields.text("phoneNumbers", Some(&new.phone_numbers), 40_000);
    fields.finish()?;
    let numbers = split_numbers(&new.phone_numbers);
    let added = leads::tracking::add_numbers(&ctx()?, &caller, &numbers).await?;
    Ok(Added { added, known: numbers.len().saturating_sub(added) })
}

/// Lines and commas separate numbers; spaces are part of them.
#[cfg(any(feature = "ssr", test))]
fn split_numbers(text: &str) -> Vec<String> {
    text.split(['\n', '\r', ',', ';']).map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned).collect()
}

/// The pool of numbers that calls are tracked by.
#[component]
pub fn NumbersPage() -> impl IntoView {
    let query = use_query_map();
    let live = use_live(&["lead_assigned", "tracking_numbers_recycled"]);
    let add = ServerAction::<AddNumbers>::new();
    let changed = move || (live.version.get(), add.version().get());
    let asked = Memo::new(move |_| query.with(|q| (q.get("status"), q.get("q"), q.get("sort"), page_of(q, ROWS).offset)));
    let numbers = Resource::new(move || (asked.get(), changed()), |((status, q, sort, offset), _)| list_numbers(status, q, sort, offset));
    let pool = Resource::new(changed, |_| count_numbers());
    let columns = vec![
        Column::new("Number").sort("number"),
        Column::new("Status").sort("status"),
        Column::new("Lead"),
        Column::new("Contractor"),
        Column::new("Since").sort("since"),
    ];
    let empty = move || {
        let is_filtered = query.with(|q| ["status", "q"].iter().any(|key| q.get(key).is_some_and(|v| !v.is_empty())));
        if is_filtered {
            view! {
                <Empty icon="hash" title="No such numbers" text="No number of the pool matches.">
                    <LinkButton href="/app/admin/numbers">"Show all numbers"</LinkButton>
                </Empty>
            }
            .into_any()
        } else {
            view! {
                <Empty
                    icon="hash"
                    title="The pool is empty"
                    text="Leads are assigned without numbers too, but then calls are not tracked and not charged. Add the numbers you have at Twilio above."
                />
            }
            .into_any()
        }
    };
    let row = move |n: TrackingNumberView| {
        let tone = match n.status {
            TrackingStatus::Available => Tone::Good,
            TrackingStatus::Active => Tone::Accent,
            TrackingStatus::Expired => Tone::Neutral,
        };
        let since = n.expired_at.or(n.assigned_at);
        view! {
            <Row>
                <Cell label="Number" primary=true>
                    <PhoneLink phone=n.phone/>
                </Cell>
                <Cell label="Status">
                    <Badge tone>{n.status.label()}</Badge>
                </Cell>
                <Cell label="Lead">
                    {n
                        .lead_id
                        .zip(n.customer_name)
                        .map(|(id, name)| view! { <a href=format!("/app/admin/leads/{id}") class="link">{name}</a> })}
                </Cell>
                <Cell label="Contractor">
                    {n
                        .contractor_id
                        .zip(n.business_name)
                        .map(|(id, name)| view! { <a href=format!("/app/admin/contractors/{id}") class="link">{name}</a> })}
                </Cell>
                <Cell label="Since">
                    {match since {
                        Some(at) => view! { <TimeAgo at/> }.into_any(),
                        None => view! { <span class="text-muted">"Never used"</span> }.into_any(),
                    }}
                </Cell>
            </Row>
        }
    };
    let tabs = TrackingStatus::ALL.iter().map(|s| Choice::new(s.as_str(), s.label())).collect::<Vec<_>>();
    view! {
        <PageHead title="Tracking numbers" subtitle="Each assigned lead borrows one for seven days. After a day of rest the next lead gets it.">
            <LinkButton href="/app/admin/calls">"Calls without a lead"</LinkButton>
        </PageHead>
        <div class="grid min-w-0 gap-6">
            <Load resource=pool skeleton=|| view! { <SkeletonTiles count=3/> } let:pool>
                <StatGrid lead=true>
                    {[(TrackingStatus::Available, pool.available), (TrackingStatus::Active, pool.active), (TrackingStatus::Expired, pool.resting)]
                        .map(|(status, count)| {
                            view! { <StatTile label=status.label() value=count.to_string() href=format!("/app/admin/numbers?status={status}")/> }
                        })
                        .collect_view()}
                </StatGrid>
            </Load>
            <AddForm action=add/>
            <section class="grid min-w-0 gap-4">
                <div class="flex flex-wrap items-center justify-between gap-4">
                    <h2 class="panel-title">"The pool"</h2>
                    <Tabs name="status" label="Numbers by status" options=tabs/>
                </div>
                <div class="min-w-0">
                    <Filters>
                        {move || {
                            query
                                .with(|q| q.get("status"))
                                .filter(|s| !s.is_empty())
                                .map(|status| view! { <input type="hidden" name="status" value=status/> })
                        }}
                        <SearchFilter placeholder="First figures of a number"/>
                    </Filters>
                    <LiveTable resource=numbers caption="Tracking numbers" columns limit=ROWS key=row_key empty row/>
                </div>
            </section>
        </div>
    }
}

fn row_key(n: &TrackingNumberView) -> String {
    format!("{} {} {:?} {:?}", n.id, n.status, n.lead_id, n.contractor_id)
}

const LABELS: &[(&str, &str)] = &[("phoneNumbers", "Numbers")];

#[component]
fn AddForm(action: ServerAction<AddNumbers>) -> impl IntoView {
    let error = action_error(action);
    let errors = field_errors(error);
    let typed = RwSignal::new(String::new());
    let toasts = use_toasts();
    Effect::new(move |_| {
        if let Some(Ok(done)) = action.value().get() {
            typed.set(String::new());
            let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
            let added = format!("{} added", count(number(done.added), "number", "numbers"));
            let known = (done.known > 0)
                .then(|| format!(", {} there already", if done.known == 1 { "1 was".to_owned() } else { format!("{} were", done.known) }));
            toasts.success(format!("{added}{}.", known.unwrap_or_default()));
        }
    });
    view! {
        <Card title="Add numbers" attr:data-needs=Permission::Leads.as_str()>
            <ActionForm action attr:class="max-w-xl">
                <FormErrors error labels=LABELS/>
                <TextareaField
                    name="new[phoneNumbers]"
                    label="Numbers"
                    hint="Your Twilio numbers, one a line. Those that are in the pool already stay as they are."
                    rows=3
                    maxlength=40000
                    placeholder="(555) 123-4567"
                    required=true
                    bind=typed
                    errors
                />
                <SubmitButton icon="plus" pending=action.pending()>"Add to the pool"</SubmitButton>
            </ActionForm>
        </Card>
    }
}

#[cfg(test)]
mod tests {
    use super::split_numbers;

    #[test]
    fn lines_and_commas_separate_numbers() {
        assert_eq!(split_numbers("(555) 123-4567\r\n555 123 4568, 5551234569;"), ["(555) 123-4567", "555 123 4568", "5551234569"]);
        assert!(split_numbers(" \n, ").is_empty());
    }
}
