use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::session::{admin, ctx};
use crate::ui::{Badge, Card, ExactTime, Fact, Facts, Load, PageHead, SkeletonLines, Tone};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What this server runs with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub providers: Vec<Provider>,
    /// The groups of settings in their order.
    pub groups: Vec<(String, Vec<Setting>)>,
}

/// Somebody else's service, or what stands in for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    pub name: String,
    /// `SendGrid`, or `Files in data/mail`.
    pub through: String,
    /// Not a stand-in on this machine.
    pub is_real: bool,
    /// Failures in a row.
    pub failures: u32,
    /// It is left alone until then.
    pub left_alone_until: Option<DateTime<Utc>>,
    /// The setting that its webhooks need, and whether it is set.
    pub webhook: (String, bool),
}

/// A setting as an administrator may read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    pub name: String,
    pub meaning: String,
    pub default: String,
    pub value: Value,
}

/// What a setting is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    Default,
    Secret,
    Text(String),
}

/// What this server runs with; of secrets only whether they are set.
#[server(prefix = "/rpc", endpoint = "admin_settings")]
pub async fn load_settings() -> Result<Report, AppError> {
    use platform::settings::ShownValue;
    admin().await?;
    let ctx = ctx()?;
    let mut groups: Vec<(String, Vec<Setting>)> = Vec::new();
    for shown in &ctx.settings.shown {
        let setting = Setting {
            name: shown.info.name.into(),
            meaning: shown.info.meaning.into(),
            default: shown.info.default.into(),
            value: match &shown.value {
                ShownValue::Default => Value::Default,
                ShownValue::Secret => Value::Secret,
                ShownValue::Text(text) => Value::Text(text.clone()),
            },
        };
        let name = shown.info.group();
        match groups.iter_mut().find(|(known, _)| known == name) {
            Some((_, settings)) => settings.push(setting),
            None => groups.push((name.into(), vec![setting])),
        }
    }
    Ok(Report { providers: providers(&ctx), groups })
}

#[cfg(feature = "ssr")]
fn providers(ctx: &platform::Ctx) -> Vec<Provider> {
    use platform::breaker::Health;
    use platform::settings::{CALLS_GROUP, MAIL_GROUP, MailSettings, PAYMENTS_GROUP};
    let settings = &ctx.settings;
    let mail = match &settings.mail {
        MailSettings::Folder(folder) => (format!("Files in {}", folder.display()), false),
        MailSettings::Smtp { .. } => ("Your SMTP server".to_owned(), true),
        MailSettings::SendGrid { .. } => ("SendGrid".to_owned(), true),
    };
    let sms = match &settings.twilio.account_sid {
        Some(_) => ("Twilio".to_owned(), true),
        None => (format!("Files in {}", settings.data_dir.join("sms").display()), false),
    };
    let payments = match &settings.stripe.secret_key {
        Some(_) => ("Stripe".to_owned(), true),
        None if settings.production => ("Nobody: payments are refused".to_owned(), false),
        None => ("A sandbox page: no money moves".to_owned(), false),
    };
    let breakers = &ctx.breakers;
    let webhooks = [
        ("SENDGRID_WEBHOOK_PUBLIC_KEY", settings.sendgrid_webhook_key.is_some()),
        ("TWILIO_AUTH_TOKEN", settings.twilio.auth_token.is_some()),
        ("STRIPE_WEBHOOK_SECRET", settings.stripe.webhook_secret.is_some()),
    ];
    [(MAIL_GROUP, mail, &breakers.mail), (CALLS_GROUP, sms, &breakers.sms), (PAYMENTS_GROUP, payments, &breakers.payments)]
        .into_iter()
        .zip(webhooks)
        .map(|((name, (through, is_real), breaker), (setting, is_set))| {
            let (failures, left_alone_until) = match breaker.health() {
                Health::Well => (0, None),
                Health::Failing(failures) => (failures, None),
                Health::LeftAlone(until) => (0, Some(until)),
            };
            Provider { name: name.into(), through, is_real, failures, left_alone_until, webhook: (setting.into(), is_set) }
        })
        .collect()
}

