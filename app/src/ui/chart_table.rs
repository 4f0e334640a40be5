use leptos::prelude::*;

/// The numbers behind small lines: a row for each point, a column for each line. Folded, since the lines come first.
#[component]
pub fn ChartTable(
    #[prop(into)] title: String,
    /// The first is the heading of the rows' names.
    columns: Vec<&'static str>,
    /// A value for each column; an empty text is none.
    rows: Vec<Vec<String>>,
) -> impl IntoView {
    let heads = columns
        .iter()
        .enumerate()
        .map(|(i, label)| {
            let numeric = i > 0;
            view! { <th scope="col" class:numeric=numeric>{*label}</th> }
        })
        .collect_view();
    let rows = rows
        .into_iter()
        .map(|row| {
            let mut row = columns.iter().copied().zip(row);
            let name = row.next().map(|(_, name)| view! { <td role="cell" class="primary">{name}</td> });
            let values = row
                .map(
                    |(label, value)| view! { <td role="cell" class="numeric" data-label=label>{(!value.is_empty()).then_some(value)}</td> },
                )
                .collect_view();
            view! { <tr role="row" class="data-row">{name}{values}</tr> }
        })
        .collect_view();
    let label = title.clone();
    view! {
        <details class="fold min-w-0">
            <summary>{title.clone()}</summary>
            <div class="table-frame" tabindex="0" role="region" aria-label=label>
                <table class="data-table" role="table">
                    <caption class="sr-only">{title}</caption>
                    <thead role="rowgroup">
                        <tr role="row">{heads}</tr>
                    </thead>
                    <tbody role="rowgroup">{rows}</tbody>
                </table>
            </div>
        </details>
    }
}
