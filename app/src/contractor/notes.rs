//! What the contractor writes down about a lead.

use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::session::{contractor_caller, ctx};
use crate::ui::{
    Button, Card, Dialog, FormErrors, SubmitButton, TextareaField, TimeAgo, Variant, action_error, field_errors, focus, use_toasts,
};
use leads::notes::{MAX_NOTE, NoteView};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use std::time::Duration;

/// Adds a note to one of the contractor's own leads, or changes the one that is named.
#[server(prefix = "/rpc", endpoint = "contractor_save_note")]
pub async fn save_note(lead_id: String, note_id: Option<String>, body: String) -> Result<(), AppError> {
    let caller = contractor_caller().await?;
    let ctx = ctx()?;
    match note_id.filter(|id| !id.is_empty()) {
        Some(note_id) => leads::notes::edit(&ctx, &caller, &lead_id, &note_id, &body).await?,
        None => leads::notes::add(&ctx, &caller, &lead_id, &body).await.map(|_| ())?,
    }
    crate::errors::plain_form_goes_to(&format!("/app/contractor/leads/{lead_id}"));
    Ok(())
}

/// Deletes one of the contractor's own notes.
#[server(prefix = "/rpc", endpoint = "contractor_delete_note")]
pub async fn delete_note(lead_id: String, note_id: String) -> Result<(), AppError> {
    let caller = contractor_caller().await?;
    leads::notes::delete(&ctx()?, &caller, &lead_id, &note_id).await?;
    crate::errors::plain_form_goes_to(&format!("/app/contractor/leads/{lead_id}"));
    Ok(())
}

/// What is being written. It outlives the page's being drawn anew.
#[derive(Clone, Copy)]
pub struct Writing {
    text: RwSignal<String>,
    /// The note that is changed; a new one otherwise.
    editing: RwSignal<Option<String>>,
    doomed: RwSignal<Option<String>>,
    /// Somebody is writing.
    pub is_focused: RwSignal<bool>,
}

impl Writing {
    /// Without script the address says what is changed or deleted.
    pub fn new() -> Writing {
        let query = use_query_map();
        let named = |key: &str| query.with_untracked(|q| q.get(key)).filter(|id| !id.is_empty());
        Writing {
            text: RwSignal::default(),
            editing: RwSignal::new(named("edit")),
            doomed: RwSignal::new(named("delete")),
            is_focused: RwSignal::default(),
        }
    }
}

const LABELS: &[(&str, &str)] = &[("body", "Note")];

