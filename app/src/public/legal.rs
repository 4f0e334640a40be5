//! Who runs this, and what becomes of people's data. The company's own words come from files that the settings name.

use crate::Site;
use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::session::ctx;
use crate::ui::{Load, PageTitle, PhoneLink, SkeletonLines};
use kernel::Phone;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A part of a plain text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    Heading(String),
    Paragraph(String),
}

/// What the imprint says besides name, mail and phone: lines of the address, and the company's own text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imprint {
    pub address: Vec<String>,
    pub text: Vec<Part>,
}

/// The imprint, from the settings.
#[server(prefix = "/rpc", endpoint = "imprint")]
pub async fn load_imprint() -> Result<Imprint, AppError> {
    let settings = &ctx()?.settings;
    Ok(Imprint { address: settings.company_address.clone(), text: parts(settings.imprint_text.as_deref().unwrap_or_default()) })
}

/// The privacy page, from the settings or as it comes with Plumbline.
#[server(prefix = "/rpc", endpoint = "privacy")]
pub async fn load_privacy() -> Result<Vec<Part>, AppError> {
    Ok(parts(ctx()?.settings.privacy_text.as_deref().unwrap_or(include_str!("privacy.txt"))))
}

/// Paragraphs have empty lines between them; a line that begins with `#` is a heading.
#[cfg(any(feature = "ssr", test))]
fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines().map(str::trim).chain([""]) {
        let heading = line.strip_prefix('#').map(|line| line.trim_start_matches('#').trim());
        if !line.is_empty() && heading.is_none() {
            lines.push(line);
            continue;
        }
        if !lines.is_empty() {
            parts.push(Part::Paragraph(lines.join(" ")));
            lines.clear();
        }
        if let Some(heading) = heading.filter(|heading| !heading.is_empty()) {
            parts.push(Part::Heading(heading.to_owned()));
        }
    }
    parts
}

/// Who runs this.
#[component]
pub fn ImprintPage() -> impl IntoView {
    let imprint = Resource::new(|| (), |()| load_imprint());
    view! {
        <PageTitle text="Imprint"/>
        <div class="form-page">
            <h1 class="page-title">"Imprint"</h1>
            <Load resource=imprint skeleton=|| view! { <SkeletonLines lines=8/> } let:imprint>
                <Address lines=imprint.address/>
                <Text parts=imprint.text/>
            </Load>
            <h2 class="mt-10 text-lg font-semibold leading-6">"Where our data on places comes from"</h2>
            <p class="mt-2 text-muted">
                "The places of ZIP codes are from " <a class="link" href="https://www.geonames.org/">"GeoNames"</a> ", under the license "
                <a class="link whitespace-nowrap" href="https://creativecommons.org/licenses/by/4.0/">"CC BY 4.0"</a> "; shortened and rounded by us."
            </p>
        </div>
    }
}

#[component]
fn Address(lines: Vec<String>) -> impl IntoView {
    let site = Site::current();
    let mail = site.support_email;
    view! {
        <address class="mt-6 grid gap-1 not-italic">
            <span class="font-medium">{site.company}</span>
            {lines.into_iter().map(|line| view! { <span>{line}</span> }).collect_view()}
            <span class="mt-3">
                "E-mail: " <a class="link inline-block py-2" href=format!("mailto:{mail}")>{mail.clone()}</a>
            </span>
            {Phone::parse(&site.phone)
                .map(|phone| {
                    view! {
                        <span class="py-2">
                            "Phone: " <PhoneLink phone/>
                        </span>
                    }
                })}
        </address>
    }
}

/// What becomes of people's data.
#[component]
pub fn PrivacyPage() -> impl IntoView {
    let text = Resource::new(|| (), |()| load_privacy());
    view! {
        <PageTitle text="Privacy"/>
        <div class="form-page">
            <h1 class="page-title">"Privacy"</h1>
            <Load resource=text skeleton=|| view! { <SkeletonLines lines=12/> } let:parts>
                <Text parts/>
                <h2 class="mt-10 text-lg font-semibold leading-6">"Questions"</h2>
                <Address lines=Vec::new()/>
            </Load>
        </div>
    }
}

#[component]
fn Text(parts: Vec<Part>) -> impl IntoView {
    parts
        .into_iter()
        .map(|part| match part {
            Part::Heading(text) => view! { <h2 class="mt-10 text-lg font-semibold leading-6">{text}</h2> }.into_any(),
            Part::Paragraph(text) => view! { <p class="mt-3">{text}</p> }.into_any(),
        })
        .collect_view()
}

#[cfg(test)]
mod tests {
    use super::{Part, parts};

    #[test]
    fn plain_text_becomes_headings_and_paragraphs() {
        let heading = |text: &str| Part::Heading(text.into());
        let paragraph = |text: &str| Part::Paragraph(text.into());
        assert_eq!(parts("One\ntwo.\n\n# Three\nfour\r\n\n\n##\n"), [paragraph("One two."), heading("Three"), paragraph("four")]);
        assert!(parts("").is_empty());
        assert!(matches!(parts(include_str!("privacy.txt"))[..], [Part::Paragraph(_), Part::Heading(_), ..]));
    }
}
