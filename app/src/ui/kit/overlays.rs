//! What opens over a page.

use crate::errors::AppError;
use crate::session::Who;
use crate::ui::{Button, Card, Command, ConfirmButton, ConfirmDialog, Dialog, Finding, Palette, ThemeSwitch, use_toasts};
use leads::find::{Found, Kind};
use leptos::prelude::*;

/// Finds the same three records by any words.
fn find_samples(_: String) -> Finding {
    let samples = [
        (Kind::Lead, "Ann Lee", "Austin"),
        (Kind::Contractor, "HVAC Pros", "office@example.com"),
        (Kind::Invoice, "INV-2025-001", "HVAC Pros"),
    ];
    let command = |(kind, label, hint): (Kind, &str, &str)| {
        let found = Found { kind, id: "none".into(), label: label.into(), hint: hint.into() };
        Command::record(&found, "/app/admin/kit".into())
    };
    Box::pin(async move { Ok(samples.map(command).into()) })
}

#[component]
pub fn Overlays() -> impl IntoView {
    let (asks, shows, goes) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(false));
    let nobody = Resource::new(|| (), |()| async { Ok::<Option<Who>, AppError>(None) });
    let commands = vec![
        Command::new("A page", "inbox", "/app/admin/kit"),
        Command::new("A page with a hint", "chart", "/app/admin/kit").hint("Where it is"),
    ];
    let toasts = use_toasts();
    let undo = move || toasts.success("The view Waiting is back.");
    view! {
        <Card title="Over the page">
            <div class="flex flex-wrap gap-3">
                <Button on:click=move |_| shows.set(true)>"Dialog"</Button>
                <Button on:click=move |_| asks.set(true)>"Question"</Button>
                <Button on:click=move |_| goes.set(true)>"Command palette"</Button>
                <Button on:click=move |_| toasts.success("Saved")>"Good news"</Button>
                <Button on:click=move |_| toasts.error(crate::text::OFFLINE)>"Bad news"</Button>
                <Button on:click=move |_| toasts.info("As you were")>"News"</Button>
                <Button on:click=move |_| toasts.undoable("The view Waiting is gone.", undo)>"News that can be taken back"</Button>
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
        <Palette open=goes who=nobody commands find=find_samples searches=vec![("/app/admin/leads?q=", "leads")] second=true/>
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
