use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::errors::plain_form_goes_back;
use crate::live::use_live;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::text::count;
use crate::ui::{
    Badge, BulkBar, Cell, Column, Empty, Filters, FormErrors, LinkButton, LiveTable, PageHead, ROWS, Row, SearchFilter, SubmitButton,
    TickCell, TimeAgo, Tone, Variant, action_error, page_of, use_toasts,
};
use chrono::{DateTime, Utc};
use kernel::{Listed, Permission};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};

/// An address that gets no more mail, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    pub email: String,
    /// `bounce`, `dropped` or `spamreport`.
    pub kind: String,
    pub reason: Option<String>,
    pub bounced_at: DateTime<Utc>,
    /// A contractor's business, or `Customer`; none for anybody else.
    pub owner: Option<String>,
}

/// The addresses that are held back, newest first unless sorted otherwise (seed 000, Get Bounced Emails).
#[server(prefix = "/rpc", endpoint = "admin_bounced")]
pub async fn list_bounced(q: Option<String>, sort: Option<String>, offset: i64) -> Result<Listed<Address>, AppError> {
    use leads::bounces::BounceSort;
    let caller = admin_caller().await?;
    let page = kernel::Page { limit: ROWS, offset: offset.max(0) };
    let q = q.filter(|q| !q.contains('\0'));
    let order = kernel::Order::read(sort.as_deref()).unwrap_or(kernel::Order::down(BounceSort::When));
    let list = leads::bounces::list(&ctx()?, &caller, q.as_deref(), order, page).await?;
    let address = |b: leads::bounces::Bounced| Address {
        owner: b.business_name.or_else(|| b.is_customer.then(|| "Customer".to_owned())),
        email: b.email,
        kind: b.kind,
        reason: b.reason,
        bounced_at: b.bounced_at,
    };
    Ok(Listed { items: list.items.into_iter().map(address).collect(), total: list.total })
}

/// Lets mail go to addresses again; answers those that were held back. `back` is the list's query.
#[server(prefix = "/rpc", endpoint = "admin_lift_bounce")]
pub async fn lift_bounces(#[server(default)] emails: Vec<String>, #[server(default)] back: String) -> Result<Vec<String>, AppError> {
    let caller = admin_caller().await?;
    let lifted = leads::bounces::lift_many(&ctx()?, &caller, &without_nul(&emails)).await?;
    plain_form_goes_back("/app/admin/bounced", &back);
    Ok(lifted)
}

/// Holds mail to addresses back again, as before that was lifted.
#[server(prefix = "/rpc", endpoint = "admin_restore_bounce")]
pub async fn restore_bounces(#[server(default)] emails: Vec<String>) -> Result<Vec<String>, AppError> {
    let caller = admin_caller().await?;
    Ok(leads::bounces::restore(&ctx()?, &caller, &without_nul(&emails)).await?)
}

/// What a database can be asked for.
#[cfg(feature = "ssr")]
fn without_nul(emails: &[String]) -> Vec<String> {
    emails.iter().map(|email| email.replace('\0', "")).collect()
}

/// The form of the buttons in the rows: it cannot stand within the form around the table.
const IN_ROWS: &str = "lift";

/// `ann@example.com gets`, or `2 addresses get`.
fn gets(emails: &[String]) -> String {
    match emails {
        [email] => format!("{email} gets"),
        emails => format!("{} get", count(i64::try_from(emails.len()).unwrap_or(i64::MAX), "address", "addresses")),
    }
}

/// Why an address is held back, as its kind says.
pub(super) fn what_happened(kind: &str) -> (Tone, &'static str) {
    match kind {
        "spamreport" => (Tone::Bad, "Reported as spam"),
        "dropped" => (Tone::Warn, "Not sent"),
        _ => (Tone::Warn, "Not delivered"),
    }
}

