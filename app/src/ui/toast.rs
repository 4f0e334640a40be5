use super::{Icon, Tone};
use leptos::prelude::*;
use std::time::Duration;

/// How long a message stays.
const STAYS: Duration = Duration::from_secs(6);

#[derive(Clone, Debug, PartialEq)]
struct Toast {
    id: u64,
    tone: Tone,
    text: String,
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

    fn show(self, tone: Tone, text: String) {
        let Toasts(list) = self;
        let Some(id) = list.try_update(|(last, toasts)| {
            *last += 1;
            toasts.push(Toast { id: *last, tone, text });
            *last
        }) else {
            return;
        };
        set_timeout(move || self.dismiss(id), STAYS);
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

/// Where the messages appear.
#[component]
pub fn ToastRegion() -> impl IntoView {
    let toasts = use_toasts();
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || toasts.0.get().1 key=|t| t.id let:toast>
                <div class=format!("toast-box {}", toast.tone.class())>
                    <Icon name=if toast.tone == Tone::Bad { "alert" } else { "check" }/>
                    <span class="grow">{toast.text}</span>
                    <button
                        type="button"
                        class="btn btn-ghost btn-square -my-2 -mr-2"
                        aria-label="Dismiss"
                        on:click=move |_| toasts.dismiss(toast.id)
                    >
                        <Icon name="x"/>
                    </button>
                </div>
            </For>
        </div>
    }
}
