//! The page around every page, which only the server draws.

use crate::{App, Site, ui};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos::{PrefetchLazyFn, task};
use leptos_meta::{HashedStylesheet, MetaTags};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::OnceLock;

/// The page around every page.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let site = Site::current();
    view! {
        <!DOCTYPE html>
        <html
            lang="en"
            data-zone=site.zone
            data-company=site.company
            data-support=site.support_email
            data-phone=site.phone
            data-sandbox=site.is_sandbox.then_some("yes")
        >
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"/>
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#ffffff"/>
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#131c23"/>
                <link rel="icon" type="image/svg+xml" href="/favicon.svg"/>
                <link rel="apple-touch-icon" href="/icon-192.png"/>
                <link rel="manifest" href="/manifest.webmanifest"/>
                <script nonce=use_nonce()>{ui::THEME_SCRIPT}</script>
                <HashedStylesheet options=options.clone() id="style"/>
                <AutoReload options=options.clone()/>
                {crate::seo::search_tags()}
                <script nonce=use_nonce()>{ui::WORKER_SCRIPT}</script>
                <MetaTags/>
            </head>
            <body>
                <App/>
                {start_script(&options)}
            </body>
        </html>
    }
}

/// Brings the page to life. Neither script nor WASM is fetched before the first paint, with which they would compete for the network: until then
/// links and forms work without. Then all at once, and each step leaves the browser room to react.
const START: &str = "(({ script, wasm, chunks, loader }) => {
  const hint = (rel, href) => document.head.append(Object.assign(document.createElement('link'), { rel, href, as: rel === 'preload' ? 'fetch' : 'script', crossOrigin: '' }));
  const start = () => {
    if (loader) hint('modulepreload', loader);
    chunks.forEach((chunk) => hint('preload', chunk));
    const module_or_path = fetch(wasm);
    import(script).then((page) => page.default({ module_or_path }).then(() => setTimeout(() => page.hydrate())));
  };
  document.hidden ? start() : requestAnimationFrame(() => setTimeout(start));
})";

/// The built files, as cargo-leptos names them.
#[derive(Debug)]
struct Built {
    script: String,
    wasm: String,
    /// Fetches the chunks; a build that is not split has none.
    loader: Option<String>,
    dir: String,
    /// The names of the chunks of each lazy part of the application.
    chunks: HashMap<String, Vec<String>>,
}

impl Built {
    /// Read once; nothing without hashed files.
    fn get(options: &LeptosOptions) -> Option<&'static Built> {
        static BUILT: OnceLock<Option<Built>> = OnceLock::new();
        BUILT.get_or_init(|| Built::read(options)).as_ref()
    }

    fn read(options: &LeptosOptions) -> Option<Built> {
        let beside_program = std::env::current_exe().ok()?.parent()?.join(options.hash_file.as_ref());
        let hashes = std::fs::read_to_string(beside_program).ok()?;
        let hashes: HashMap<&str, &str> = hashes.lines().filter_map(|line| line.split_once(": ")).collect();
        let pkg = options.site_pkg_dir.as_ref();
        let manifest = hashes.get("manifest").and_then(|hash| {
            let file = Path::new(options.site_root.as_ref()).join(pkg).join(format!("__wasm_split_manifest.{hash}.json"));
            std::fs::read_to_string(file).ok()
        });
        let (name, dir) = (options.output_name.as_ref(), format!("/{pkg}"));
        Some(Built {
            script: format!("{dir}/{name}.{}.js", hashes.get("js")?),
            wasm: format!("{dir}/{name}.{}.wasm", hashes.get("wasm")?),
            loader: hashes.get("split").map(|hash| format!("{dir}/__wasm_split.{hash}.js")),
            dir,
            chunks: manifest.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
        })
    }
}

/// Which chunks a page needs is known when the page has been drawn, so this waits for what stands before it.
fn start_script(options: &LeptosOptions) -> impl IntoView + use<> {
    let built = Built::get(options);
    let parts = use_context::<PrefetchLazyFn>();
    let nonce = use_nonce();
    built.map(|built| {
        Suspend::new(async move {
            task::tick().await;
            let parts = parts.map(|parts| parts.0.get_value()).unwrap_or_default();
            let names: BTreeSet<&String> = parts.iter().filter_map(|part| built.chunks.get(*part)).flatten().collect();
            let chunks: Vec<String> = names.iter().map(|name| format!("{}/{name}.wasm", built.dir)).collect();
            let files = serde_json::json!({ "script": built.script, "wasm": built.wasm, "loader": built.loader, "chunks": chunks });
            view! { <script type="module" nonce=nonce>{format!("{START}({files})")}</script> }
        })
    })
}
