use super::table::with_query;
use super::{Column, DataTable, Empty, ErrorView, LinkButton, Pager, SkeletonTable, later};
use crate::errors::AppError;
use kernel::Listed;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A list from the server in its four states. When it is fetched anew, rows that did not change stay
/// the same elements: focus and scroll stay where they are.
#[component]
pub fn LiveTable<T, F, V>(
    resource: Resource<Result<Listed<T>, AppError>>,
    #[prop(into)] caption: String,
    columns: Vec<Column>,
    limit: i64,
    /// A row's identity and everything of it that may change.
    key: fn(&T) -> String,
    /// What to say when there is nothing.
    #[prop(into)]
    empty: ViewFn,
    /// Draws a [`Row`](super::Row).
    row: F,
) -> impl IntoView
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    F: Fn(T) -> V + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let list = view! {
        <div>
            <Transition fallback=|| later(|| view! { <SkeletonTable/> }.into_any())>
                <Body resource caption=caption.clone() columns=columns.clone() limit key empty=empty.clone() row/>
            </Transition>
        </div>
    }
    .into_any();
    later(|| list)
}

#[derive(Clone, PartialEq)]
enum Shape {
    Failed(AppError),
    Empty,
    /// A page after the last.
    Beyond,
    Full,
}

#[component]
fn Body<T, F, V>(
    resource: Resource<Result<Listed<T>, AppError>>,
    caption: String,
    columns: Vec<Column>,
    limit: i64,
    key: fn(&T) -> String,
    empty: ViewFn,
    row: F,
) -> impl IntoView
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    F: Fn(T) -> V + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let query = use_query_map();
    let row = StoredValue::new(row);
    let retry = Callback::new(move |()| resource.refetch());
    let shape = memo(move || {
        resource.get().map(|result| match result {
            Err(error) => Shape::Failed(error),
            Ok(list) if !list.items.is_empty() => Shape::Full,
            Ok(list) if list.total > 0 => Shape::Beyond,
            Ok(_) => Shape::Empty,
        })
    });
    let list = move || resource.get().and_then(Result::ok);
    let items = move || list().map(|l| l.items).unwrap_or_default();
    let total = memo(move || list().map_or(0, |l| l.total));
    move || {
        shape.get().map(|shape| match shape {
            Shape::Failed(error) => view! {
                <div class="panel">
                    <ErrorView error on_retry=retry/>
                </div>
            }
            .into_any(),
            Shape::Empty => view! { <div class="panel">{empty.run()}</div> }.into_any(),
            Shape::Beyond => view! {
                <div class="panel">
                    <Empty title="Nothing on this page" text="The list has become shorter since you were here.">
                        <LinkButton href=query.with_untracked(|q| with_query(q, "page", ""))>"First page"</LinkButton>
                    </Empty>
                </div>
            }
            .into_any(),
            Shape::Full => view! {
                <DataTable caption=caption.clone() columns=columns.clone()>
                    <For each=items key=key children=move |item| later(move || row.with_value(|draw| draw(item).into_any()))/>
                </DataTable>
                {move || view! { <Pager total=total.get() limit/> }}
            }
            .into_any(),
        })
    }
}

/// A memo in the browser. The server draws once and in several threads: a memo that is at work there when its resource
/// arrives would keep that there is nothing.
fn memo<T: Clone + PartialEq + Send + Sync + 'static>(work_out: impl Fn() -> T + Send + Sync + 'static) -> Signal<T> {
    if cfg!(feature = "ssr") { Signal::derive(work_out) } else { Memo::new(move |_| work_out()).into() }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn the_server_misses_nothing_that_arrives_while_it_reads() {
        let owner = Owner::new();
        let (before, after) = owner.with(|| {
            let arrived = ArcRwSignal::new(false);
            let seen = memo(move || {
                let was_there = arrived.get();
                let late = arrived.clone();
                thread::spawn(move || late.set(true)).join().map(|()| was_there).unwrap_or_default()
            });
            (seen.get_untracked(), seen.get_untracked())
        });
        assert!(!before && after);
    }
}