/// What runs: the providers and how they do, and every setting.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let report = Resource::new(|| (), |()| load_settings());
    view! {
        <PageHead
            title="Settings"
            subtitle="What this server runs with. Change it in the environment or in the file .env, and start Plumbline again."
        />
        <Load
            resource=report
            skeleton=|| {
                view! {
                    <Card>
                        <SkeletonLines lines=12/>
                    </Card>
                }
            }
            let:report
        >
            <Shown report/>
        </Load>
    }
}

#[component]
fn Shown(report: Report) -> impl IntoView {
    let providers = report.providers.into_iter().map(|provider| view! { <ProviderCard provider/> }).collect_view();
    let groups = report.groups.into_iter().map(|(title, settings)| view! { <Group title settings/> }).collect_view();
    view! {
        <div class="grid min-w-0 gap-6">
            <div class="grid items-start gap-6 lg:grid-cols-3">{providers}</div>
            {groups}
        </div>
    }
}

#[component]
fn ProviderCard(provider: Provider) -> impl IntoView {
    let (setting, is_set) = provider.webhook;
    let health = match (provider.left_alone_until, provider.failures) {
        (Some(until), _) => view! {
            <Badge tone=Tone::Bad>"Does not answer"</Badge>
            <span class="mt-1 block text-sm text-muted">"Tried again after " <ExactTime at=until/></span>
        }
        .into_any(),
        (None, 0) => view! { <Badge tone=Tone::Good>"Fine"</Badge> }.into_any(),
        (None, failures) => view! { <Badge tone=Tone::Warn>{format!("{failures} failed in a row")}</Badge> }.into_any(),
    };
    let kind = move || {
        let (tone, words) = if provider.is_real { (Tone::Good, "Real") } else { (Tone::Warn, "Stand-in") };
        view! { <Badge tone>{words}</Badge> }
    };
    let webhook = if is_set { "Taken".to_owned() } else { format!("Refused: {setting} is not set") };
    view! {
        <Card title=provider.name actions=kind>
            <Facts>
                <Fact label="Through">
                    <span class="break-words">{provider.through}</span>
                </Fact>
                <Fact label="Health">{health}</Fact>
                <Fact label="Webhooks">
                    <span class="break-words">{webhook}</span>
                </Fact>
            </Facts>
        </Card>
    }
}

#[component]
fn Group(title: String, settings: Vec<Setting>) -> impl IntoView {
    let rows = settings
        .into_iter()
        .map(|s| {
            let value = match s.value {
                Value::Secret => view! { <Badge tone=Tone::Good>"Set"</Badge> }.into_any(),
                Value::Text(text) => view! { <span class="break-words font-mono text-sm">{in_parts(&text)}</span> }.into_any(),
                Value::Default if s.default == "none" => view! { <span class="text-sm text-muted">"Not set"</span> }.into_any(),
                Value::Default => view! {
                    <span class="break-words font-mono text-sm">{in_parts(&s.default)}</span>
                    <span class="ml-2 text-sm text-muted">"default"</span>
                }
                .into_any(),
            };
            view! {
                <div class="grid gap-x-6 gap-y-1 py-3 first:pt-0 last:pb-0 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
                    <dt class="min-w-0">
                        <span class="block break-all font-mono text-sm font-medium">{s.name}</span>
                        <span class="block text-sm text-muted">{s.meaning}</span>
                    </dt>
                    <dd class="min-w-0">{value}</dd>
                </div>
            }
        })
        .collect_view();
    view! {
        <Card title>
            <dl class="divide-y divide-line">{rows}</dl>
        </Card>
    }
}

/// A list goes on in the next line after a comma.
fn in_parts(text: &str) -> impl IntoView + use<> {
    let part = |part: &str| {
        view! {
            {part.to_owned()}
            <wbr/>
        }
    };
    text.split_inclusive(',').map(part).collect_view()
}
