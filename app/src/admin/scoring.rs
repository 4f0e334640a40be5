use super::scoring_form::{DraftCard, DraftForm};
use super::scoring_result::WhatIfView;
#[cfg(feature = "ssr")]
use crate::errors::plain_form_goes_to;
use crate::errors::{AppError, ErrorKind};
use crate::live::use_live;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::text;
use crate::ui::{
    Badge, Button, Card, Cell, Column, DataTable, Dialog, ExactTime, FormErrors, Load, PageHead, Row, SkeletonLines, SkeletonTiles,
    SubmitButton, Tone, Variant, action_error, use_toasts,
};
use kernel::Permission;
use leads::scoring_versions::{ScoringDesk, ScoringVersion, WhatIf};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

#[cfg(feature = "ssr")]
const HERE: &str = "/app/admin/scoring";

/// The model that holds, its draft, and those that held before.
#[server(prefix = "/rpc", endpoint = "admin_scoring")]
pub async fn load_scoring() -> Result<ScoringDesk, AppError> {
    let caller = admin_caller().await?;
    Ok(leads::scoring_versions::desk(&ctx()?, &caller).await?)
}

/// Makes or replaces the draft.
#[server(prefix = "/rpc", endpoint = "admin_save_scoring")]
pub async fn save_draft(draft: DraftForm) -> Result<ScoringVersion, AppError> {
    let caller = admin_caller().await?;
    caller.may(Permission::Settings)?;
    let new = super::scoring_form::read(&draft)?;
    let saved = leads::scoring_versions::save_draft(&ctx()?, &caller, &new).await?;
    plain_form_goes_to(HERE);
    Ok(saved)
}

/// Throws the draft away.
#[server(prefix = "/rpc", endpoint = "admin_discard_scoring")]
pub async fn discard_draft() -> Result<(), AppError> {
    let caller = admin_caller().await?;
    leads::scoring_versions::discard_draft(&ctx()?, &caller).await?;
    plain_form_goes_to(HERE);
    Ok(())
}

/// Publishes the draft that was seen.
#[server(prefix = "/rpc", endpoint = "admin_publish_scoring")]
pub async fn publish_draft(etag: String) -> Result<ScoringVersion, AppError> {
    let caller = admin_caller().await?;
    let published = leads::scoring_versions::publish(&ctx()?, &caller, &etag).await?;
    plain_form_goes_to(HERE);
    Ok(published)
}

/// Tries the draft on the leads of the last 90 days; none without a draft.
#[server(prefix = "/rpc", endpoint = "admin_try_scoring")]
pub async fn try_draft() -> Result<Option<WhatIf>, AppError> {
    let caller = admin_caller().await?;
    match leads::scoring_versions::what_if(&ctx()?, &caller).await {
        Ok(result) => Ok(Some(result)),
        Err(kernel::Problem::NotFound { .. }) => Ok(None),
        Err(problem) => Err(problem.into()),
    }
}

