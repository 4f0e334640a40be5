use super::webhooks::{Hook, ResultBadge, SignatureBadge};
use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::errors::plain_form_goes_to;
#[cfg(feature = "ssr")]
use crate::session::{admin_caller, ctx};
use crate::ui::{
    Button, Card, Dialog, ExactTime, Fact, Facts, FormErrors, Load, PageHead, SkeletonLines, SubmitButton, action_error, use_toasts,
};
use kernel::{Id, Permission, WebhookResult};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use serde::{Deserialize, Serialize};

/// A webhook with what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookPage {
    pub hook: Hook,
    /// As it was sent.
    pub body: String,
    /// JSON with line breaks.
    pub pretty: Option<String>,
    /// A form's fields.
    pub fields: Vec<(String, String)>,
}

/// One webhook with its body.
#[server(prefix = "/rpc", endpoint = "admin_webhook")]
pub async fn load_webhook(id: Id) -> Result<HookPage, AppError> {
    let caller = admin_caller().await?;
    if id.contains('\0') {
        return Err(kernel::Problem::not_found("Webhook", "").into());
    }
    let stored = platform::webhooks::get(&ctx()?, &caller, &id).await?;
    let (pretty, fields) = (pretty(&stored.body), fields_of(&stored.body));
    Ok(HookPage { hook: stored.webhook.into(), body: stored.body, pretty, fields })
}

/// Processes a webhook again.
#[server(prefix = "/rpc", endpoint = "admin_replay_webhook")]
pub async fn replay_webhook(id: Id) -> Result<Hook, AppError> {
    let caller = admin_caller().await?;
    if id.contains('\0') {
        return Err(kernel::Problem::not_found("Webhook", "").into());
    }
    let replayed = (crate::inbound::inbound()?.replay)(ctx()?, caller, id.clone()).await?;
    plain_form_goes_to(&format!("/app/admin/webhooks/{id}"));
    Ok(replayed.into())
}

/// JSON with line breaks.
#[cfg(any(feature = "ssr", test))]
fn pretty(body: &str) -> Option<String> {
    let json = serde_json::from_str::<serde_json::Value>(body).ok().filter(|json| json.is_object() || json.is_array())?;
    serde_json::to_string_pretty(&json).ok()
}

/// The fields of a form; none of anything else.
#[cfg(any(feature = "ssr", test))]
fn fields_of(body: &str) -> Vec<(String, String)> {
    let read = |text: &str| leptos_router::location::Url::unescape(&text.replace('+', " "));
    let field = |pair: &str| pair.split_once('=').map(|(name, value)| (read(name), read(value)));
    let is_form = !body.contains(['{', '\n']);
    body.split('&').map(field).collect::<Option<Vec<_>>>().filter(|_| is_form).unwrap_or_default()
}

const BACK: (&str, &str) = ("/app/admin/webhooks", "Webhooks");

/// One webhook: what it says, whether it is real, and what became of it.
#[component]
pub fn WebhookPage() -> impl IntoView {
    let params = use_params_map();
    let query = use_query_map();
    let replay = ServerAction::<ReplayWebhook>::new();
    // Without script the address says that the question is open.
    let asks = RwSignal::new(query.with_untracked(|q| q.get("replay")).is_some());
    let toasts = use_toasts();
    Effect::new(move |_| {
        if let Some(Ok(hook)) = replay.value().get() {
            asks.set(false);
            if hook.result == WebhookResult::Failed {
                toasts.error("It failed again.");
            } else {
                toasts.success("It was processed again.");
            }
        }
    });
    let id = Memo::new(move |_| params.with(|p| p.get("id").unwrap_or_default()));
    let page = Resource::new(move || (id.get(), replay.version().get()), |(id, _)| load_webhook(id));
    view! {
        <Load
            resource=page
            skeleton=|| {
                view! {
                    <PageHead title="Webhook" back=BACK/>
                    <Card>
                        <SkeletonLines lines=8/>
                    </Card>
                }
            }
            let:page
        >
            <Shown page asks/>
        </Load>
        {move || view! { <ReplayDialog id=id.get() open=asks action=replay/> }}
    }
}

