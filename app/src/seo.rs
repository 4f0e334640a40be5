//! What search engines and previews of links are told. The server writes it into the page's head; the browser never needs it.

use axum::http::request::Parts;
use leptos::prelude::*;
use platform::Ctx;
use serde_json::json;

/// A page that search engines may list.
#[derive(Clone, Copy, Debug)]
pub struct Listed {
    pub path: &'static str,
    pub title: &'static str,
    pub description: &'static str,
}

const fn listed(path: &'static str, title: &'static str, description: &'static str) -> Listed {
    Listed { path, title, description }
}

/// All of them.
pub const LISTED: &[Listed] = &[
    listed(
        "/",
        "Heating and cooling help near you",
        "Tell us once what is wrong with your heating or cooling. One local, approved contractor gets your request and calls you.",
    ),
    listed(
        "/request",
        "Get help",
        "Four short questions about your heating or cooling problem. One local contractor calls you by a set time, and it costs you nothing.",
    ),
    listed(
        "/join",
        "Join as a contractor",
        "Heating and cooling leads that are yours alone. You are charged only when a call with the customer lasts 30 seconds.",
    ),
    listed("/login", "Sign in", "Sign in to your leads, your billing and your settings."),
    listed("/imprint", "Imprint", "Who runs this service, and how to reach us."),
    listed("/privacy", "Privacy", "What we keep about you, why, and who sees it."),
];

/// Where search engines have no business.
const PRIVATE: [&str; 6] = ["/app/", "/rpc/", "/api/", "/set-password/", "/request/", "/feedback/"];

/// `robots.txt`
pub fn robots(ctx: &Ctx) -> String {
    let private = PRIVATE.iter().fold(String::new(), |lines, path| format!("{lines}Disallow: {path}\n"));
    format!("User-agent: *\n{private}\nSitemap: {}/sitemap.xml\n", ctx.settings.public_url)
}

/// `sitemap.xml`
pub fn sitemap(ctx: &Ctx) -> String {
    let base = escape(&ctx.settings.public_url);
    let urls = LISTED.iter().fold(String::new(), |urls, page| format!("{urls}<url><loc>{base}{}</loc></url>\n", page.path));
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n{urls}</urlset>\n")
}

/// Description, canonical address and preview of the page that is asked for; nothing for pages that are not listed.
pub fn search_tags() -> impl IntoView {
    let ctx = use_context::<Ctx>();
    let path = use_context::<Parts>().map(|parts| parts.uri.path().to_owned()).unwrap_or_default();
    let page = LISTED.iter().find(|page| page.path == path);
    ctx.zip(page).map(|(ctx, page)| {
        let settings = &ctx.settings;
        let address = format!("{}{}", settings.public_url, page.path);
        let image = format!("{}/icon-512.png", settings.public_url);
        view! {
            <meta name="description" content=page.description/>
            <link rel="canonical" href=address.clone()/>
            {preview("og:type", "website".to_owned())}
            {preview("og:site_name", settings.company_name.clone())}
            {preview("og:title", page.title.to_owned())}
            {preview("og:description", page.description.to_owned())}
            {preview("og:url", address)}
            {preview("og:image", image)}
            <meta name="twitter:card" content="summary"/>
            {(page.path == "/")
                .then(|| {
                    view! {
                        <script type="application/ld+json" nonce=leptos::nonce::use_nonce()>
                            {company(&ctx)}
                        </script>
                    }
                })}
        }
    })
}

/// A property of the Open Graph protocol.
fn preview(property: &'static str, content: String) -> impl IntoView {
    leptos::html::meta().attr("property", property).attr("content", content)
}

/// The company, as schema.org names things.
fn company(ctx: &Ctx) -> String {
    let settings = &ctx.settings;
    let mut company = json!({
        "@context": "https://schema.org",
        "@type": "Organization",
        "name": settings.company_name,
        "url": settings.public_url,
        "logo": format!("{}/icon-512.png", settings.public_url),
        "email": settings.support_email,
        "areaServed": "US",
        "description": LISTED[0].description,
    });
    if let Some(phone) = &settings.company_phone {
        company["telephone"] = phone.e164().into();
    }
    if !settings.company_address.is_empty() {
        company["address"] = settings.company_address.join(", ").into();
    }
    // Inside of a script nothing may look like its end.
    company.to_string().replace('<', "\\u003c")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