/// What a lead is worth: the points, the categories and their prices.
#[component]
pub fn ScoringPage() -> impl IntoView {
    let query = use_query_map();
    let live = use_live(&["scoring_published"]);
    let (save, publish, discard) =
        (ServerAction::<SaveDraft>::new(), ServerAction::<PublishDraft>::new(), ServerAction::<DiscardDraft>::new());
    // Without script the address says which question is open.
    let asks = |key: &'static str| RwSignal::new(query.with_untracked(|q| q.get(key)).is_some());
    let (publishes, discards) = (asks("publish"), asks("discard"));
    // Only what succeeded draws the form anew: otherwise what was typed would be lost.
    let (changes, fresh) = (RwSignal::new(0_u64), RwSignal::new(false));
    let draw_anew = move || {
        fresh.set(true);
        changes.update(|n| *n += 1);
    };
    let toasts = use_toasts();
    Effect::new(move |_| {
        if let Some(Ok(_)) = save.value().get() {
            draw_anew();
            toasts.success("The draft is saved. See above what it would have changed.");
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(version)) = publish.value().get() {
            publishes.set(false);
            draw_anew();
            toasts.success(format!("New leads are scored with version {} from now on.", version.model.version));
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(())) = discard.value().get() {
            discards.set(false);
            draw_anew();
            toasts.success("The draft is gone.");
        }
    });
    let changed = move || (live.version.get(), changes.get());
    let seen = RwSignal::new(String::new());
    // Who was told what somebody else saved has seen it, and may save again; what they typed stays.
    Effect::new(move |_| {
        if save.value().with(|value| matches!(value, Some(Err(error)) if error.kind == ErrorKind::Conflict)) {
            leptos::task::spawn_local(async move {
                if let Ok(desk) = load_scoring().await {
                    seen.set(etag_of(&desk));
                }
            });
        }
    });
    let desk = Resource::new(changed, |_| load_scoring());
    let tried = Resource::new(changed, |_| try_draft());
    let from = Memo::new(move |_| query.with(|q| q.get("from")).and_then(|text| text.parse::<i64>().ok()));
    view! {
        <PageHead title="Scoring" subtitle="What a lead is worth: points for each answer, and what the categories cost"/>
        <div class="grid min-w-0 gap-6">
            <Load
                resource=tried
                skeleton=|| {
                    view! { <SkeletonTiles count=4/> }
                }
                let:result
            >
                {result.map(|result| view! { <Tried result publishes discards publish discard/> })}
            </Load>
            <Load
                resource=desk
                skeleton=|| {
                    view! {
                        <Card>
                            <SkeletonLines lines=14/>
                        </Card>
                    }
                }
                let:desk
            >
                <Editor desk=desk.clone() from=from.get() save seen fresh/>
                <History desk/>
            </Load>
        </div>
    }
}

/// What the draft would have changed, and what to do with it.
#[component]
fn Tried(
    result: WhatIf,
    publishes: RwSignal<bool>,
    discards: RwSignal<bool>,
    publish: ServerAction<PublishDraft>,
    discard: ServerAction<DiscardDraft>,
) -> impl IntoView {
    let etag = result.etag.clone();
    view! {
        <section class="grid min-w-0 gap-4">
            <div class="flex flex-wrap items-center justify-between gap-3">
                <h2 class="panel-title">"What the draft would have changed"</h2>
                <div class="flex flex-wrap gap-3" data-needs=Permission::Settings.as_str()>
                    <AskLink href="?discard=1" class="btn btn-ghost" words="Discard" open=discards/>
                    <AskLink href="?publish=1" class="btn btn-primary" words="Publish the draft" open=publishes/>
                </div>
            </div>
            <WhatIfView result/>
            <PublishDialog etag open=publishes action=publish/>
            <DiscardDialog open=discards action=discard/>
        </section>
    }
}

/// Opens a question; without script the address does.
#[component]
fn AskLink(href: &'static str, class: &'static str, words: &'static str, open: RwSignal<bool>) -> impl IntoView {
    view! {
        <a
            href=href
            class=class
            aria-haspopup="dialog"
            on:click=move |ev| {
                ev.prevent_default();
                open.set(true);
            }
        >
            {words}
        </a>
    }
}

/// The form: filled with the draft, with an older version that was chosen, or with the one that holds.
#[component]
fn Editor(
    desk: ScoringDesk,
    from: Option<i64>,
    save: ServerAction<SaveDraft>,
    seen: RwSignal<String>,
    fresh: RwSignal<bool>,
) -> impl IntoView {
    seen.set(etag_of(&desk));
    let chosen = from.and_then(|number| desk.history.into_iter().find(|v| v.model.version == number));
    let is_draft = desk.draft.is_some();
    let version = chosen.or(desk.draft).unwrap_or(desk.published);
    view! { <DraftCard version action=save is_draft seen fresh/> }
}

