use crate::Site;
use crate::ui::{Logo, ThemeSwitch};
use leptos::prelude::*;
use leptos_router::components::Outlet;

/// The public pages, in their frame.
#[component]
pub fn PublicFrame() -> impl IntoView {
    view! {
        <Frame>
            <Outlet/>
        </Frame>
    }
}

/// The frame of the public pages.
#[component]
pub(super) fn Frame(children: Children) -> impl IntoView {
    let site = Site::current();
    let mail = site.support_email.clone();
    view! {
        <a href="#main" class="skip-link" rel="external">"Skip to content"</a>
        <div class="public">
            <header class="public-head">
                <div class="public-width flex h-16 items-center justify-between gap-2">
                    <a href="/" rel="external" class="rounded-field" aria-label="Plumbline, home">
                        <Logo/>
                    </a>
                    <nav aria-label="Main" class="flex items-center">
                        <a href="/join" class="btn btn-ghost">
                            <span class="sm:hidden">"Join"</span>
                            <span class="hidden sm:inline">"For contractors"</span>
                        </a>
                        <a href="/login" class="btn btn-ghost">"Sign in"</a>
                    </nav>
                </div>
            </header>
            <main id="main" tabindex="-1" class="grow">
                {children()}
            </main>
            <footer class="public-foot">
                <div class="public-width flex flex-wrap items-center justify-between gap-x-6 gap-y-2 py-6">
                    <p class="text-sm text-muted">
                        {if site.company.is_empty() { crate::text::PRODUCT.to_owned() } else { site.company }}
                        {(!mail.is_empty())
                            .then(|| {
                                view! {
                                    " · "
                                    <a class="link inline-block py-2" href=format!("mailto:{mail}")>{mail.clone()}</a>
                                }
                            })}
                    </p>
                    <div class="flex flex-wrap items-center gap-x-6 gap-y-2">
                        <a href="/imprint" class="link py-3 text-sm">"Imprint"</a>
                        <a href="/privacy" class="link py-3 text-sm">"Privacy"</a>
                        <a href="/docs" rel="external" class="link py-3 text-sm">"API"</a>
                        <ThemeSwitch/>
                    </div>
                </div>
            </footer>
        </div>
    }
}
