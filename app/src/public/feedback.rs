use crate::errors::{AppError, ErrorKind};
#[cfg(feature = "ssr")]
use crate::session::ctx;
use crate::ui::{
    Choice, Empty, ErrorView, FormErrors, LinkButton, PageTitle, RadioCards, SkeletonLines, StarField, SubmitButton, TextareaField,
    action_error, field_errors,
};
use leads::feedback::{FeedbackForm, NewFeedback};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::{use_params_map, use_query_map};

/// Who worked for the customer with this link; nothing when the feedback has just been given.
#[server(prefix = "/rpc", endpoint = "feedback_form")]
pub async fn load_feedback(token: String, is_sent: bool) -> Result<Option<FeedbackForm>, AppError> {
    if is_sent {
        return Ok(None);
    }
    Ok(Some(leads::feedback::form(&ctx()?, &token).await?))
}

/// Keeps a customer's feedback and thanks for it (decision 38).
#[server(prefix = "/rpc", endpoint = "give_feedback")]
pub async fn give_feedback(token: String, feedback: NewFeedback) -> Result<(), AppError> {
    leads::feedback::give(&ctx()?, &token, &feedback).await?;
    leptos_axum::redirect(&format!("/feedback/{}?sent=1", leptos_router::location::Url::escape(&token)));
    Ok(())
}

/// The mailed form: did they come, how was it.
#[component]
pub fn FeedbackPage() -> impl IntoView {
    let params = use_params_map();
    let query = use_query_map();
    let give = ServerAction::<GiveFeedback>::new();
    let token = Memo::new(move |_| params.with(|p| p.get("token")).unwrap_or_default());
    let is_sent = Memo::new(move |_| query.with(|q| q.get("sent")).is_some());
    let form = Resource::new(move || (token.get(), is_sent.get()), |(token, is_sent)| load_feedback(token, is_sent));
    let retry = Callback::new(move |()| form.refetch());
    view! {
        <PageTitle text="Your feedback"/>
        <Meta name="robots" content="noindex"/>
        <Meta name="referrer" content="same-origin"/>
        <div class="form-page">
            <Transition fallback=|| {
                view! { <SkeletonLines lines=10/> }
            }>
                {move || {
                    form.get()
                        .map(|found| match found {
                            Ok(Some(form)) => view! { <Form form token=token.get_untracked() give/> }.into_any(),
                            Ok(None) => {
                                view! { <End icon="check" title="Thank you" text="Your answer helps the next customer, and the contractor."/> }.into_any()
                            }
                            Err(error) if error.kind == ErrorKind::NotFound => {
                                view! {
                                    <End
                                        icon="search"
                                        title="This link does not work"
                                        text="Perhaps a part of it is missing. Open it from our mail again, or copy the whole of it."
                                    />
                                }
                                    .into_any()
                            }
                            Err(error) if error.kind == ErrorKind::Conflict => {
                                view! {
                                    <End
                                        icon="clock"
                                        title="This link is closed"
                                        text="You have answered already, or it is more than 30 days old. There is nothing left to do."
                                    />
                                }
                                    .into_any()
                            }
                            Err(error) => {
                                view! {
                                    <h1 class="sr-only">"Your feedback"</h1>
                                    <ErrorView error on_retry=retry/>
                                }
                                    .into_any()
                            }
                        })
                }}
            </Transition>
        </div>
    }
}

/// A state in which there is nothing to fill in.
#[component]
fn End(icon: &'static str, title: &'static str, text: &'static str) -> impl IntoView {
    view! {
        <h1 class="sr-only">"Your feedback"</h1>
        <Empty icon title text>
            <LinkButton href="/">"Back to the start"</LinkButton>
        </Empty>
    }
}

#[component]
fn Form(form: FeedbackForm, token: String, give: ServerAction<GiveFeedback>) -> impl IntoView {
    let error = action_error(give);
    let errors = field_errors(error);
    let business = form.business_name;
    let came = vec![Choice::new("true", "Yes, they came").icon("check"), Choice::new("false", "No, nobody came").icon("x")];
    view! {
        <h1 class="page-title">{format!("How was {business}?")}</h1>
        <p class="mt-2 text-muted">
            {format!("{}, you asked for help with: {}. Three short questions, one minute.", form.customer_first_name, form.service_type.label())}
        </p>
        <ActionForm action=give attr:class="form-stack">
            <FormErrors error labels=LABELS/>
            <input type="hidden" name="token" value=token/>
            <RadioCards name="feedback[attended]" legend=format!("Did {business} come?") options=came required=true errors/>
            <StarField name="feedback[rating]" legend="Your rating" errors/>
            <TextareaField
                name="feedback[comment]"
                label="What should others know?"
                maxlength=i32::try_from(NewFeedback::MAX_COMMENT).unwrap_or(i32::MAX)
                errors
            />
            <SubmitButton pending=give.pending() wide=true>"Send my feedback"</SubmitButton>
        </ActionForm>
    }
}

const LABELS: &[(&str, &str)] = &[("rating", "Your rating"), ("comment", "What others should know")];
