use crate::errors::AppError;
use crate::live::use_live;
use crate::saved_views::SavedViews;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::text::{actor_name, sentence};
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
    /// As stored: `contractor_approved`.
    pub action: String,
    pub subject_id: Id,
    /// Names and values.
    pub detail: Vec<(String, String)>,
    pub at: DateTime<Utc>,
}

/// What the log can be filtered by: actors and actions, as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    pub actors: Vec<String>,
    pub actions: Vec<String>,
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
    let list = platform::audit::list(&ctx()?, &caller, &filter).await?;
    let action = |e: platform::audit::Entry| Action {
        id: e.id,
        actor: e.actor,
        action: e.action,
        subject_id: e.subject_id,
        detail: pairs(&e.detail),
        at: e.at,
    };
    Ok(Listed { items: list.items.into_iter().map(action).collect(), total: list.total })
}

/// What the log can be filtered by.
#[server(prefix = "/rpc", endpoint = "admin_audit_words")]
pub async fn list_words() -> Result<Words, AppError> {
    let caller = admin_caller().await?;
    let words = platform::audit::words(&ctx()?, &caller).await?;
    Ok(Words { actors: words.actors, actions: words.actions })
}

/// `{"businessName": "HVAC Pros"}` reads `Business name: HVAC Pros`. What says nothing is left out.
#[cfg(any(feature = "ssr", test))]
fn pairs(detail: &serde_json::Value) -> Vec<(String, String)> {
    use serde_json::Value;
    let shown = |key: &str, value: &Value| match value {
        Value::Null => None,
        Value::String(word) if word.contains('_') && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') => Some(sentence(word)),
        Value::String(text) => Some(text.clone()).filter(|t| !t.is_empty()),
        Value::Number(dollars) if key.to_lowercase().ends_with("amount") => {
            dollars.as_f64().and_then(kernel::Money::of_dollars).map(|amount| amount.to_string())
        }
        other => Some(other.to_string()),
    };
    let name = |key: &str| {
        let mut words = String::new();
        for c in key.chars() {
            if c.is_uppercase() {
                words.push(' ');
            }
            words.extend(c.to_lowercase());
        }
        sentence(&words)
    };
    let fields = detail.as_object().into_iter().flatten();
    fields.filter(|(key, _)| *key != "etag").filter_map(|(key, value)| Some((name(key), shown(key, value)?))).collect()
}

/// The page of what was done to.
fn subject_page(action: &str, subject: &str) -> Option<String> {
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
    } else if begins(&["contractor_", "credit_refunded", "password_"]) || (action == "invoice_run" && !subject.is_empty()) {
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

/// What was done to, in words: by the name among the details; else an id by its end.
fn about(action: &Action) -> String {
    let name = action.detail.iter().find(|(name, _)| matches!(name.as_str(), "Business name" | "Name"));
    let subject = &action.subject_id;
    name.map_or_else(|| if subject.len() == 32 { format!("…{}", end_of(subject)) } else { subject.clone() }, |(_, name)| name.clone())
}

/// As much of an id as tells it from others on a page.
fn end_of(id: &str) -> &str {
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
        let page = subject_page(&a.action, &a.subject_id);
        let (subject, words) = (a.subject_id.clone(), about(&a));
        let named = words.clone();
        let about = match page {
            Some(href) => view! { <a href=href class="link break-words" title=subject.clone()>{words}</a> }.into_any(),
            None => view! { <span class="break-words" title=subject.clone()>{words}</span> }.into_any(),
        };
        let by = match a.actor.strip_prefix("contractor:") {
            Some(id) => view! { <a href=format!("/app/admin/contractors/{id}") class="link">"Contractor"</a> }.into_any(),
            None => actor_name(&a.actor).into_any(),
        };
        let detail = a
            .detail
            .into_iter()
            .filter(|(_, value)| *value != subject && *value != named)
            .map(|(name, value)| {
                let is_id = value.len() == 32 && value.bytes().all(|b| b.is_ascii_hexdigit());
                let value = match value.parse::<DateTime<Utc>>() {
                    Ok(at) => view! { <ExactTime at/> }.into_any(),
                    Err(_) if is_id => view! { <span title=value.clone()>{format!("…{}", end_of(&value))}</span> }.into_any(),
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
    let choices = move |pick: fn(Words) -> Vec<String>, name: fn(&str) -> String| {
        let words = words.get().and_then(Result::ok).unwrap_or_default();
        pick(words).into_iter().map(|word| Choice::new(word.clone(), name(&word))).collect::<Vec<_>>()
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
                    let actors = choices(|w| w.actors, actor_choice);
                    let actions = choices(|w| w.actions, sentence);
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

/// Contractors are told apart by the end of their ids.
fn actor_choice(actor: &str) -> String {
    match actor.strip_prefix("contractor:") {
        Some(id) => format!("Contractor …{}", end_of(id)),
        None => actor_name(actor),
    }
}

#[cfg(test)]
mod tests {
    use super::{pairs, subject_page};
    use serde_json::json;

    #[test]
    fn details_are_words() {
        let detail = json!({ "businessName": "HVAC Pros", "was": null, "added": 3, "etag": "x", "note": "" });
        let words: Vec<String> = pairs(&detail).into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
        assert_eq!(words, ["Added: 3", "Business name: HVAC Pros"]);
        assert!(pairs(&json!("text")).is_empty());
        let credit: Vec<String> =
            pairs(&json!({ "creditAmount": 1100.0, "resolution": "partial_credit" })).into_iter().map(|(_, value)| value).collect();
        assert_eq!(credit, ["$1,100.00", "Partial credit"]);
    }

    #[test]
    fn subjects_have_their_pages() {
        assert_eq!(subject_page("webhook_replayed", "w1").as_deref(), Some("/app/admin/webhooks/w1"));
        assert_eq!(subject_page("lead_source_created", "s1").as_deref(), Some("/app/admin/sources"));
        assert_eq!(subject_page("dispute_resolved", "d1").as_deref(), Some("/app/admin/disputes/d1"));
        assert_eq!(subject_page("two_factor_on", "a1"), None);
    }
}
