use super::theme_switch::THEMES;
use super::{Icon, use_theme};
use crate::errors::AppError;
use crate::session::{SignOut, Who};
use kernel::Permission;
use leads::find::{Found, Kind, LEAST};
use leptos::ev;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use std::pin::Pin;
use std::time::Duration;
use wasm_bindgen::JsCast;

/// What a command does.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Act {
    Go(String),
    Theme(&'static str),
    SignOut,
    /// Presses the page's own button of this number.
    Press(usize),
}

/// Something to go to, or to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    label: String,
    hint: String,
    icon: &'static str,
    act: Act,
    /// Whom it is offered to: those whose role has this; to all without it.
    needs: Option<Permission>,
}

impl Command {
    /// Goes somewhere.
    pub fn new(label: impl Into<String>, icon: &'static str, href: impl Into<String>) -> Command {
        Command::of(label, icon, Act::Go(href.into()))
    }

    fn of(label: impl Into<String>, icon: &'static str, act: Act) -> Command {
        Command { label: label.into(), hint: String::new(), icon, act, needs: None }
    }

    /// Opens a record.
    pub fn record(found: &Found, href: String) -> Command {
        let icon = match found.kind {
            Kind::Lead => "inbox",
            Kind::Contractor => "users",
            Kind::Invoice => "dollar",
        };
        Command::new(found.label.clone(), icon, href).hint(format!("{} · {}", found.kind.label(), found.hint))
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Command {
        self.hint = hint.into();
        self
    }

    /// Offers it to those alone whose role has the permission.
    #[must_use]
    pub fn needs(mut self, permission: Permission) -> Command {
        self.needs = Some(permission);
        self
    }

    fn is_for(&self, who: Option<&Who>) -> bool {
        self.needs.is_none_or(|permission| who.is_some_and(|who| who.may(permission)))
    }
}

/// The records that some words find.
pub type Finding = Pin<Box<dyn Future<Output = Result<Vec<Command>, AppError>>>>;

/// How the look for records stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    /// Too little is typed.
    Idle,
    Asked,
    Done,
    Failed,
}

/// What can be done everywhere.
fn actions() -> impl Iterator<Item = Command> {
    let themes = THEMES.into_iter().map(|(theme, label, icon)| Command::of(format!("{label} theme"), icon, Act::Theme(theme)).hint("Look"));
    themes.chain([Command::of("Sign out", "log_out", Act::SignOut)])
}

/// Numbers the page's buttons while the palette is open.
const PRESS: &str = "data-press";