/// The notes with a field for another.
#[component]
pub fn Notes(lead_id: String, notes: Vec<NoteView>, action: ServerAction<SaveNote>, writing: Writing) -> impl IntoView {
    let Writing { text, editing, doomed, is_focused } = writing;
    // What is drawn anew has no focus.
    if is_focused.get_untracked() {
        is_focused.set(false);
    }
    if let Some(note) = notes.iter().find(|n| editing.with_untracked(|id| id.as_ref() == Some(&n.id)))
        && text.with_untracked(String::is_empty)
    {
        text.set(note.body.clone());
    }
    let error = action_error(action);
    let errors = field_errors(error);
    let toasts = use_toasts();
    Effect::new(move |before: Option<usize>| {
        let version = action.version().get();
        if before.is_some_and(|before| before != version) && action.value().with_untracked(|v| matches!(v, Some(Ok(())))) {
            text.set(String::new());
            editing.set(None);
            toasts.success("Your note is saved.");
        }
        version
    });
    let is_editing = move || editing.with(Option::is_some);
    let here = format!("/app/contractor/leads/{lead_id}");
    let items = notes
        .into_iter()
        .map(|note| {
            let (edit_href, delete_href) = (format!("?edit={}", note.id), format!("?delete={}", note.id));
            let (edited, deleted, body) = (note.id.clone(), note.id.clone(), note.body.clone());
            let short: String = note.body.chars().take(40).collect();
            let was_edited = note.updated_at > note.created_at;
            view! {
                <li class="py-4 last:pb-0">
                    <p class="whitespace-pre-line break-words">{note.body}</p>
                    <div class="mt-1 flex flex-wrap items-center justify-between gap-x-4">
                        <p class="text-sm text-muted">
                            <TimeAgo at=note.created_at/>
                            {was_edited
                                .then(|| {
                                    view! {
                                        ", changed "
                                        <TimeAgo at=note.updated_at/>
                                    }
                                })}
                        </p>
                        <p class="-mr-3 flex">
                            <a
                                href=edit_href
                                class="btn btn-ghost"
                                on:click=move |ev| {
                                    ev.prevent_default();
                                    text.set(body.clone());
                                    editing.set(Some(edited.clone()));
                                    focus("f-body");
                                }
                            >
                                "Change"
                                <span class="sr-only">{format!(" the note {short}")}</span>
                            </a>
                            <a
                                href=delete_href
                                class="btn btn-ghost"
                                aria-haspopup="dialog"
                                on:click=move |ev| {
                                    ev.prevent_default();
                                    doomed.set(Some(deleted.clone()));
                                }
                            >
                                "Delete"
                                <span class="sr-only">{format!(" the note {short}")}</span>
                            </a>
                        </p>
                    </div>
                </li>
            }
        })
        .collect_view();
    view! {
        <Card title="Your notes">
            <div on:focusin=move |_| is_focused.set(true) on:focusout=move |_| is_focused.set(false)>
                <ActionForm action attr:class="quiet-label">
                    <FormErrors error labels=LABELS/>
                    <input type="hidden" name="lead_id" value=lead_id/>
                    <input type="hidden" name="note_id" value=move || editing.get().unwrap_or_default()/>
                    <TextareaField
                        name="body"
                        label="Note"
                        hint="For yourself: what you agreed, a gate code, when to call again. The customer does not see it."
                        rows=3
                        maxlength=i32::try_from(MAX_NOTE).unwrap_or(i32::MAX)
                        required=true
                        bind=text
                        errors
                    />
                    <div class="flex flex-wrap gap-3">
                        <SubmitButton variant=Variant::Secondary pending=action.pending()>
                            {move || if is_editing() { "Save the change" } else { "Save the note" }}
                        </SubmitButton>
                        {move || {
                            let here = here.clone();
                            is_editing()
                                .then(|| {
                                    view! {
                                        <a
                                            href=here
                                            class="btn btn-ghost"
                                            on:click=move |ev| {
                                                ev.prevent_default();
                                                text.set(String::new());
                                                editing.set(None);
                                            }
                                        >
                                            "Cancel"
                                        </a>
                                    }
                                })
                        }}
                    </div>
                </ActionForm>
            </div>
            <ul class="mt-6 divide-y divide-line border-t border-line empty:hidden">{items}</ul>
        </Card>
    }
}

/// The question before a note goes. It stands outside of what is drawn anew.
#[component]
pub fn DeleteNoteDialog(writing: Writing, action: ServerAction<DeleteNote>, lead_id: Memo<String>) -> impl IntoView {
    let doomed = writing.doomed;
    let toasts = use_toasts();
    Effect::new(move |before: Option<usize>| {
        let version = action.version().get();
        if before.is_some_and(|before| before != version) && action.value().with_untracked(|v| matches!(v, Some(Ok(())))) {
            toasts.success("The note is deleted.");
        }
        version
    });
    move || {
        doomed.get().map(|note_id| {
            let open = RwSignal::new(true);
            Effect::new(move |_| {
                if action.value().with(|value| matches!(value, Some(Ok(())))) {
                    open.set(false);
                }
                if !open.get() {
                    // After the dialog has closed and given the focus back.
                    set_timeout(
                        move || {
                            action.clear();
                            doomed.set(None);
                        },
                        Duration::ZERO,
                    );
                }
            });
            view! {
                <Dialog open title="Delete this note?">
                    <p class="mt-2 text-muted">"It is gone for good, for you and for us."</p>
                    <ActionForm action attr:class="mt-6">
                        <FormErrors error=action_error(action)/>
                        <input type="hidden" name="lead_id" value=lead_id.get_untracked()/>
                        <input type="hidden" name="note_id" value=note_id/>
                        <div class="flex flex-wrap justify-end gap-3">
                            <Button on:click=move |_| open.set(false)>"Cancel"</Button>
                            <SubmitButton variant=Variant::Danger pending=action.pending()>"Delete the note"</SubmitButton>
                        </div>
                    </ActionForm>
                </Dialog>
            }
        })
    }
}
