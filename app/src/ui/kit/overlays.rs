//! What opens over a page.

use crate::ui::{Button, Card, ConfirmButton, ConfirmDialog, Dialog, ThemeSwitch, use_toasts};
use leptos::prelude::*;

#[component]
pub fn Overlays() -> impl IntoView {
    let (asks, shows) = (RwSignal::new(false), RwSignal::new(false));
    let toasts = use_toasts();
    view! {
        <Card title="Over the page">
            <div class="flex flex-wrap gap-3">
                <Button on:click=move |_| shows.set(true)>"Dialog"</Button>
                <Button on:click=move |_| asks.set(true)>"Question"</Button>
                <Button on:click=move |_| toasts.success("Saved")>"Good news"</Button>
                <Button on:click=move |_| toasts.error(crate::text::OFFLINE)>"Bad news"</Button>
                <Button on:click=move |_| toasts.info("As you were")>"News"</Button>
                <form on:submit=move |ev| {
                    ev.prevent_default();
                    toasts.success("Sent");
                }>
                    <ConfirmButton
                        label="Send after a question"
                        title="Send it to HVAC Pros?".to_owned()
                        message="They get a mail at once."
                        confirm="Send it"
                        asked=RwSignal::new(None)
                        key="kit"
                    />
                </form>
                <ThemeSwitch/>
            </div>
        </Card>
        <Dialog open=shows title="A dialog">
            <p class="mt-2 text-muted">"Escape closes it, and the focus goes back to where it was."</p>
        </Dialog>
        <ConfirmDialog
            open=asks
            title="Suspend HVAC Pros?"
            message="They get no leads until you take them back. Their open leads stay theirs."
            confirm="Suspend HVAC Pros"
            danger=true
            on_confirm=move |()| toasts.success("Suspended")
        />
    }
}
