use super::{Command, Icon, Logo, Palette, ThemeSwitch};
use crate::errors::AppError;
use crate::live::provide_live;
use crate::session::{Role, SignOut, Who};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// A page of a portal, in its navigation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NavItem {
    pub href: &'static str,
    pub label: &'static str,
    pub icon: &'static str,
}

impl NavItem {
    pub const fn new(href: &'static str, label: &'static str, icon: &'static str) -> NavItem {
        NavItem { href, label, icon }
    }

    /// Whether this is where `path` is: the portal's first page only when nothing more exact is.
    fn is_at(&self, path: &str, home: &str) -> bool {
        let path = path.trim_end_matches('/');
        if self.href == home {
            path == home
        } else {
            path == self.href || path.strip_prefix(self.href).is_some_and(|rest| rest.starts_with('/'))
        }
    }
}

/// The frame of a portal: navigation beside the page on a desk, below it on a phone.
#[component]
pub fn PortalShell(
    /// What the portal is called: `Contractor`.
    name: &'static str,
    role: Role,
    /// Who is signed in.
    who: Resource<Result<Option<Who>, AppError>>,
    items: Vec<NavItem>,
    commands: Vec<Command>,
    /// See [`Palette`](super::Palette).
    #[prop(optional)]
    searches: Vec<(&'static str, &'static str)>,
    children: Children,
) -> impl IntoView {
    provide_live();
    let home = role.home();
    let palette = RwSignal::new(false);
    let location = use_location();
    let side = nav_links(&items, location.pathname, home, false);
    let bottom = nav_links(items.get(..items.len().min(5)).unwrap_or_default(), location.pathname, home, true);
    view! {
        <a href="#main" class="skip-link" rel="external">"Skip to content"</a>
        <div class="portal">
            <header class="portal-side">
                <div class="flex h-16 items-center justify-between gap-2 px-4">
                    <a href=home class="rounded-field" aria-label=format!("Plumbline {name}")>
                        <Logo small=true/>
                    </a>
                    <span class="portal-name">{name}</span>
                </div>
                <button type="button" class="palette-opener" aria-keyshortcuts="Control+K Meta+K" on:click=move |_| palette.set(true)>
                    <Icon name="search"/>
                    <span class="grow text-left">"Go to…"</span>
                    <kbd class="kbd-hint">"Ctrl K"</kbd>
                </button>
                <nav class="side-nav" aria-label=name>
                    <ul class="grid gap-1">{side}</ul>
                </nav>
                <div class="portal-foot">
                    <ThemeSwitch/>
                    <UserMenu who/>
                </div>
            </header>
            <header class="portal-top">
                <a href=home class="rounded-field" aria-label=format!("Plumbline {name}, home")>
                    <Logo small=true/>
                </a>
                <div class="flex items-center">
                    <button type="button" class="btn btn-ghost btn-square" aria-label="Go to a page or search" on:click=move |_| palette.set(true)>
                        <Icon name="search"/>
                    </button>
                    <details class="account">
                        <summary class="btn btn-ghost btn-square" aria-label="Account">
                            <Icon name="user"/>
                        </summary>
                        <div class="account-box">
                            <UserMenu who/>
                            <ThemeSwitch/>
                        </div>
                    </details>
                </div>
            </header>
            <main id="main" tabindex="-1" class="portal-main">{children()}</main>
            <nav class="bottom-nav" aria-label=format!("{name} pages")>
                <ul>{bottom}</ul>
            </nav>
        </div>
        <Palette open=palette commands searches/>
    }
}

fn nav_links(items: &[NavItem], path: Memo<String>, home: &'static str, bottom: bool) -> impl IntoView + use<> {
    items
        .iter()
        .cloned()
        .map(|item| {
            let (href, label, icon) = (item.href, item.label, item.icon);
            view! {
                <li>
                    <a
                        href=href
                        class=if bottom { "bottom-link" } else { "side-link" }
                        aria-current=move || path.with(|p| item.is_at(p, home)).then_some("page")
                    >
                        <Icon name=icon/>
                        <span>{label}</span>
                    </a>
                </li>
            }
        })
        .collect_view()
}

/// Who is signed in, and the way out.
#[component]
fn UserMenu(who: Resource<Result<Option<Who>, AppError>>) -> impl IntoView {
    let sign_out = ServerAction::<SignOut>::new();
    view! {
        <div class="flex items-center gap-2">
            <div class="min-h-11 min-w-0 grow">
                <Transition>
                    {move || {
                        who.get()
                            .and_then(Result::ok)
                            .flatten()
                            .map(|who| {
                                view! {
                                    <p class="truncate text-sm font-medium">{who.name}</p>
                                    <p class="truncate text-sm text-muted">{who.email}</p>
                                }
                            })
                    }}
                </Transition>
            </div>
            <ActionForm action=sign_out>
                <button type="submit" class="btn btn-ghost btn-square" aria-label="Sign out" title="Sign out">
                    <Icon name="log_out"/>
                </button>
            </ActionForm>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::NavItem;

    #[test]
    fn the_current_page_is_marked_once() {
        let home = "/app/admin";
        let (first, leads) = (NavItem::new(home, "Overview", "home"), NavItem::new("/app/admin/leads", "Leads", "inbox"));
        assert!(first.is_at("/app/admin", home) && first.is_at("/app/admin/", home) && !first.is_at("/app/admin/leads", home));
        assert!(leads.is_at("/app/admin/leads/1", home) && !leads.is_at("/app/admin/leadsx", home));
    }
}