/// Addresses that mail could not reach, so that none is sent there.
#[component]
pub fn BouncedPage() -> impl IntoView {
    let query = use_query_map();
    let live = use_live(&[]);
    let (lift, restore) = (ServerAction::<LiftBounces>::new(), ServerAction::<RestoreBounces>::new());
    let toasts = use_toasts();
    Effect::new(move |_| match lift.value().get() {
        Some(Ok(emails)) if emails.is_empty() => toasts.info("Mail goes there already."),
        Some(Ok(emails)) => toasts.undoable(format!("{} mail again.", gets(&emails)), move || {
            restore.dispatch(RestoreBounces { emails: emails.clone() });
        }),
        _ => {}
    });
    Effect::new(move |_| match restore.value().get() {
        Some(Ok(emails)) => toasts.success(format!("{} no mail, as before.", gets(&emails))),
        Some(Err(error)) => toasts.error(error.message),
        None => {}
    });
    let asked = Memo::new(move |_| query.with(|q| (q.get("q"), q.get("sort"), page_of(q, ROWS).offset)));
    let changed = move || (live.version.get(), lift.version().get(), restore.version().get());
    let addresses = Resource::new(move || (asked.get(), changed()), |((q, sort, offset), _)| list_bounced(q, sort, offset));
    let columns = vec![
        Column::ticks("Select"),
        Column::new("Address").sort_up("address"),
        Column::new("Whose"),
        Column::new("What happened"),
        Column::new("When").sort_up("when"),
        Column::new("Action"),
    ];
    let empty = move || {
        if query.with(|q| q.get("q").is_some_and(|q| !q.is_empty())) {
            view! {
                <Empty icon="search" title="No such addresses" text="No address that is held back has this in it, and no business of one.">
                    <LinkButton href="/app/admin/bounced">"Show all bounced addresses"</LinkButton>
                </Empty>
            }
            .into_any()
        } else {
            view! {
                <Empty icon="mail" title="Every address gets its mail" text="When mail cannot be delivered, or somebody reports it as spam, the address appears here.">
                    <LinkButton href="/app/admin">"Back to the overview"</LinkButton>
                </Empty>
            }
            .into_any()
        }
    };
    let row = move |a: Address| {
        let (email, shown, own) = (a.email.clone(), a.email.clone(), a.email.clone());
        let is_lifted = move || lift.input().with(|i| i.as_ref().is_some_and(|i| i.emails.contains(&own)));
        let pending = Signal::derive(move || lift.pending().get() && is_lifted());
        let (tone, words) = what_happened(&a.kind);
        view! {
            <Row>
                <TickCell name="emails[]" value=a.email.clone() label=a.email.clone()/>
                <Cell label="Address" primary=true>
                    <span class="break-all font-medium">{shown}</span>
                </Cell>
                <Cell label="Whose">{a.owner}</Cell>
                <Cell label="What happened">
                    <span class="min-w-0">
                        <Badge tone>{words}</Badge>
                        {a.reason.map(|reason| view! { <span class="mt-1 block max-w-prose break-words text-sm text-muted">{reason}</span> })}
                    </span>
                </Cell>
                <Cell label="When">
                    <TimeAgo at=a.bounced_at/>
                </Cell>
                <Cell label="Action">
                    <span data-needs=Permission::Contractors.as_str()>
                        <SubmitButton variant=Variant::Secondary small=true pending attr:form=IN_ROWS attr:name="emails[]" attr:value=a.email>
                            "Send mail again"
                            <span class="sr-only">{format!(" to {email}")}</span>
                        </SubmitButton>
                    </span>
                </Cell>
            </Row>
        }
    };
    view! {
        <PageHead title="Bounced mail" subtitle="Addresses that get no mail from us"/>
        <Filters>
            <SearchFilter placeholder="Address or contractor"/>
        </Filters>
        <FormErrors error=action_error(lift)/>
        <ActionForm action=lift>
            <BulkBar one="address" many="addresses" attr:data-needs=Permission::Contractors.as_str()>
                <SubmitButton variant=Variant::Secondary pending=lift.pending()>"Send mail again"</SubmitButton>
            </BulkBar>
            <LiveTable resource=addresses caption="Bounced addresses" columns limit=ROWS key=row_key empty row/>
        </ActionForm>
        <ActionForm action=lift attr:id=IN_ROWS>
            <input type="hidden" name="back" value=move || query.with(ParamsMap::to_query_string)/>
        </ActionForm>
    }
}

fn row_key(a: &Address) -> String {
    format!("{} {} {}", a.email, a.kind, a.bounced_at.timestamp())
}
