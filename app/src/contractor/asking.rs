//! Dialogs about one thing of a list: opened by a link that works without script, too.

use crate::errors::AppError;
use crate::ui::{Button, Dialog, FormErrors, SubmitButton, Variant, action_error};
use kernel::Id;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos::server_fn::client::Client;
use leptos::server_fn::codec::PostUrl;
use leptos::server_fn::request::ClientReq;
use leptos::server_fn::{Http, ServerFn};
use leptos_router::hooks::use_query_map;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// What a dialog is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// A charge's, a dispute's or a file's.
    pub id: Id,
    /// The customer's or the file's; empty when only the address tells which it is.
    pub name: String,
    pub amount: String,
}

/// What a dialog is open for, if anything.
#[derive(Clone, Copy)]
pub struct Asking {
    subject: RwSignal<Option<Subject>>,
    /// The query's name that opens it: `dispute`.
    query: &'static str,
}

impl Asking {
    /// Without script the address says it: `?dispute=<id>`.
    pub fn of_query(query: &'static str) -> Asking {
        let id = use_query_map().with_untracked(|q| q.get(query)).filter(|id| !id.is_empty());
        let subject = RwSignal::new(id.map(|id| Subject { id, name: String::new(), amount: String::new() }));
        Asking { subject, query }
    }

    pub fn open(self, subject: Subject) {
        self.subject.set(Some(subject));
    }

    /// What is being asked about.
    pub fn subject(self) -> Option<Subject> {
        self.subject.get()
    }

    /// The query that opens the dialog: `dispute=<id>`.
    pub fn query(self, subject: &Subject) -> String {
        format!("{}={}", self.query, subject.id)
    }

    /// Whether the dialog is open. When it closes, nothing is asked for any more.
    pub fn dialog(self, then: impl Fn() + Clone + 'static) -> RwSignal<bool> {
        let open = RwSignal::new(true);
        Effect::new(move |_| {
            if !open.get() {
                let then = then.clone();
                // After the dialog has closed and given the focus back.
                set_timeout(
                    move || {
                        then();
                        self.subject.set(None);
                    },
                    Duration::ZERO,
                );
            }
        });
        open
    }
}

/// Opens a dialog; without script, the page with the dialog open.
#[component]
pub fn AskLink(
    asking: Asking,
    subject: Subject,
    label: &'static str,
    /// What screen readers say after the label.
    about: String,
) -> impl IntoView {
    view! {
        <a
            href=format!("?{}", asking.query(&subject))
            class="btn btn-outline-quiet btn-tight"
            aria-haspopup="dialog"
            on:click=move |ev| {
                ev.prevent_default();
                asking.open(subject.clone());
            }
        >
            {label}
            <span class="sr-only">{about}</span>
        </a>
    }
}

/// Asks before something is removed, and names it. The server function takes the `id`.
#[component]
pub fn RemovalDialog<S, O>(
    removing: Asking,
    action: ServerAction<S>,
    /// `card`
    what: &'static str,
    message: &'static str,
) -> impl IntoView
where
    S: ServerFn<Error = AppError, Output = (), Protocol = Http<PostUrl, O>> + DeserializeOwned + Clone + Send + Sync + 'static,
    S::Client: Client<AppError>,
    <<S::Client as Client<AppError>>::Request as ClientReq<AppError>>::FormData: From<web_sys::FormData>,
    O: 'static,
{
    move || {
        removing.subject().map(|subject| {
            let open = removing.dialog(move || action.clear());
            Effect::new(move |_| {
                if action.value().with(|value| matches!(value, Some(Ok(())))) {
                    open.set(false);
                }
            });
            let reopen = removing.query(&subject);
            let name = if subject.name.is_empty() { format!("this {what}") } else { subject.name };
            view! {
                <Dialog open title=format!("Remove {name}?")>
                    <p class="mt-2 text-muted">{message}</p>
                    <ActionForm action attr:class="mt-6">
                        <FormErrors error=action_error(action) reopen/>
                        <input type="hidden" name="id" value=subject.id/>
                        <div class="flex flex-wrap justify-end gap-3">
                            <Button on:click=move |_| open.set(false)>"Cancel"</Button>
                            <SubmitButton variant=Variant::Danger pending=action.pending()>{format!("Remove the {what}")}</SubmitButton>
                        </div>
                    </ActionForm>
                </Dialog>
            }
        })
    }
}
