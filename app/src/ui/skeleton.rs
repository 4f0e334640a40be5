use leptos::prelude::*;

/// Lines of text to come.
#[component]
pub fn SkeletonLines(#[prop(default = 3)] lines: usize) -> impl IntoView {
    let rows = (0..lines).map(|_| view! { <div class="bone h-4 last:w-3/5"></div> }).collect_view();
    view! {
        <Waiting>
            <div class="grid gap-3">{rows}</div>
        </Waiting>
    }
}

/// A table to come: as high as the table.
#[component]
pub fn SkeletonTable(#[prop(default = 8)] rows: usize) -> impl IntoView {
    let lines = (0..rows)
        .map(|_| {
            view! {
                <div class="flex h-14 items-center gap-6 border-b border-line px-4 last:border-0">
                    <div class="bone h-4 w-1/4"></div>
                    <div class="bone h-4 w-1/6"></div>
                    <div class="bone h-4 grow"></div>
                    <div class="bone h-4 w-16"></div>
                </div>
            }
        })
        .collect_view();
    view! {
        <Waiting>
            <div class="table-frame">{lines}</div>
        </Waiting>
    }
}

/// Figures to come.
#[component]
pub fn SkeletonTiles(
    #[prop(default = 4)] count: usize,
    /// As [`StatGrid`](super::StatGrid) has it.
    #[prop(optional)]
    lead: bool,
) -> impl IntoView {
    let tiles = (0..count)
        .map(|_| {
            view! {
                <div class="stat">
                    <div class="bone h-4 w-2/3"></div>
                    <div class="bone mt-3 h-7 w-1/2"></div>
                </div>
            }
        })
        .collect_view();
    view! {
        <Waiting>
            <div class=if lead { "stat-grid *:first:col-span-2" } else { "stat-grid" }>{tiles}</div>
        </Waiting>
    }
}

/// A chart to come.
#[component]
pub fn SkeletonChart() -> impl IntoView {
    view! {
        <Waiting>
            <div class="chart">
                <div class="bone h-4 w-1/3"></div>
                <div class="bone mt-4 h-52 w-full"></div>
            </div>
        </Waiting>
    }
}

/// Says to a screen reader what the grey boxes say to the eye.
#[component]
fn Waiting(children: Children) -> impl IntoView {
    view! {
        <div aria-busy="true">
            <span class="sr-only">"Loading"</span>
            <div aria-hidden="true">{children()}</div>
        </div>
    }
}
