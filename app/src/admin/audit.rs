#[cfg(feature = "ssr")]
use super::audit_shown::{action_of, contractor_id, name_all};
use crate::errors::AppError;
use crate::live::use_live;
use crate::saved_views::SavedViews;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::text::sentence;
use crate::ui::{
    Cell, Choice, Column, DateFilter, Empty, ExactTime, ExportLink, Filters, LinkButton, LiveTable, PageHead, ROWS, Row, SearchFilter,
    SelectFilter, page_of,
};
use chrono::{DateTime, Utc};
use kernel::{Id, Listed};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};

/// What the address may filter by.
const KEYS: [&str; 5] = ["actor", "action", "subject", "startDate", "endDate"];

/// Something that somebody did by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    pub id: Id,
    /// `admin`, `contractor:<id>`, `system`.
    pub actor: String,
    /// Their name, as far as anybody has one.
    pub by: String,
    /// As stored: `contractor_approved`.
    pub action: String,
    pub subject_id: Id,
    /// What it was done to, in words.
    pub about: String,
    /// Names and values.
    pub detail: Vec<(String, String)>,
    pub at: DateTime<Utc>,
}

/// What the log can be filtered by: actors and actions, as stored and in words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    pub actors: Vec<(String, String)>,
    pub actions: Vec<(String, String)>,
}

/// What was done by hand, newest first unless `sort` is `when`. `subject` is an id, or the beginning of a name or an e-mail address.
/// Days are whole UTC days, the last inclusive (decision 31). Words that cannot be read are no filter.
#[server(prefix = "/rpc", endpoint = "admin_audit")]
pub async fn list_actions(
    actor: Option<String>,
    action: Option<String>,
    subject: Option<String>,
    start_date: Option<String>,
    end_date: Option<String>,
    sort: Option<String>,
    offset: i64,
) -> Result<Listed<Action>, AppError> {
    use platform::audit::AuditFilter;
    let caller = admin_caller().await?;
    let word = |text: Option<String>| text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty() && !t.contains('\0'));
    let filter = AuditFilter {
        actor: word(actor),
        action: word(action),
        subject: word(subject),
        from: crate::days::start(start_date.as_deref()),
        until: crate::days::end(end_date.as_deref()),
        oldest_first: sort.as_deref() == Some("when"),
        page: kernel::Page { limit: ROWS, offset: offset.max(0) },
    };
    let ctx = ctx()?;
    let list = platform::audit::list(&ctx, &caller, &filter).await?;
    let mut items: Vec<Action> = list.items.into_iter().map(action_of).collect();
    let ids = items
        .iter()
        .flat_map(|a| [contractor_id(&a.actor), a.subject_id.as_str()].into_iter().chain(a.detail.iter().map(|(_, v)| v.as_str())));
    let names = leads::admin_desk::names_of(&ctx, &caller, ids.filter(|id| is_id(id)).map(str::to_owned).collect()).await?;
    for action in &mut items {
        name_all(action, |id| names.get(id).cloned());
    }
    Ok(Listed { items, total: list.total })
}

/// What the log can be filtered by.
#[server(prefix = "/rpc", endpoint = "admin_audit_words")]
pub async fn list_words() -> Result<Words, AppError> {
    let caller = admin_caller().await?;
    let ctx = ctx()?;
    let words = platform::audit::words(&ctx, &caller).await?;
    let ids = words.actors.iter().map(|actor| contractor_id(actor).to_owned()).filter(|id| is_id(id));
    let names = leads::admin_desk::names_of(&ctx, &caller, ids.collect()).await?;
    let by = |actor: String| {
        let name = names.get(contractor_id(&actor)).cloned();
        let label = name.unwrap_or_else(|| crate::text::actor_name(&actor));
        (actor, label)
    };
    let action = |action: String| {
        let label = sentence(&action);
        (action, label)
    };
    Ok(Words { actors: words.actors.into_iter().map(by).collect(), actions: words.actions.into_iter().map(action).collect() })
}

pub(super) fn is_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// The page of what was done to.
fn subject_page(actor: &str, action: &str, subject: &str) -> Option<String> {
    let begins = |words: &[&str]| words.iter().any(|word| action.starts_with(word));
    if begins(&["webhook_"]) {
        Some(format!("/app/admin/webhooks/{subject}"))
    } else if begins(&["staff_"]) {
        Some(format!("/app/admin/staff/{subject}"))
    } else if begins(&["lead_source_"]) {
        Some("/app/admin/sources".into())
    } else if begins(&["dispute_"]) {
        Some(format!("/app/admin/disputes/{subject}"))
    } else if begins(&["lead_"]) {
        Some(format!("/app/admin/leads/{subject}"))
    } else if begins(&["contractor_", "credit_refunded"])
        || (begins(&["password_"]) && actor.starts_with("contractor:"))
        || (action == "invoice_run" && !subject.is_empty())
    {
        Some(format!("/app/admin/contractors/{subject}"))
    } else if begins(&["scoring_"]) {
        Some("/app/admin/scoring".into())
    } else if begins(&["job_"]) {
        Some("/app/admin/jobs".into())
    } else if begins(&["bounce_"]) {
        Some("/app/admin/bounced".into())
    } else if begins(&["tracking_"]) {
        Some("/app/admin/numbers".into())
    } else if begins(&["backup_"]) {
        Some("/app/admin/backups".into())
    } else {
        None
    }
}

/// As much of an id as tells it from others on a page.
pub(super) fn end_of(id: &str) -> &str {
    id.get(id.len().saturating_sub(6)..).unwrap_or(id)
}