/// The draft's; empty without one.
fn etag_of(desk: &ScoringDesk) -> String {
    desk.draft.as_ref().map(|draft| draft.etag.clone()).unwrap_or_default()
}

#[component]
fn History(desk: ScoringDesk) -> impl IntoView {
    let current = desk.published.model.version;
    let rows = [desk.published]
        .into_iter()
        .chain(desk.history)
        .map(|version| {
            let number = version.model.version;
            let prices = [version.model.tiers.platinum, version.model.tiers.gold, version.model.tiers.silver, version.model.tiers.bronze];
            let prices = prices.map(|tier| format!("{} from {}", tier.price, tier.from)).join(", ");
            let act = if number == current {
                view! { <Badge tone=Tone::Good>"In use"</Badge> }.into_any()
            } else {
                // The browser loads the page: in a form that is drawn over the old one, what was typed would stay.
                view! {
                    <a
                        href=format!("?from={number}")
                        rel="external"
                        class="btn btn-outline-quiet btn-tight"
                        data-needs=Permission::Settings.as_str()
                    >
                        "Use its numbers"
                        <span class="sr-only">{format!(" of version {number}")}</span>
                    </a>
                }
                .into_any()
            };
            let since = match version.published_at {
                Some(at) => view! { <ExactTime at/> }.into_any(),
                None => "From the start".into_any(),
            };
            view! {
                <Row>
                    <Cell label="Version" primary=true>
                        <span class="font-medium"><span class="md:sr-only">"Version "</span>{number}</span>
                    </Cell>
                    <Cell label="Published">{since}</Cell>
                    <Cell label="Drafted by">
                        <span class="break-words">{text::actor_name(&version.created_by)}</span>
                    </Cell>
                    <Cell label="Prices">
                        <span class="text-sm">{prices}</span>
                    </Cell>
                    <Cell label="Note">
                        <span class="max-w-prose break-words text-sm">{version.note}</span>
                    </Cell>
                    <Cell label="Action">{act}</Cell>
                </Row>
            }
        })
        .collect_view();
    let columns = vec![
        Column::new("Version"),
        Column::new("Published"),
        Column::new("Drafted by"),
        Column::new("Prices"),
        Column::new("Note"),
        Column::new("Action"),
    ];
    view! {
        <section class="mt-6 grid min-w-0 gap-4">
            <h2 class="panel-title">"Versions"</h2>
            <DataTable caption="Versions of the scoring" columns>{rows}</DataTable>
        </section>
    }
}

#[component]
fn PublishDialog(etag: String, open: RwSignal<bool>, action: ServerAction<PublishDraft>) -> impl IntoView {
    view! {
        <Dialog open title="Publish the draft?">
            <p class="mt-2 text-muted">
                "New leads are scored and priced with it at once. Leads that came before keep their score and their price."
            </p>
            <ActionForm action attr:class="mt-6">
                <FormErrors error=action_error(action)/>
                <input type="hidden" name="etag" value=etag/>
                <div class="flex flex-wrap justify-end gap-3">
                    <Button on:click=move |_| open.set(false)>"Cancel"</Button>
                    <SubmitButton pending=action.pending()>"Publish the draft"</SubmitButton>
                </div>
            </ActionForm>
        </Dialog>
    }
}

#[component]
fn DiscardDialog(open: RwSignal<bool>, action: ServerAction<DiscardDraft>) -> impl IntoView {
    view! {
        <Dialog open title="Discard the draft?">
            <p class="mt-2 text-muted">"Its numbers are lost. The scoring that is in use stays as it is."</p>
            <ActionForm action attr:class="mt-6">
                <FormErrors error=action_error(action)/>
                <div class="flex flex-wrap justify-end gap-3">
                    <Button on:click=move |_| open.set(false)>"Cancel"</Button>
                    <SubmitButton variant=Variant::Danger pending=action.pending()>"Discard the draft"</SubmitButton>
                </div>
            </ActionForm>
        </Dialog>
    }
}
