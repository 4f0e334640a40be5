use crate::errors::AppError;
use crate::live::use_live;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::ui::{
    Badge, Cell, Column, Empty, Filters, FormErrors, LinkButton, LiveTable, PageHead, Row, SearchFilter, SubmitButton, TimeAgo, Tone,
    Variant, action_error, page_of, use_toasts,
};
use chrono::{DateTime, Utc};
use kernel::{Listed, Permission};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};

/// Addresses on one page of the list.
const LIMIT: i64 = 50;

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

/// The addresses that are held back, newest first (seed 000, Get Bounced Emails).
#[server(prefix = "/rpc", endpoint = "admin_bounced")]
pub async fn list_bounced(q: Option<String>, offset: i64) -> Result<Listed<Address>, AppError> {
    let caller = admin_caller().await?;
    let page = kernel::Page { limit: LIMIT, offset: offset.max(0) };
    let q = q.filter(|q| !q.contains('\0'));
    let list = leads::bounces::list(&ctx()?, &caller, q.as_deref(), page).await?;
    let address = |b: leads::bounces::Bounced| Address {
        owner: b.business_name.or_else(|| b.is_customer.then(|| "Customer".to_owned())),
        email: b.email,
        kind: b.kind,
        reason: b.reason,
        bounced_at: b.bounced_at,
    };
    Ok(Listed { items: list.items.into_iter().map(address).collect(), total: list.total })
}

/// Lets mail go to an address again.
#[server(prefix = "/rpc", endpoint = "admin_lift_bounce")]
pub async fn lift_bounce(email: String) -> Result<String, AppError> {
    let caller = admin_caller().await?;
    Ok(leads::bounces::lift(&ctx()?, &caller, &email).await?)
}

/// Holds mail to an address back again, as before that was lifted.
#[server(prefix = "/rpc", endpoint = "admin_restore_bounce")]
pub async fn restore_bounce(email: String) -> Result<String, AppError> {
    let caller = admin_caller().await?;
    Ok(leads::bounces::restore(&ctx()?, &caller, &email.replace('\0', "")).await?)
}

/// Addresses that mail could not reach, so that none is sent there.
#[component]
pub fn BouncedPage() -> impl IntoView {
    let query = use_query_map();
    let live = use_live(&[]);
    let (lift, restore) = (ServerAction::<LiftBounce>::new(), ServerAction::<RestoreBounce>::new());
    let toasts = use_toasts();
    Effect::new(move |_| {
        if let Some(Ok(email)) = lift.value().get() {
            toasts.undoable(format!("{email} gets mail again."), move || {
                restore.dispatch(RestoreBounce { email: email.clone() });
            });
        }
    });
    Effect::new(move |_| match restore.value().get() {
        Some(Ok(email)) => toasts.success(format!("{email} gets no mail, as before.")),
        Some(Err(error)) => toasts.error(error.message),
        None => {}
    });
    let asked = Memo::new(move |_| query.with(|q| (q.get("q"), page_of(q, LIMIT).offset)));
    let changed = move || (live.version.get(), lift.version().get(), restore.version().get());
    let addresses = Resource::new(move || (asked.get(), changed()), |((q, offset), _)| list_bounced(q, offset));
    let columns =
        vec![Column::new("Address"), Column::new("Whose"), Column::new("What happened"), Column::new("When"), Column::new("Action")];
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
        let pending = Signal::derive(move || lift.pending().get() && lift.input().with(|i| i.as_ref().is_some_and(|i| i.email == own)));
        let (tone, words) = match a.kind.as_str() {
            "spamreport" => (Tone::Bad, "Reported as spam"),
            "dropped" => (Tone::Warn, "Not sent"),
            _ => (Tone::Warn, "Not delivered"),
        };
        view! {
            <Row>
                <Cell label="Address" primary=true>
                    <span class="break-all font-medium">{shown}</span>
                </Cell>
                <Cell label="Whose">{a.owner.unwrap_or_else(|| "–".to_owned())}</Cell>
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
                    <ActionForm action=lift attr:data-needs=Permission::Contractors.as_str()>
                        <input type="hidden" name="email" value=a.email/>
                        <SubmitButton variant=Variant::Secondary small=true pending>
                            "Send mail again"
                            <span class="sr-only">{format!(" to {email}")}</span>
                        </SubmitButton>
                    </ActionForm>
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
        <LiveTable resource=addresses caption="Bounced addresses" columns limit=LIMIT key=row_key empty row/>
    }
}

fn row_key(a: &Address) -> String {
    format!("{} {} {}", a.email, a.kind, a.bounced_at.timestamp())
}