/// Who changed what by hand, and when.
#[component]
pub fn AuditPage() -> impl IntoView {
    let query = use_query_map();
    let live = use_live(&[]);
    let asked = Memo::new(move |_| query.with(|q| (KEYS.map(|key| q.get(key)), q.get("sort"), page_of(q, ROWS).offset)));
    let actions = Resource::new(
        move || (asked.get(), live.version.get()),
        |(([actor, action, subject, start_date, end_date], sort, offset), _)| {
            list_actions(actor, action, subject, start_date, end_date, sort, offset)
        },
    );
    let words = Resource::new(|| (), |()| list_words());
    let columns =
        vec![Column::new("Done"), Column::new("By"), Column::new("When").sort_up("when"), Column::new("About"), Column::new("Details")];
    let empty = move || {
        if query.with(|q| KEYS.iter().any(|key| q.get(key).is_some_and(|v| !v.is_empty()))) {
            view! {
                <Empty icon="search" title="Nothing here" text="Nothing that was done matches these filters.">
                    <LinkButton href="/app/admin/audit">"Show everything"</LinkButton>
                </Empty>
            }
            .into_any()
        } else {
            view! {
                <Empty icon="list" title="Nothing yet" text="What you and others change by hand is written down here for good: approvals, credits, prices, keys.">
                    <LinkButton href="/app/admin">"Back to the overview"</LinkButton>
                </Empty>
            }
            .into_any()
        }
    };
    let row = |a: Action| {
        let page = subject_page(&a.actor, &a.action, &a.subject_id);
        let (subject, named) = (a.subject_id, a.about.clone());
        let about = match page {
            Some(href) => view! { <a href=href class="link break-words" title=subject.clone()>{a.about}</a> }.into_any(),
            None => view! { <span class="break-words" title=subject.clone()>{a.about}</span> }.into_any(),
        };
        let by = match a.actor.strip_prefix("contractor:") {
            Some(id) => view! { <a href=format!("/app/admin/contractors/{id}") class="link">{a.by}</a> }.into_any(),
            None => a.by.into_any(),
        };
        let detail = a
            .detail
            .into_iter()
            .filter(|(_, value)| *value != subject && *value != named)
            .map(|(name, value)| {
                let value = match value.parse::<DateTime<Utc>>() {
                    Ok(at) => view! { <ExactTime at/> }.into_any(),
                    Err(_) if is_id(&value) => view! { <span title=value.clone()>{format!("…{}", end_of(&value))}</span> }.into_any(),
                    Err(_) => value.into_any(),
                };
                view! {
                    <span class="block break-words">
                        <span class="text-muted">{format!("{name}: ")}</span>
                        {value}
                    </span>
                }
            })
            .collect_view();
        view! {
            <Row>
                <Cell label="Done" primary=true>
                    <span class="font-medium">{sentence(&a.action)}</span>
                </Cell>
                <Cell label="By">{by}</Cell>
                <Cell label="When">
                    <ExactTime at=a.at/>
                </Cell>
                <Cell label="About">
                    <span class="text-sm">{about}</span>
                </Cell>
                <Cell label="Details">
                    <span class="block min-w-0 max-w-prose text-sm">{detail}</span>
                </Cell>
            </Row>
        }
    };
    let choices = move |pick: fn(Words) -> Vec<(String, String)>| {
        let words = words.get().and_then(Result::ok).unwrap_or_default();
        pick(words).into_iter().map(|(word, label)| Choice::new(word, label)).collect::<Vec<_>>()
    };
    view! {
        <PageHead title="Audit log" subtitle="Who changed what by hand. Nothing here can be changed or removed.">
            <ExportLink what="audit" keys=&KEYS/>
        </PageHead>
        <SavedViews page="audit" keys=&KEYS/>
        <Filters>
            <SearchFilter name="subject" placeholder="Business, name, e-mail or id"/>
            <Transition fallback=|| {
                view! {
                    <SelectFilter name="actor" label="By" options=Vec::new()/>
                    <SelectFilter name="action" label="Action" options=Vec::new()/>
                }
            }>
                {move || {
                    let actors = choices(|w| w.actors);
                    let actions = choices(|w| w.actions);
                    words
                        .get()
                        .map(|_| {
                            view! {
                                <SelectFilter name="actor" label="By" options=actors/>
                                <SelectFilter name="action" label="Action" options=actions/>
                            }
                        })
                }}
            </Transition>
            <DateFilter name="startDate" label="From"/>
            <DateFilter name="endDate" label="To"/>
        </Filters>
        <LiveTable resource=actions caption="What was done by hand" columns limit=ROWS key=|a| a.id.clone() empty row/>
    }
}

#[cfg(test)]
mod tests {
    use super::subject_page;

    #[test]
    fn subjects_have_their_pages() {
        assert_eq!(subject_page("admin", "webhook_replayed", "w1").as_deref(), Some("/app/admin/webhooks/w1"));
        assert_eq!(subject_page("admin", "lead_source_created", "s1").as_deref(), Some("/app/admin/sources"));
        assert_eq!(subject_page("admin", "dispute_resolved", "d1").as_deref(), Some("/app/admin/disputes/d1"));
        assert_eq!(subject_page("admin", "two_factor_on", "a1"), None);
        assert_eq!(subject_page("contractor:c1", "password_changed", "c1").as_deref(), Some("/app/admin/contractors/c1"));
        assert_eq!(subject_page("staff:s1", "password_changed", "s1"), None);
    }
}
