//! The pages: Leptos routes, server functions and the site's static files.

use crate::api::getcontractor::callers;
use crate::http::security_headers;
use crate::inbound;
use app::inbound::Inbound;
use app::public::Landing;
use axum::Router;
use axum::body::Body;
use axum::extract::{Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use kernel::Id;
use leptos::config::LeptosOptions;
use leptos::nonce::use_nonce;
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{AxumRouteListing, LeptosRoutes, ResponseOptions, generate_route_list_with_exclusions};
use platform::Ctx;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use tower::ServiceExt;
use tower_http::services::ServeDir;

/// Where the routes of other rooms are; pages with these paths would be shadowed.
const NOT_PAGES: [&str; 1] = ["/docs"];

/// The paths of all pages. Listed once: while it is done, whatever else this process draws waits for ever.
static PAGES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| {
    let excluded = NOT_PAGES.iter().map(ToString::to_string).collect();
    generate_route_list_with_exclusions(app::App, Some(excluded))
});

/// Stands between pages and network in the browser.
const SERVICE_WORKER: &str = "/sw.js";
/// What the administrator's pages do with webhooks.
const INBOUND: Inbound = Inbound {
    replay: |ctx, caller, id: Id| Box::pin(async move { inbound::replay(&ctx, &caller, &id).await }),
    play_call: |ctx, caller, call| Box::pin(async move { inbound::simulator::play(&ctx, &caller, &call).await }),
};

/// Pages, server functions, and the 404 page for everything else.
pub fn routes(ctx: &Ctx) -> Router {
    let options = options();
    let context = {
        let ctx = ctx.clone();
        move || {
            provide_context(ctx.clone());
            if let Some(parts) = use_context::<Parts>() {
                provide_context(callers::device_of(&parts));
            }
            provide_context(INBOUND);
            allow_own_scripts();
        }
    };
    let shell = {
        let options = options.clone();
        move || app::shell(options.clone())
    };
    let not_found = leptos_axum::render_app_to_stream_with_context(context.clone(), shell.clone());
    let site = ServeDir::new(options.site_root.as_ref()).precompressed_br().precompressed_gzip();
    let package = Router::new()
        .fallback_service(
            ServeDir::new(Path::new(options.site_root.as_ref()).join(options.site_pkg_dir.as_ref()))
                .precompressed_br()
                .precompressed_gzip(),
        )
        .layer(middleware::from_fn(keep_forever));
    Router::new()
        .leptos_routes_with_context(&options, PAGES.clone(), context, shell)
        .layer(middleware::from_fn_with_state(ctx.clone(), with_landing))
        .with_state(options.clone())
        .nest(&format!("/{}", options.site_pkg_dir), package)
        .merge(for_search_engines(ctx))
        .fallback(move |request: Request| {
            let (site, not_found) = (site.clone(), not_found.clone());
            async move { file_or_not_found(site, not_found, request).await }
        })
}

#[derive(serde::Deserialize)]
struct Asked {
    #[serde(default)]
    zip: String,
}

/// Brings what the first page tells: only the server draws it.
async fn with_landing(State(ctx): State<Ctx>, mut request: Request, next: Next) -> Response {
    if request.uri().path() == "/" {
        let zip = Query::<Asked>::try_from_uri(request.uri()).map(|Query(asked)| asked.zip).unwrap_or_default();
        request.extensions_mut().insert(Landing::load(&ctx, zip).await);
    }
    next.run(request).await
}

/// `robots.txt` and `sitemap.xml`, which name the public address.
fn for_search_engines(ctx: &Ctx) -> Router {
    let (robots, sitemap) = (app::seo::robots(ctx), app::seo::sitemap(ctx));
    let file = |kind: &'static str, text: String| {
        let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=3600")];
        get(move || async move { (headers, text) })
    };
    Router::new().route("/robots.txt", file("text/plain; charset=utf-8", robots)).route("/sitemap.xml", file("application/xml", sitemap))
}

/// The page's inline scripts carry a nonce; its policy names it.
fn allow_own_scripts() {
    let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) else { return };
    // Without Stripe, payments are played here.
    let stripe = use_context::<Ctx>().map(|ctx| ctx.settings.stripe.clone()).filter(|stripe| stripe.secret_key.is_some());
    let pay_origin = stripe.as_ref().map(|stripe| stripe.checkout_origin.as_str());
    if let Ok(policy) = HeaderValue::from_str(&security_headers::policy_of_page(Some(&nonce.to_string()), pay_origin)) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}

async fn file_or_not_found<F>(site: ServeDir, not_found: impl Fn(Request<Body>) -> F, request: Request) -> Response
where
    F: Future<Output = Response>,
{
    let (parts, body) = request.into_parts();
    let mut asked = Request::new(Body::empty());
    *asked.method_mut() = parts.method.clone();
    *asked.uri_mut() = parts.uri.clone();
    *asked.headers_mut() = parts.headers.clone();
    if let Ok(response) = site.oneshot(asked).await
        && (response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED)
    {
        let mut response = response.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
        if parts.uri.path() == SERVICE_WORKER {
            // What it may fetch is told by its own policy, not by a page's.
            headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'self'"));
        }
        return response;
    }
    let mut response = not_found(Request::from_parts(parts, body)).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}

/// The names of these files change with their contents.
async fn keep_forever(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    }
    response
}

/// Names and folders as cargo-leptos built them: from its variables when it runs the process,
/// otherwise from where the binary lies.
pub(crate) fn options() -> LeptosOptions {
    let beside = std::env::current_exe().ok().and_then(|exe| exe.parent().map(Path::to_path_buf)).unwrap_or_default();
    if std::env::var_os("LEPTOS_OUTPUT_NAME").is_some()
        && let Ok(configured) = leptos::config::get_configuration(None)
    {
        let mut options = configured.leptos_options;
        options.hash_files &= beside.join(options.hash_file.as_ref()).is_file();
        return options;
    }
    let site = [std::env::var_os("LEPTOS_SITE_ROOT").map(PathBuf::from), Some(beside.join("site"))];
    let site = site.into_iter().flatten().find(|folder| folder.is_dir()).unwrap_or_else(|| PathBuf::from("target/site"));
    LeptosOptions::builder()
        .output_name("plumbline")
        .site_root(site.to_string_lossy().into_owned())
        .site_pkg_dir("pkg")
        .hash_files(beside.join("hash.txt").is_file())
        .build()
}