#[component]
fn Shown(page: HookPage, asks: RwSignal<bool>) -> impl IntoView {
    let HookPage { hook, body, pretty, fields } = page;
    let can_replay = hook.is_signed && !hook.is_cut;
    view! {
        <PageHead title=hook.kind.clone() subtitle=format!("From {}", hook.provider.label()) back=BACK>
            {can_replay
                .then(|| {
                    view! {
                        <a
                            href="?replay=1"
                            class="btn btn-outline-quiet"
                            data-needs=Permission::Settings.as_str()
                            aria-haspopup="dialog"
                            on:click=move |ev| {
                                ev.prevent_default();
                                asks.set(true);
                            }
                        >
                            "Process again"
                        </a>
                    }
                })}
        </PageHead>
        <div class="grid items-start gap-6 lg:grid-cols-3">
            <div class="grid min-w-0 gap-6 lg:col-span-2">
                <Card title="What it says">
                    <Body body pretty fields is_cut=hook.is_cut/>
                </Card>
            </div>
            <Card title="What became of it">
                <Facts>
                    <Fact label="Result">
                        <ResultBadge result=hook.result/>
                    </Fact>
                    <Fact label="Signature">
                        <SignatureBadge is_signed=hook.is_signed/>
                    </Fact>
                    {hook.error.map(|why| view! { <Fact label="Why">{why}</Fact> })}
                    <Fact label="Received">
                        <ExactTime at=hook.received_at/>
                    </Fact>
                    {hook
                        .replayed_at
                        .map(|at| {
                            view! {
                                <Fact label="Processed again">
                                    <ExactTime at/>
                                </Fact>
                            }
                        })}
                    {hook
                        .event_id
                        .map(|id| {
                            view! {
                                <Fact label="Event id">
                                    <span class="break-all font-mono text-sm">{id}</span>
                                </Fact>
                            }
                        })}
                </Facts>
                {(!hook.is_signed)
                    .then(|| view! { <p class="mt-4 text-sm text-muted">"Nobody we know has signed it, so it is never processed."</p> })}
            </Card>
        </div>
    }
}

/// The body for people, and as it was sent.
#[component]
fn Body(body: String, pretty: Option<String>, fields: Vec<(String, String)>, is_cut: bool) -> impl IntoView {
    if body.is_empty() {
        return view! {
            <p class="text-muted">
                "Its body was not kept, for a webhook that came before says the same. It cannot be processed again."
            </p>
        }
        .into_any();
    }
    let facts = fields.into_iter().map(|(label, value)| view! { <Fact label>{(!value.is_empty()).then_some(value)}</Fact> });
    let facts: Vec<_> = facts.collect();
    view! {
        {if facts.is_empty() {
            view! { <pre class="raw">{pretty.unwrap_or(body)}</pre> }.into_any()
        } else {
            view! {
                <Facts>{facts}</Facts>
                <details class="fold mt-4">
                    <summary>"As it was sent"</summary>
                    <pre class="raw">{body}</pre>
                </details>
            }
            .into_any()
        }}
        {is_cut.then(|| view! { <p class="mt-4 text-sm text-muted">"Only its beginning was kept, so it cannot be processed again."</p> })}
    }
    .into_any()
}

/// Asks before it is done again.
#[component]
fn ReplayDialog(id: Id, open: RwSignal<bool>, action: ServerAction<ReplayWebhook>) -> impl IntoView {
    view! {
        <Dialog open title="Process this webhook again?">
            <p class="mt-2 text-muted">
                "What it tells is done as if it had just arrived: a call may be logged, a payment booked. What was done before is not done twice."
            </p>
            <ActionForm action attr:class="mt-6">
                <FormErrors error=action_error(action)/>
                <input type="hidden" name="id" value=id/>
                <div class="flex flex-wrap justify-end gap-3">
                    <Button on:click=move |_| open.set(false)>"Cancel"</Button>
                    <SubmitButton pending=action.pending()>"Process it again"</SubmitButton>
                </div>
            </ActionForm>
        </Dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::{fields_of, pretty};

    #[test]
    fn bodies_are_read_for_people() {
        let form = [("CallSid", "CA1"), ("From", "+15551234567"), ("Note", "a b&c"), ("Empty", "")];
        let form: Vec<_> = form.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        assert_eq!(fields_of("CallSid=CA1&From=%2B15551234567&Note=a+b%26c&Empty="), form);
        assert_eq!(pretty("{\"a\":1}").as_deref(), Some("{\n  \"a\": 1\n}"));
        for other in ["", "{\"a\":\"b=c\"}", "plain words", "a=1\nb"] {
            assert!(fields_of(other).is_empty(), "{other}");
        }
        assert_eq!(pretty("12"), None);
    }
}
