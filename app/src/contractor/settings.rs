use crate::Site;
use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::session::{contractor, contractor_caller, ctx};
use crate::ui::{
    Badge, Card, ContractorStatusBadge, Fact, Facts, FormErrors, LinkButton, Load, PageHead, PhoneLink, SkeletonLines, SubmitButton, Tone,
    Variant, action_error, use_toasts,
};
use leads::views::ContractorView;
use leptos::form::ActionForm;
use leptos::prelude::*;

/// The contractor's own account.
#[server(prefix = "/rpc", endpoint = "contractor_account")]
pub async fn load_account() -> Result<ContractorView, AppError> {
    contractor().await
}

/// Pauses or resumes the contractor's own leads (seed 000, Update Profile).
#[server(prefix = "/rpc", endpoint = "contractor_set_accepting")]
pub async fn set_accepting(accepting: bool) -> Result<ContractorView, AppError> {
    let caller = contractor_caller().await?;
    Ok(leads::contractors::set_accepting(&ctx()?, &caller, accepting).await?)
}

/// Sends the contractor a link that sets a new password.
#[server(prefix = "/rpc", endpoint = "contractor_password_link")]
pub async fn send_password_link() -> Result<String, AppError> {
    let me = contractor().await?;
    leads::contractors::request_password_reset(&ctx()?, &me.email).await?;
    Ok(me.email)
}

/// Whether leads come, who the business is, and the password.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let accept = ServerAction::<SetAccepting>::new();
    let account = Resource::new(move || accept.version().get(), |_| load_account());
    let toasts = use_toasts();
    Effect::new(move |_| {
        if let Some(Ok(me)) = accept.value().get() {
            toasts.success(if me.is_accepting_leads { "You get new leads again." } else { "New leads are paused." });
        }
    });
    view! {
        <PageHead title="Settings"/>
        <Load
            resource=account
            skeleton=|| {
                view! {
                    <div class="grid max-w-3xl gap-6">
                        <Card title="New leads">
                            <SkeletonLines lines=2/>
                        </Card>
                        <Card title="Your business">
                            <SkeletonLines lines=8/>
                        </Card>
                        <Card title="Password">
                            <SkeletonLines lines=2/>
                        </Card>
                    </div>
                }
            }
            let:me
        >
            <div class="grid max-w-3xl gap-6">
                <Accepting is_on=me.is_accepting_leads action=accept/>
                <Business me=me.clone()/>
                <Password email=me.email/>
            </div>
        </Load>
    }
}

/// A switch that is a form: it works without script, and shows what the server knows.
#[component]
fn Accepting(is_on: bool, action: ServerAction<SetAccepting>) -> impl IntoView {
    let pending = action.pending();
    let shown = move || is_on != pending.get();
    view! {
        <Card title="New leads">
            <div class="grid gap-4">
                <FormErrors error=action_error(action)/>
                <ActionForm action>
                    <input type="hidden" name="accepting" value=if is_on { "false" } else { "true" }/>
                    <div class="flex items-center justify-between gap-4">
                        <div class="min-w-0">
                            <p id="accepting-label" class="font-medium">"Accept new leads"</p>
                            <p id="accepting-hint" class="text-muted">
                                {move || {
                                    if shown() {
                                        "Customers in your ZIP codes are sent to you."
                                    } else {
                                        "Paused: you get no new leads until you switch this on. The leads you have stay yours."
                                    }
                                }}
                            </p>
                        </div>
                        <button
                            type="submit"
                            role="switch"
                            class="toggle relative shrink-0 after:absolute after:-inset-3 after:content-['']"
                            aria-checked=move || if shown() { "true" } else { "false" }
                            aria-labelledby="accepting-label"
                            aria-describedby="accepting-hint"
                            aria-busy=move || pending.get().then_some("true")
                        ></button>
                    </div>
                </ActionForm>
            </div>
        </Card>
    }
}

#[component]
fn Business(me: ContractorView) -> impl IntoView {
    let support = Site::current().support_email;
    let zips = me.service_zip_codes.iter().map(ToString::to_string).map(|zip| view! { <Badge>{zip}</Badge> }).collect_view();
    let work = me.specializations.iter().copied().map(|s| view! { <Badge tone=Tone::Accent>{s.label()}</Badge> }).collect_view();
    view! {
        <Card title="Your business">
            <Facts>
                <Fact label="Business">{me.business_name}</Fact>
                <Fact label="Status">
                    <ContractorStatusBadge status=me.status approved=me.is_approved/>
                </Fact>
                {me.contact_name.map(|name| view! { <Fact label="Contact">{name}</Fact> })}
                <Fact label="E-mail">
                    <span class="break-all">{me.email}</span>
                </Fact>
                <Fact label="Phone">
                    <PhoneLink phone=me.phone/>
                </Fact>
                <Fact label="What you do">
                    <span class="flex flex-wrap gap-2">{work}</span>
                </Fact>
                <Fact label="ZIP codes you serve">
                    <span class="flex flex-wrap gap-2 tabular-nums">{zips}</span>
                </Fact>
                {me.daily_cap.map(|cap| view! { <Fact label="Leads a day, at most">{cap}</Fact> })}
                {me.license_number.map(|number| view! { <Fact label="Licence">{number}</Fact> })}
                {me
                    .website
                    .map(|href| {
                        view! {
                            <Fact label="Website">
                                <a href=href.clone() class="link break-all" rel="external noopener noreferrer" target="_blank">
                                    {href.clone()}
                                </a>
                            </Fact>
                        }
                    })}
                {me.about.map(|about| view! { <Fact label="About you"><span class="whitespace-pre-line break-words">{about}</span></Fact> })}
            </Facts>
            {(!support.is_empty())
                .then(|| {
                    view! {
                        <p class="mt-4 text-sm text-muted">
                            "Something changed? Write to "
                            <a href=format!("mailto:{support}") class="link break-all">{support.clone()}</a>
                            "."
                        </p>
                    }
                })}
        </Card>
    }
}

#[component]
fn Password(email: String) -> impl IntoView {
    let action = ServerAction::<SendPasswordLink>::new();
    let toasts = use_toasts();
    Effect::new(move |_| {
        if let Some(Ok(email)) = action.value().get() {
            toasts.success(format!("We have sent a link to {email}."));
        }
    });
    view! {
        <Card title="Password">
            <div class="grid gap-4">
                <FormErrors error=action_error(action)/>
                <p class="text-muted">{format!("We send a link to {email}. It lets you choose a new password, and signs you out everywhere else.")}</p>
                <ActionForm action attr:class="flex flex-wrap gap-3">
                    <SubmitButton variant=Variant::Secondary icon="mail" pending=action.pending()>
                        "Send me the link"
                    </SubmitButton>
                    <LinkButton href="/forgot-password" variant=Variant::Ghost>"Use another address"</LinkButton>
                </ActionForm>
            </div>
        </Card>
    }
}
