use crate::errors::AppError;
use crate::ui::Icon;
use leads::admin_views::BulkLine;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// What became of each of the ticked rows.
#[component]
pub fn BulkLines(
    lines: Vec<BulkLine>,
    /// Where their pages are.
    #[prop(default = "/app/admin/leads")]
    base: &'static str,
) -> impl IntoView {
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
                        <a href=format!("{base}/{}", line.id) class="link">
                            {line.name}
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

/// Where a form that was posted without script goes: back to its list as it was, which says to which rows it was not done.
/// Errors: `Conflict`, for those; the others are done.
#[cfg(feature = "ssr")]
pub fn plain_form_tells(lines: &[BulkLine], path: &str, back: &str) -> Result<(), AppError> {
    let not_done: Vec<String> = lines.iter().filter(|line| !line.is_done).map(|line| format!("{} {}", line.name, line.words)).collect();
    if crate::errors::is_plain_form() && !not_done.is_empty() {
        let message = format!("{}. All others are done.", not_done.join("; "));
        return Err(kernel::Problem::conflict("not_all_done", message).into());
    }
    crate::errors::plain_form_goes_back(path, back);
    Ok(())
}

/// How many of the ticked rows it was done to; none where it was done to no row.
pub fn number_done(lines: &[BulkLine]) -> Option<i64> {
    i64::try_from(lines.iter().filter(|line| line.is_done).count()).ok().filter(|number| *number > 0)
}

/// The ticked rows of an action's last run to which it was not done, and why.
#[component]
pub fn NotDone<S>(action: ServerAction<S>, base: &'static str) -> impl IntoView
where
    S: ServerFn<Error = AppError, Output = Vec<BulkLine>> + Clone + Send + Sync + 'static,
{
    let lines = move || {
        let lines = action.value().get().and_then(Result::ok).unwrap_or_default();
        lines.into_iter().filter(|line| !line.is_done).collect::<Vec<_>>()
    };
    view! { <div role="status">{move || view! { <BulkLines lines=lines() base/> }}</div> }
}
