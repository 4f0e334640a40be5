use super::{Icon, Tone};
use leptos::prelude::*;
use std::sync::Arc;
use std::time::Duration;

/// How long a message stays.
const STAYS: Duration = Duration::from_secs(6);
/// How long something can be taken back.
const UNDO_STAYS: Duration = Duration::from_secs(20);

#[derive(Clone)]
struct Toast {
    id: u64,
    tone: Tone,
    text: String,
    undo: Option<Undo>,
}

/// How something is taken back. Its button gets the focus, once: what was pressed is often gone, and the message is far from there.
#[derive(Clone)]
struct Undo {
    act: Arc<dyn Fn() + Send + Sync>,
    focused: ArcStoredValue<bool>,
}

/// Short messages at the page's edge; they are announced and go away by themselves.
#[derive(Clone, Copy)]
pub struct Toasts(RwSignal<(u64, Vec<Toast>)>);

impl Toasts {
    pub fn success(self, text: impl Into<String>) {
        self.show(Tone::Good, text.into());
    }

    pub fn error(self, text: impl Into<String>) {
        self.show(Tone::Bad, text.into());
    }

    pub fn info(self, text: impl Into<String>) {
        self.show(Tone::Neutral, text.into());
    }

    /// Tells of something that can be taken back, which `undo` does. There is no message without script, so it needs no form. It
    /// goes with the page or the effect that calls this, which the action behind it belongs to.
    pub fn undoable(self, text: impl Into<String>, undo: impl Fn() + Send + Sync + 'static) {
        let Some(id) = self.next_id() else { return };
        let undo = Undo { act: Arc::new(undo), focused: ArcStoredValue::new(false) };
        self.add(Toast { id, tone: Tone::Good, text: text.into(), undo: Some(undo) }, UNDO_STAYS);
        on_cleanup(move || self.dismiss(id));
    }

    fn show(self, tone: Tone, text: String) {
        if let Some(id) = self.next_id() {
            self.add(Toast { id, tone, text, undo: None }, STAYS);
        }
    }

    fn next_id(self) -> Option<u64> {
        self.0.try_update_untracked(|(last, _)| {
            *last += 1;
            *last
        })
    }

    fn add(self, toast: Toast, stays: Duration) {
        let id = toast.id;
        self.0.try_update(|(_, toasts)| toasts.push(toast));
        set_timeout(move || self.dismiss(id), stays);
    }

    fn dismiss(self, id: u64) {
        self.0.try_update(|(_, toasts)| toasts.retain(|t| t.id != id));
    }
}

/// Makes the list of messages; `App` calls it once.
pub fn provide_toasts() {
    provide_context(Toasts(RwSignal::new((0, Vec::new()))));
}

/// Where to say things.
pub fn use_toasts() -> Toasts {
    use_context::<Toasts>().unwrap_or_else(|| Toasts(RwSignal::new((0, Vec::new()))))
}

/// Where the messages appear. Few as they are they need no keys, whose code every first page would have to load.
#[component]
pub fn ToastRegion() -> impl IntoView {
    let toasts = use_toasts();
    let shown = move |toast: Toast| {
        view! {
            <div class=format!("toast-box {}", toast.tone.class())>
                <Icon name=if toast.tone == Tone::Bad { "alert" } else { "check" }/>
                <span class="grow">{toast.text}</span>
                {toast.undo.map(|undo| view! { <UndoButton undo toasts id=toast.id/> })}
                <button
                    type="button"
                    class="btn btn-ghost btn-square -my-2 -mr-2"
                    aria-label="Dismiss"
                    on:click=move |_| toasts.dismiss(toast.id)
                >
                    <Icon name="x"/>
                </button>
            </div>
        }
    };
    view! {
        <div class="toasts" role="status" aria-live="polite">
            {move || toasts.0.get().1.into_iter().map(shown).collect_view()}
        </div>
    }
}

#[component]
fn UndoButton(undo: Undo, toasts: Toasts, id: u64) -> impl IntoView {
    let Undo { act, focused } = undo;
    let node = NodeRef::<leptos::html::Button>::new();
    Effect::new(move |_| {
        if let Some(button) = node.get()
            && !focused.get_value()
        {
            focused.set_value(true);
            let _ = button.focus();
        }
    });
    view! {
        <button
            node_ref=node
            type="button"
            class="btn btn-outline-quiet btn-tight"
            on:click=move |_| {
                act();
                toasts.dismiss(id);
            }
        >
            "Undo"
        </button>
    }
}
