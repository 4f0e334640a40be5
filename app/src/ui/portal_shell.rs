use super::{Command, Finding, Icon, Logo, Palette, ThemeSwitch, later};
use crate::errors::AppError;
use crate::live::provide_live;
use crate::session::{Role, SignOut, Who};
use kernel::Permission;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// A page of a portal, in its navigation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NavItem {
    pub href: &'static str,
    pub label: &'static str,
    pub icon: &'static str,
    /// The heading above it and its neighbours of the same group; empty for none.
    pub group: &'static str,
    /// Whom it is shown to: those whose role has this; to all without it.
    pub needs: Option<Permission>,
    /// Pages that belong to it though their addresses do not begin with its own.
    pub also: &'static [&'static str],
}

impl NavItem {
    pub const fn new(href: &'static str, label: &'static str, icon: &'static str) -> NavItem {
        NavItem { href, label, icon, group: "", needs: None, also: &[] }
    }

    /// Puts it under a heading.
    #[must_use]
    pub const fn group(mut self, group: &'static str) -> NavItem {
        self.group = group;
        self
    }

    /// Shows it to those alone whose role has the permission.
    #[must_use]
    pub const fn needs(mut self, permission: Permission) -> NavItem {
        self.needs = Some(permission);
        self
    }

    /// Marks it as current on these pages, too.
    #[must_use]
    pub const fn also(mut self, pages: &'static [&'static str]) -> NavItem {
        self.also = pages;
        self
    }

    /// Whether this is where `path` is: the portal's first page only when nothing more exact is.
    fn is_at(&self, path: &str, home: &str) -> bool {
        let path = path.trim_end_matches('/');
        let is_in = |page: &str| path.strip_prefix(page).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if self.href == home { path == home } else { is_in(self.href) || self.also.iter().any(|page| is_in(page)) }
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
    find: fn(String) -> Finding,
    #[prop(optional)] searches: Vec<(&'static str, &'static str)>,
    children: Children,
) -> impl IntoView {
    provide_live();
    let home = role.home();
    let palette = RwSignal::new(false);
    let location = use_location();
    let path = location.pathname;
    let all = items.clone();
    let side = move || view! { <nav class="side-nav" aria-label=name>{nav_groups(&all, path, home)}</nav> }.into_any();
    // Of a long navigation the current page is in sight.
    Effect::new(move |_| {
        location.pathname.track();
        request_animation_frame(|| {
            if let Some(link) = document().query_selector(".side-link[aria-current]").ok().flatten() {
                let options = web_sys::ScrollIntoViewOptions::new();
                options.set_block(web_sys::ScrollLogicalPosition::Nearest);
                link.scroll_into_view_with_scroll_into_view_options(&options);
            }
        });
    });
    let foot = move || {
        view! {
            <div class="portal-foot">
                <ThemeSwitch/>
                <UserMenu who home/>
            </div>
        }
        .into_any()
    };
    let account = move || {
        view! {
            <div class="account-box">
                <UserMenu who home/>
                <ThemeSwitch/>
            </div>
        }
        .into_any()
    };
    let main = move || view! { <main id="main" tabindex="-1" class="portal-main">{children()}</main> }.into_any();
    // Five fit; when there are more, the fifth opens them.
    let bottom = move || {
        let (first, rest) = items.split_at(if items.len() > 5 { 4 } else { items.len() });
        let rest = rest.to_vec();
        view! {
            <nav class="bottom-nav" aria-label=format!("{name} pages")>
                <ul>
                    {nav_links(first, path, home, true)}
                    {(!rest.is_empty()).then(|| view! { <More items=rest path home/> })}
                </ul>
            </nav>
        }
        .into_any()
    };
    let portal = move || {
        view! {
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
                    {later(side)}
                    // All data of the server's own from here on comes alive later.
                    {later(foot)}
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
                            {later(account)}
                        </details>
                    </div>
                </header>
                {later(main)}
                {later(bottom)}
            </div>
        }
        .into_any()
    };
    view! {
        <a href="#main" class="skip-link" rel="external">"Skip to content"</a>
        {later(portal)}
        <Palette open=palette who commands find searches/>
    }
}

fn nav_links(items: &[NavItem], path: Memo<String>, home: &'static str, bottom: bool) -> impl IntoView + use<> {
    items
        .iter()
        .cloned()
        .map(|item| {
            let (href, label, icon, needs) = (item.href, item.label, item.icon, item.needs.map(Permission::as_str));
            view! {
                <li data-needs=needs>
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

/// The links in their groups, each under its heading.
fn nav_groups(items: &[NavItem], path: Memo<String>, home: &'static str) -> impl IntoView + use<> {
    items
        .chunk_by(|a, b| a.group == b.group)
        .map(|group| {
            let heading = group.first().map(|item| item.group).filter(|text| !text.is_empty());
            let links = nav_links(group, path, home, false);
            view! {
                {heading.map(|text| view! { <p class="nav-group">{text}</p> })}
                <ul class="nav-list" aria-label=heading>
                    {links}
                </ul>
            }
        })
        .collect_view()
}

/// The pages that the bar on a phone has no room for. It opens without script, too.
#[component]
fn More(items: Vec<NavItem>, path: Memo<String>, home: &'static str) -> impl IntoView {
    let node = NodeRef::<leptos::html::Details>::new();
    let close = move || {
        if let Some(details) = node.get_untracked() {
            let _ = details.remove_attribute("open");
        }
    };
    // Whoever has chosen a page wants to see it.
    Effect::new(move |_| {
        path.track();
        close();
    });
    let links = nav_groups(&items, path, home);
    let is_here = move || path.with(|p| items.iter().any(|item| item.is_at(p, home)));
    view! {
        <li>
            <details
                node_ref=node
                class="more"
                on:keydown=move |ev| {
                    if ev.key() == "Escape" {
                        close();
                    }
                }
            >
                <summary class="bottom-link" aria-current=move || is_here().then_some("true")>
                    <Icon name="menu"/>
                    <span>"More"</span>
                </summary>
                <div class="more-box">{links}</div>
            </details>
        </li>
    }
}

/// Who is signed in, the way to their password and sessions, and the way out.
#[component]
fn UserMenu(who: Resource<Result<Option<Who>, AppError>>, home: &'static str) -> impl IntoView {
    let sign_out = ServerAction::<SignOut>::new();
    view! {
        <div class="user-menu">
            <div class="user-name">
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
            <a href=format!("{home}/security") class="btn btn-ghost btn-square" aria-label="Security" title="Security">
                <Icon name="lock"/>
            </a>
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

    #[test]
    fn a_page_without_an_item_of_its_own_belongs_to_another() {
        let home = "/app/admin";
        let billing = NavItem::new("/app/admin/billing", "Billing", "dollar").also(&["/app/admin/ledger"]);
        for path in ["/app/admin/billing", "/app/admin/ledger", "/app/admin/ledger/", "/app/admin/ledger/c1"] {
            assert!(billing.is_at(path, home), "{path}");
        }
        assert!(!billing.is_at("/app/admin/ledgers", home) && !billing.is_at(home, home));
    }
}
