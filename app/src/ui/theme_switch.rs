use super::Icon;
use leptos::prelude::*;

/// Where the choice is kept; the page's first script reads it before anything is painted.
pub const THEME_KEY: &str = "theme";

/// Sets the theme before the first paint, so that nothing flashes. Also says that script runs (`js`), which lets a form show
/// one step at a time; it takes that back when the page has not come alive in time, and everything shows at once.
pub const THEME_SCRIPT: &str = "(function(){var d=document.documentElement;d.classList.add('js');\
setTimeout(function(){if(!d.hasAttribute('data-alive'))d.classList.remove('js')},8000);\
try{var t=localStorage.getItem('theme');if(t==='light'||t==='dark')d.setAttribute('data-theme','plumbline-'+t)}catch(e){}})()";

/// Lets the browser install the app and say so when there is no network (`public/sw.js`); after the page has loaded.
pub const WORKER_SCRIPT: &str = "if('serviceWorker' in navigator)addEventListener('load',function(){\
navigator.serviceWorker.register('/sw.js',{updateViaCache:'none'}).catch(function(){})})";

/// Tells the page's first script that what waits for script (`js`) has come alive.
pub fn mark_alive() {
    if let Some(html) = document().document_element() {
        let _ = html.set_attribute("data-alive", "");
        let _ = html.class_list().add_1("js");
    }
}

/// The themes: what they are called in the page, to people, and their icon.
pub(super) const THEMES: [(&str, &str, &str); 3] = [("light", "Light", "sun"), ("dark", "Dark", "moon"), (SYSTEM, "System", "monitor")];
const SYSTEM: &str = "system";

/// Which theme is chosen, for all who show or change it; `None` until the page is alive.
#[derive(Clone, Copy)]
pub struct Theme(RwSignal<Option<&'static str>>);

impl Theme {
    pub fn choose(self, theme: &'static str) {
        self.0.set(Some(theme));
        let storage = window().local_storage().ok().flatten();
        let html = document().document_element();
        if theme == SYSTEM {
            let _ = storage.map(|s| s.remove_item(THEME_KEY));
            let _ = html.map(|h| h.remove_attribute("data-theme"));
        } else {
            let _ = storage.map(|s| s.set_item(THEME_KEY, theme));
            let _ = html.map(|h| h.set_attribute("data-theme", &format!("plumbline-{theme}")));
        }
    }
}

/// Reads which theme was chosen; `App` calls it once.
pub fn provide_theme() {
    let chosen = RwSignal::new(None);
    provide_context(Theme(chosen));
    Effect::new(move |_| {
        let kept = window().local_storage().ok().flatten().and_then(|s| s.get_item(THEME_KEY).ok().flatten());
        let known = THEMES.iter().map(|(theme, ..)| *theme).find(|theme| kept.as_deref() == Some(*theme));
        chosen.set(Some(known.unwrap_or(SYSTEM)));
    });
}

/// The chosen theme.
pub fn use_theme() -> Theme {
    use_context::<Theme>().unwrap_or_else(|| Theme(RwSignal::new(None)))
}

/// Light, dark, or as the system says. Appears when the page is alive: without script the system decides.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let theme = use_theme();
    // Only once this is part of a page that lives: pieces of a page come alive after the theme was read, and what hydrates takes
    // the server's word for what stands there.
    let node = NodeRef::<leptos::html::Div>::new();
    let chosen = RwSignal::new(None);
    Effect::new(move |_| {
        if node.get().is_some() {
            chosen.set(theme.0.get());
        }
    });
    let choices = THEMES
        .map(|(name, label, icon)| {
            view! {
                <button
                    type="button"
                    class="theme-choice"
                    aria-label=format!("{label} theme")
                    title=format!("{label} theme")
                    aria-pressed=move || if chosen.get() == Some(name) { "true" } else { "false" }
                    on:click=move |_| theme.choose(name)
                >
                    <Icon name=icon/>
                </button>
            }
        })
        .collect_view();
    view! {
        <div node_ref=node class="theme-switch" role="group" aria-label="Theme" class:invisible=move || chosen.get().is_none()>
            {choices}
        </div>
    }
}