/// The page's own buttons that this person sees and may press, but for those in the rows of a list. Of several with the same words
/// none: they would not tell which is meant.
fn presses() -> Vec<Command> {
    let all = |selector: &str| {
        let found = document().query_selector_all(selector).ok();
        let nodes = found.map(|list| (0..list.length()).filter_map(|i| list.item(i)).collect::<Vec<_>>()).unwrap_or_default();
        nodes.into_iter().filter_map(|node| node.dyn_into::<web_sys::HtmlElement>().ok()).collect::<Vec<_>>()
    };
    for old in all(&format!("[{PRESS}]")) {
        let _ = old.remove_attribute(PRESS);
    }
    let is_shown = |button: &web_sys::HtmlElement| button.offset_parent().is_some();
    let words = |button: &web_sys::HtmlElement| {
        let text = button.get_attribute("aria-label").or_else(|| button.text_content()).unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let buttons: Vec<(String, web_sys::HtmlElement)> =
        all("main .btn:not(tr .btn, dialog .btn, :disabled)").into_iter().filter(is_shown).map(|b| (words(&b), b)).collect();
    let is_only = |label: &str| !label.is_empty() && buttons.iter().filter(|(other, _)| other == label).count() == 1;
    let only = buttons.iter().enumerate().filter(|(_, (label, _))| is_only(label));
    only.map(|(number, (label, button))| {
        let _ = button.set_attribute(PRESS, &number.to_string());
        Command::of(label.clone(), "bolt", Act::Press(number)).hint("On this page")
    })
    .collect()
}

/// Presses a button once the palette has closed and given the focus back. When it is gone by then, nothing happens.
fn press(number: usize) {
    let press = move || {
        let button = document().query_selector(&format!("[{PRESS}=\"{number}\"]")).ok().flatten();
        if let Some(button) = button.and_then(|b| b.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = button.focus();
            button.click();
        }
    };
    set_timeout(press, Duration::ZERO);
}

/// Whether every typed word begins somewhere in the command's words.
fn matches(command: &Command, typed: &str) -> bool {
    let words = format!("{} {}", command.label, command.hint).to_lowercase();
    typed.to_lowercase().split_whitespace().all(|part| words.split_whitespace().any(|w| w.starts_with(part)) || words.contains(part))
}

/// Ctrl K or ⌘ K: go anywhere, look for any record, press what the page offers, or change the theme, without leaving the keyboard.
#[component]
pub fn Palette(
    open: RwSignal<bool>,
    /// Who is signed in.
    who: Resource<Result<Option<Who>, AppError>>,
    commands: Vec<Command>,
    /// Finds records by the words, when typing pauses.
    find: fn(String) -> Finding,
    /// Lists that can be searched: their address up to the words, `/app/admin/leads?q=`, and what is in them, `leads`.
    #[prop(optional)]
    searches: Vec<(&'static str, &'static str)>,
    /// A second one on a page: it leaves Ctrl K and the names of its parts to the first.
    #[prop(optional)]
    second: bool,
) -> impl IntoView {
    let id = if second { "second-palette" } else { "palette" };
    let node = NodeRef::<leptos::html::Dialog>::new();
    let input = NodeRef::<leptos::html::Input>::new();
    let typed = RwSignal::new(String::new());
    let active = RwSignal::new(0_usize);
    let look = RwSignal::new(Look::Idle);
    let records = RwSignal::new(Vec::<Command>::new());
    let here = RwSignal::new(Vec::<Command>::new());
    let mut ask = leptos::leptos_dom::helpers::debounce(Duration::from_millis(250), move |words: String| {
        if !open.get_untracked() || look.get_untracked() != Look::Asked {
            return;
        }
        leptos::task::spawn_local(async move {
            let answer = find(words.clone()).await;
            // Whoever has typed on waits for a later answer.
            if typed.try_get_untracked() != Some(words) || look.get_untracked() != Look::Asked {
                return;
            }
            look.set(if answer.is_ok() { Look::Done } else { Look::Failed });
            records.set(answer.unwrap_or_default());
            active.set(0);
        });
    });
    let commands = StoredValue::new(commands.into_iter().chain(actions()).collect::<Vec<_>>());
    let known = RwSignal::new(None::<Who>);
    Effect::new(move |_| known.set(who.get().and_then(Result::ok).flatten()));
    let searches = StoredValue::new(searches);
    Effect::new(move |_| {
        if second {
            return;
        }
        let handle = window_event_listener(ev::keydown, move |ev| {
            if (ev.ctrl_key() || ev.meta_key()) && !ev.shift_key() && !ev.alt_key() && ev.key().eq_ignore_ascii_case("k") {
                ev.prevent_default();
                open.update(|o| *o = !*o);
            }
        });
        on_cleanup(move || handle.remove());
    });
    Effect::new(move |_| {
        let is_open = open.get();
        let Some(dialog) = node.get() else { return };
        if is_open && !dialog.open() {
            typed.set(String::new());
            look.set(Look::Idle);
            records.set(Vec::new());
            active.set(0);
            // What is a command everywhere is not offered twice.
            let is_new = |press: &Command| commands.with_value(|all| !all.iter().any(|c| c.label == press.label));
            here.set(presses().into_iter().filter(is_new).collect());
            let _ = dialog.show_modal();
            if let Some(input) = input.get_untracked() {
                input.set_value("");
                let _ = input.focus();
            }
        } else if !is_open && dialog.open() {
            dialog.close();
        }
    });
    let found = Memo::new(move |_| {
        if !open.get() {
            return Vec::new();
        }
        let text = typed.get();
        let mut list: Vec<Command> = here.with(|all| all.iter().filter(|c| matches(c, &text)).cloned().collect());
        known.with(|who| {
            commands.with_value(|all| list.extend(all.iter().filter(|c| c.is_for(who.as_ref()) && matches(c, &text)).cloned()));
        });
        let text = text.trim();
        // Until the answer is here, what was found for fewer letters and still fits.
        let is_answer = look.get() != Look::Asked;
        records.with(|all| list.extend(all.iter().filter(|c| is_answer || matches(c, text)).cloned()));
        if !text.is_empty() {
            searches.with_value(|all| {
                list.extend(all.iter().map(|(href, what)| {
                    let words = leptos_router::location::Url::escape(text);
                    Command::new(format!("Search {what} for “{text}”"), "search", format!("{href}{words}"))
                }));
            });
        }
        list
    });
    let navigate = use_navigate();
    let theme = use_theme();
    let sign_out = ServerAction::<SignOut>::new();
    let perform = Callback::new(move |act: Act| {
        open.set(false);
        match act {
            Act::Go(href) => navigate(&href, NavigateOptions::default()),
            Act::Theme(name) => theme.choose(name),
            Act::SignOut => {
                sign_out.dispatch(SignOut {});
            }
            Act::Press(number) => press(number),
        }
    });
    let on_key = move |ev: web_sys::KeyboardEvent| {
        let count = found.with(Vec::len);
        match ev.key().as_str() {
            "ArrowDown" if count > 0 => active.update(|i| *i = (*i + 1) % count),
            "ArrowUp" if count > 0 => active.update(|i| *i = (*i + count - 1) % count),
            "Enter" => {
                if let Some(command) = found.with(|list| list.get(active.get()).cloned()) {
                    perform.run(command.act);
                }
            }
            _ => return,
        }
        ev.prevent_default();
    };
    view! {
        <dialog
            node_ref=node
            class="dialog palette"
            aria-label="Go to"
            on:close=move |_| open.set(false)
            on:click=move |ev| {
                let beside = ev.target().zip(node.get_untracked()).is_some_and(|(t, d)| t == *AsRef::<web_sys::EventTarget>::as_ref(&d));
                if beside {
                    open.set(false);
                }
            }
        >
            <div class="palette-box">
                <div class="palette-head">
                    <Icon name="search"/>
                    <input
                        node_ref=input
                        type="text"
                        class="palette-input"
                        role="combobox"
                        aria-label="Go to a page or search"
                        aria-expanded="true"
                        aria-controls=format!("{id}-list")
                        aria-activedescendant=move || format!("{id}-{}", active.get())
                        autocomplete="off"
                        placeholder="Go to a page or search"
                        on:input=move |ev| {
                            let words = event_target_value(&ev);
                            if words.trim().chars().count() < LEAST {
                                look.set(Look::Idle);
                                records.set(Vec::new());
                            } else {
                                look.set(Look::Asked);
                            }
                            typed.set(words.clone());
                            active.set(0);
                            ask(words);
                        }
                        on:keydown=on_key
                    />
                    <kbd class="kbd-hint">"Esc"</kbd>
                </div>
                <ul id=format!("{id}-list") role="listbox" aria-label="Results" class="palette-list">
                    {move || {
                        found
                            .get()
                            .into_iter()
                            .enumerate()
                            .map(|(i, c)| {
                                let act = c.act.clone();
                                view! {
                                    <li
                                        id=format!("{id}-{i}")
                                        role="option"
                                        class="palette-item"
                                        aria-selected=move || if active.get() == i { "true" } else { "false" }
                                        on:mousemove=move |_| active.set(i)
                                        on:click=move |_| perform.run(act.clone())
                                    >
                                        <Icon name=c.icon/>
                                        <span class="grow truncate">{c.label}</span>
                                        <span class="max-w-1/2 truncate text-sm text-muted">{c.hint}</span>
                                    </li>
                                }
                            })
                            .collect_view()
                    }}
                </ul>
                <div role="status">
                    {move || {
                        let text = match look.get() {
                            Look::Asked => "Looking…",
                            Look::Failed => "This did not work. Type on to try again.",
                            Look::Done if records.with(Vec::is_empty) => "Nothing found that begins like this.",
                            Look::Idle | Look::Done => return None,
                        };
                        Some(view! { <p class="px-4 py-3 text-center text-muted">{text}</p> })
                    }}
                </div>
            </div>
        </dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Role;
    use kernel::StaffRole;

    #[test]
    fn the_beginnings_of_words_find_a_command() {
        let command = Command::new("Tracking numbers", "hash", "/x").hint("Admin");
        assert!(matches(&command, "") && matches(&command, "track") && matches(&command, "num tra") && matches(&command, "ADMIN"));
        assert!(!matches(&command, "leads"));
    }

    #[test]
    fn a_role_is_offered_what_it_may_open() {
        let of = |staff_role| Who { role: Role::Admin, name: "A".into(), email: "a@example.com".into(), staff_role };
        let staff = Command::new("Staff", "users", "/x").needs(Permission::Settings);
        assert!(staff.is_for(Some(&of(Some(StaffRole::Owner)))));
        assert!(!staff.is_for(Some(&of(Some(StaffRole::ReadOnly)))) && !staff.is_for(Some(&of(None))) && !staff.is_for(None));
        assert!(actions().all(|action| action.is_for(None)));
    }
}
