use super::Icon;
use leptos::ev;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

/// Something to go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    pub label: String,
    pub hint: String,
    pub icon: &'static str,
    pub href: String,
}

impl Command {
    pub fn new(label: impl Into<String>, icon: &'static str, href: impl Into<String>) -> Command {
        Command { label: label.into(), hint: String::new(), icon, href: href.into() }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Command {
        self.hint = hint.into();
        self
    }
}

/// Whether every typed word begins somewhere in the command's words.
fn matches(command: &Command, typed: &str) -> bool {
    let words = format!("{} {}", command.label, command.hint).to_lowercase();
    typed.to_lowercase().split_whitespace().all(|part| words.split_whitespace().any(|w| w.starts_with(part)) || words.contains(part))
}

/// Ctrl K or ⌘ K: go anywhere, or look for any record, without leaving the keyboard.
#[component]
pub fn Palette(
    open: RwSignal<bool>,
    commands: Vec<Command>,
    /// Lists that can be searched: their address up to the words, `/app/admin/leads?q=`, and what is in them, `leads`.
    #[prop(optional)]
    searches: Vec<(&'static str, &'static str)>,
) -> impl IntoView {
    let node = NodeRef::<leptos::html::Dialog>::new();
    let input = NodeRef::<leptos::html::Input>::new();
    let typed = RwSignal::new(String::new());
    let active = RwSignal::new(0_usize);
    let commands = StoredValue::new(commands);
    let searches = StoredValue::new(searches);
    Effect::new(move |_| {
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
            active.set(0);
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
        let text = typed.get();
        let mut list: Vec<Command> = commands.with_value(|all| all.iter().filter(|c| matches(c, &text)).cloned().collect());
        let text = text.trim();
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
    let go = Callback::new(move |href: String| {
        open.set(false);
        navigate(&href, NavigateOptions::default());
    });
    let on_key = move |ev: web_sys::KeyboardEvent| {
        let count = found.with(Vec::len);
        match ev.key().as_str() {
            "ArrowDown" if count > 0 => active.update(|i| *i = (*i + 1) % count),
            "ArrowUp" if count > 0 => active.update(|i| *i = (*i + count - 1) % count),
            "Enter" => {
                if let Some(command) = found.with(|list| list.get(active.get()).cloned()) {
                    go.run(command.href);
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
                        aria-controls="palette-list"
                        aria-activedescendant=move || format!("palette-{}", active.get())
                        autocomplete="off"
                        placeholder="Go to a page or search"
                        on:input=move |ev| {
                            typed.set(event_target_value(&ev));
                            active.set(0);
                        }
                        on:keydown=on_key
                    />
                    <kbd class="kbd-hint">"Esc"</kbd>
                </div>
                <ul id="palette-list" role="listbox" aria-label="Results" class="palette-list">
                    {move || {
                        found
                            .get()
                            .into_iter()
                            .enumerate()
                            .map(|(i, c)| {
                                let href = c.href.clone();
                                view! {
                                    <li
                                        id=format!("palette-{i}")
                                        role="option"
                                        class="palette-item"
                                        aria-selected=move || if active.get() == i { "true" } else { "false" }
                                        on:mousemove=move |_| active.set(i)
                                        on:click=move |_| go.run(href.clone())
                                    >
                                        <Icon name=c.icon/>
                                        <span class="grow truncate">{c.label}</span>
                                        <span class="text-sm text-muted">{c.hint}</span>
                                    </li>
                                }
                            })
                            .collect_view()
                    }}
                </ul>
                {move || found.with(Vec::is_empty).then(|| view! { <p class="px-4 py-6 text-center text-muted">"Nothing by that name."</p> })}
            </div>
        </dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginnings_of_words_find_a_command() {
        let command = Command::new("Tracking numbers", "hash", "/x").hint("Admin");
        assert!(matches(&command, "") && matches(&command, "track") && matches(&command, "num tra") && matches(&command, "ADMIN"));
        assert!(!matches(&command, "leads"));
    }
}
