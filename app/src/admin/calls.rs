use crate::errors::AppError;
use crate::format;
use crate::live::use_live;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::ui::{
    CallBadge, Cell, Column, Empty, Filters, LinkButton, LiveTable, PageHead, PhoneLink, ROWS, Row, SearchFilter, TimeAgo, number_text,
    page_of,
};
use chrono::TimeDelta;
use kernel::{Listed, Phone};
use leads::views::CallView;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// The calls that belong to no lead, newest first unless sorted otherwise (decision 26).
#[server(prefix = "/rpc", endpoint = "admin_unmatched_calls")]
pub async fn list_unmatched_calls(q: Option<String>, sort: Option<String>, offset: i64) -> Result<Listed<CallView>, AppError> {
    use leads::calls::{CallSort, UnmatchedFilter};
    let caller = admin_caller().await?;
    let order = kernel::Order::read(sort.as_deref()).unwrap_or(kernel::Order::down(CallSort::When));
    let page = kernel::Page { limit: ROWS, offset: offset.max(0) };
    let filter = UnmatchedFilter { q: q.filter(|q| !q.contains('\0')), order, page };
    Ok(leads::calls::list_unmatched(&ctx()?, &caller, &filter).await?)
}

/// Calls over our numbers that fit no lead: somebody else dialled, or the number rests.
#[component]
pub fn UnmatchedCallsPage() -> impl IntoView {
    let query = use_query_map();
    let live = use_live(&["call_logged"]);
    let asked = Memo::new(move |_| query.with(|q| (q.get("q"), q.get("sort"), page_of(q, ROWS).offset)));
    let calls = Resource::new(move || (asked.get(), live.version.get()), |((q, sort, offset), _)| list_unmatched_calls(q, sort, offset));
    let columns = vec![
        Column::new("From"),
        Column::new("Number called"),
        Column::new("When").sort_up("when"),
        Column::new("Length").numeric().sort("length"),
        Column::new("Status"),
    ];
    let empty = move || {
        if query.with(|q| q.get("q").is_some_and(|q| !q.is_empty())) {
            view! {
                <Empty icon="search" title="No such calls" text="No call without a lead has these figures in either number.">
                    <LinkButton href="/app/admin/calls">"Show all calls without a lead"</LinkButton>
                </Empty>
            }
            .into_any()
        } else {
            view! {
                <Empty icon="phone" title="Every call has its lead" text="A call over one of our numbers that fits no lead appears here. It is never charged.">
                    <LinkButton href="/app/admin/numbers">"See the numbers"</LinkButton>
                </Empty>
            }
            .into_any()
        }
    };
    let row = move |call: CallView| {
        let length = call.duration_seconds.map(|seconds| format::span(TimeDelta::seconds(seconds)));
        view! {
            <Row>
                <Cell label="From" primary=true>
                    {match Phone::parse(&call.from) {
                        Some(phone) => view! { <PhoneLink phone/> }.into_any(),
                        None => view! { <span class="break-all">{number_text(&call.from)}</span> }.into_any(),
                    }}
                </Cell>
                <Cell label="Number called">
                    <span class="break-all tabular-nums">{number_text(&call.to)}</span>
                </Cell>
                <Cell label="When">
                    <TimeAgo at=call.created_at/>
                </Cell>
                <Cell label="Length" numeric=true>{length}</Cell>
                <Cell label="Status">
                    <CallBadge status=call.status/>
                </Cell>
            </Row>
        }
    };
    view! {
        <PageHead
            title="Calls without a lead"
            subtitle="Calls over our numbers that fit no lead. Nobody is charged for them."
            back=("/app/admin/numbers", "Tracking numbers")
        />
        <Filters>
            <SearchFilter placeholder="Figures of either number"/>
        </Filters>
        <LiveTable resource=calls caption="Calls without a lead" columns limit=ROWS key=row_key empty row/>
    }
}

fn row_key(call: &CallView) -> String {
    format!("{} {} {:?}", call.id, call.status, call.duration_seconds)
}
