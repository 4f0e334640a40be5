use super::{Button, Icon, Variant};
use leptos::prelude::*;

/// A native dialog: the browser keeps the focus inside, closes on Escape, and gives the focus back.
#[component]
pub fn Dialog(open: RwSignal<bool>, #[prop(into)] title: String, children: Children) -> impl IntoView {
    let node = NodeRef::<leptos::html::Dialog>::new();
    Effect::new(move |_| {
        let is_open = open.get();
        let Some(dialog) = node.get() else { return };
        if is_open && !dialog.matches(":modal").unwrap_or(false) {
            // It may have been drawn open, for readers without script.
            let _ = dialog.remove_attribute("open");
            let _ = dialog.show_modal();
        } else if !is_open && dialog.open() {
            dialog.close();
        }
    });
    let label = title.clone();
    view! {
        <dialog
            node_ref=node
            class="dialog"
            open=open.get_untracked()
            aria-label=label
            on:close=move |_| open.set(false)
            on:click=move |ev| {
                // A press beside the box lands on the dialog itself.
                let beside = ev.target().zip(node.get_untracked()).is_some_and(|(t, d)| t == *AsRef::<web_sys::EventTarget>::as_ref(&d));
                if beside {
                    open.set(false);
                }
            }
        >
            <div class="dialog-box">
                <header class="flex items-start justify-between gap-4">
                    <h2 class="text-lg font-semibold">{title}</h2>
                    <button type="button" class="btn btn-ghost btn-square -mr-2 -mt-2" aria-label="Close" on:click=move |_| open.set(false)>
                        <Icon name="x"/>
                    </button>
                </header>
                {children()}
            </div>
        </dialog>
    }
}

/// Asks before something that cannot be taken back. The button names the thing.
#[component]
pub fn ConfirmDialog(
    open: RwSignal<bool>,
    #[prop(into)] title: String,
    #[prop(into)] message: String,
    /// What the button says: `Suspend HVAC Pros`.
    #[prop(into)]
    confirm: String,
    #[prop(optional)] danger: bool,
    #[prop(into)] on_confirm: Callback<()>,
) -> impl IntoView {
    view! {
        <Dialog open title>
            <p class="mt-2 text-muted">{message}</p>
            <div class="mt-6 flex flex-wrap justify-end gap-3">
                <Button on:click=move |_| open.set(false)>"Cancel"</Button>
                <Button
                    variant=if danger { Variant::Danger } else { Variant::Primary }
                    on:click=move |_| {
                        open.set(false);
                        on_confirm.run(());
                    }
                >
                    {confirm}
                </Button>
            </div>
        </Dialog>
    }
}
