use crate::errors::AppError;
use crate::live::use_live;
use crate::saved_views::SavedViews;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
#[cfg(feature = "ssr")]
use crate::text::capital;
use crate::ui::{
    Badge, Cell, Choice, Column, Empty, Filters, LinkButton, LiveTable, PageHead, ROWS, Row, SearchFilter, SelectFilter, TimeAgo, Tone,
    choices, page_of,
};
use chrono::{DateTime, Utc};
use kernel::{Id, Listed, WebhookProvider, WebhookResult};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};

/// What the address may filter by.
const KEYS: [&str; 4] = ["provider", "result", "event", "id"];

/// A webhook that arrived, without its body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    pub id: Id,
    pub provider: WebhookProvider,
    /// The provider's id of the event, or a digest of what it says.
    pub event_id: Option<String>,
    /// What it tells: `call-status`.
    pub kind: String,
    pub is_signed: bool,
    /// The beginning only of the body is kept.
    pub is_cut: bool,
    pub result: WebhookResult,
    pub error: Option<String>,
    pub received_at: DateTime<Utc>,
    pub replayed_at: Option<DateTime<Utc>>,
}

#[cfg(feature = "ssr")]
impl From<platform::webhooks::Webhook> for Hook {
    fn from(w: platform::webhooks::Webhook) -> Hook {
        Hook {
            id: w.id,
            provider: w.provider,
            event_id: w.event_id,
            kind: w.kind,
            is_signed: w.is_signed,
            is_cut: w.is_cut,
            result: w.result,
            error: w.error.map(|why| capital(&why)),
            received_at: w.received_at,
            replayed_at: w.replayed_at,
        }
    }
}

/// The webhooks that the filters leave, newest first unless `sort` is `received`. Words that mean nothing are no filter.
#[server(prefix = "/rpc", endpoint = "admin_webhooks")]
pub async fn list_webhooks(
    provider: Option<String>,
    result: Option<String>,
    event: Option<String>,
    id: Option<String>,
    sort: Option<String>,
    offset: i64,
) -> Result<Listed<Hook>, AppError> {
    use platform::webhooks::WebhookFilter;
    let caller = admin_caller().await?;
    let word = |text: Option<String>| text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty() && !t.contains('\0'));
    let filter = WebhookFilter {
        provider: provider.and_then(|word| word.parse().ok()),
        result: result.and_then(|word| word.parse().ok()),
        kind: word(event),
        event_id: word(id),
        oldest_first: sort.as_deref() == Some("received"),
        page: kernel::Page { limit: ROWS, offset: offset.max(0) },
    };
    let list = platform::webhooks::list(&ctx()?, &caller, &filter).await?;
    Ok(Listed { items: list.items.into_iter().map(Hook::from).collect(), total: list.total })
}

/// The events that have arrived, for the filter.
#[server(prefix = "/rpc", endpoint = "admin_webhook_kinds")]
pub async fn list_kinds() -> Result<Vec<String>, AppError> {
    let caller = admin_caller().await?;
    Ok(platform::webhooks::list_kinds(&ctx()?, &caller).await?)
}

/// What the providers told us, and what became of it.
#[component]
pub fn WebhooksPage() -> impl IntoView {
    let query = use_query_map();
    let live = use_live(&[]);
    let asked = Memo::new(move |_| query.with(|q| (KEYS.map(|key| q.get(key)), q.get("sort"), page_of(q, ROWS).offset)));
    let hooks = Resource::new(
        move || (asked.get(), live.version.get()),
        |(([provider, result, event, id], sort, offset), _)| list_webhooks(provider, result, event, id, sort, offset),
    );
    let kinds = Resource::new(|| (), |()| list_kinds());
    let columns = vec![
        Column::new("Event"),
        Column::new("Provider"),
        Column::new("Signature"),
        Column::new("Result"),
        Column::new("Why"),
        Column::new("Received").sort_up("received"),
    ];
    let empty = move || {
        if query.with(|q| KEYS.iter().any(|key| q.get(key).is_some_and(|v| !v.is_empty()))) {
            view! {
                <Empty icon="search" title="No webhooks here" text="No webhook of the last 30 days matches these filters.">
                    <LinkButton href="/app/admin/webhooks">"Show all webhooks"</LinkButton>
                </Empty>
            }
            .into_any()
        } else {
            view! {
                <Empty icon="bolt" title="No webhooks yet" text="What Twilio, Stripe and SendGrid tell us about calls, payments and mail appears here.">
                    <LinkButton href="/app/admin/settings">"See what is connected"</LinkButton>
                </Empty>
            }
            .into_any()
        }
    };
    let row = |hook: Hook| {
        let kind = hook.kind.clone();
        view! {
            <Row href=format!("/app/admin/webhooks/{}", hook.id)>
                <Cell label="Event" primary=true>
                    <span class="break-all">{kind}</span>
                </Cell>
                <Cell label="Provider">{hook.provider.label()}</Cell>
                <Cell label="Signature">
                    <SignatureBadge is_signed=hook.is_signed/>
                </Cell>
                <Cell label="Result">
                    <ResultBadge result=hook.result/>
                </Cell>
                <Cell label="Why">
                    <span class="max-w-prose break-words text-sm">{hook.error}</span>
                </Cell>
                <Cell label="Received">
                    <TimeAgo at=hook.received_at/>
                </Cell>
            </Row>
        }
    };
    view! {
        <PageHead title="Webhooks" subtitle="What providers told us in the last 30 days, and what became of it"/>
        <SavedViews page="webhooks" keys=&KEYS/>
        <Filters>
            <SearchFilter name="id" placeholder="The provider's id of the event"/>
            <SelectFilter name="provider" label="Provider" options=choices(WebhookProvider::ALL, WebhookProvider::as_str, WebhookProvider::label)/>
            <SelectFilter name="result" label="Result" options=choices(WebhookResult::ALL, WebhookResult::as_str, WebhookResult::label)/>
            <Transition fallback=|| {
                view! { <SelectFilter name="event" label="Event" options=Vec::new()/> }
            }>
                {move || {
                    kinds
                        .get()
                        .map(|kinds| {
                            let options = kinds.unwrap_or_default().into_iter().map(|kind| Choice::new(kind.clone(), kind)).collect();
                            view! { <SelectFilter name="event" label="Event" options/> }
                        })
                }}
            </Transition>
        </Filters>
        <LiveTable resource=hooks caption="Webhooks" columns limit=ROWS key=row_key empty row/>
    }
}

fn row_key(hook: &Hook) -> String {
    format!("{} {} {:?}", hook.id, hook.result, hook.replayed_at)
}

/// What became of a webhook.
#[component]
pub(super) fn ResultBadge(result: WebhookResult) -> impl IntoView {
    let tone = match result {
        WebhookResult::Processed => Tone::Good,
        WebhookResult::Failed | WebhookResult::Rejected => Tone::Bad,
        WebhookResult::Mismatch => Tone::Warn,
        WebhookResult::Duplicate | WebhookResult::Ignored => Tone::Neutral,
    };
    view! { <Badge tone>{result.label()}</Badge> }
}

/// Whether the provider signed it.
#[component]
pub(super) fn SignatureBadge(is_signed: bool) -> impl IntoView {
    let (tone, words) = if is_signed { (Tone::Good, "Right signature") } else { (Tone::Bad, "Wrong signature") };
    view! { <Badge tone>{words}</Badge> }
}
