use crate::ui::Icon;
use leads::admin_views::BulkLine;
use leptos::prelude::*;

/// What became of each of the ticked rows.
#[component]
pub fn BulkLines(lines: Vec<BulkLine>) -> impl IntoView {
    let is_empty = lines.is_empty();
    let items = lines
        .into_iter()
        .map(|line| {
            let (icon, tone) = if line.is_done { ("check", "tone-good") } else { ("alert", "tone-warn") };
            view! {
                <li class="flex items-start gap-3">
                    <span class=format!("mt-0.5 text-(--tone) {tone}")>
                        <Icon name=icon/>
                    </span>
                    <span class="min-w-0">
                        <a href=format!("/app/admin/leads/{}", line.lead_id) class="link">
                            {line.customer_name}
                        </a>
                        {format!(" {}", line.words)}
                    </span>
                </li>
            }
        })
        .collect_view();
    (!is_empty).then(|| {
        view! {
            <section class="panel panel-body mb-4">
                <h2 class="panel-title mb-2">"What became of them"</h2>
                <ul class="grid gap-2">{items}</ul>
            </section>
        }
    })
}
