use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::errors::plain_form_goes_to;
use crate::format;
use crate::live::use_live;
#[cfg(feature = "ssr")]
use crate::session::{admin, admin_caller, ctx, tell_on_next_page, told_by_last_page};
use crate::ui::{
    Badge, Button, Card, Cell, Column, CopyLine, Dialog, Empty, FormErrors, LiveTable, MoneyText, PageHead, ROWS, Row, SubmitButton,
    TextField, TimeAgo, Variant, action_error, field_errors, page_of, use_toasts,
};
use kernel::{Id, Listed, Permission};
use leads::views::LeadSourceView;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use std::time::Duration;

#[cfg(feature = "ssr")]
const HERE: &str = "/app/admin/sources";

/// Partners who send leads, with what became of those, newest first unless sorted otherwise.
#[server(prefix = "/rpc", endpoint = "admin_sources")]
pub async fn list_sources(sort: Option<String>, offset: i64) -> Result<Listed<LeadSourceView>, AppError> {
    use leads::sources::SourceSort;
    let caller = admin_caller().await?;
    let order = kernel::Order::read(sort.as_deref()).unwrap_or(kernel::Order::down(SourceSort::Created));
    let page = kernel::Page { limit: ROWS, offset: offset.max(0) };
    Ok(leads::sources::list(&ctx()?, &caller, order, page).await?)
}

/// Makes a source; answers the only copy of its key.
#[server(prefix = "/rpc", endpoint = "admin_create_source")]
pub async fn create_source(name: String) -> Result<String, AppError> {
    let caller = admin_caller().await?;
    let ctx = ctx()?;
    let made = leads::sources::create(&ctx, &caller, Some(&name)).await?;
    tell_on_next_page(&ctx, &made.key);
    Ok(made.key)
}

/// Gives a source another key; answers its only copy.
#[server(prefix = "/rpc", endpoint = "admin_replace_key")]
pub async fn replace_key(id: Id) -> Result<String, AppError> {
    let caller = admin_caller().await?;
    let ctx = ctx()?;
    let made = leads::sources::rotate(&ctx, &caller, &id.replace('\0', "")).await?;
    tell_on_next_page(&ctx, &made.key);
    plain_form_goes_to(HERE);
    Ok(made.key)
}

/// Closes a source: its key is refused from now on, its leads stay.
#[server(prefix = "/rpc", endpoint = "admin_close_source")]
pub async fn close_source(id: Id) -> Result<(), AppError> {
    let caller = admin_caller().await?;
    leads::sources::revoke(&ctx()?, &caller, &id.replace('\0', "")).await?;
    plain_form_goes_to(HERE);
    Ok(())
}

/// The key that the form before this page has made, when it was posted without script.
#[server(prefix = "/rpc", endpoint = "admin_new_key")]
pub async fn take_new_key() -> Result<Option<String>, AppError> {
    admin().await?;
    Ok(told_by_last_page(&ctx()?))
}

/// What is asked about, if anything.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Question {
    Replace(Id, String),
    Close(Id, String),
}

/// Partners with keys of their own, and what their leads are worth.
#[component]
pub fn SourcesPage() -> impl IntoView {
    let query = use_query_map();
    let live = use_live(&[]);
    let (create, replace, close) =
        (ServerAction::<CreateSource>::new(), ServerAction::<ReplaceKey>::new(), ServerAction::<CloseSource>::new());
    // Without script the address says which source the question is about.
    let question = RwSignal::new(query.with_untracked(|q| {
        let about = |key: &str| q.get(key).filter(|id| !id.is_empty()).map(|id| (id, "this source".to_owned()));
        about("replace").map(|(id, name)| Question::Replace(id, name)).or(about("close").map(|(id, name)| Question::Close(id, name)))
    }));
    let toasts = use_toasts();
    let typed = RwSignal::new(String::new());
    let key = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        if let Some(Ok(made)) = create.value().get() {
            typed.set(String::new());
            key.set(Some(made));
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(made)) = replace.value().get() {
            key.set(Some(made));
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(())) = close.value().get() {
            toasts.success("The source is closed. Its leads stay.");
        }
    });
    let asked = Memo::new(move |_| query.with(|q| (q.get("sort"), page_of(q, ROWS).offset)));
    let sources = Resource::new(
        move || (asked.get(), live.version.get(), create.version().get(), replace.version().get(), close.version().get()),
        |((sort, offset), ..)| list_sources(sort, offset),
    );
    let told = Resource::new(|| (), |()| take_new_key());
    let columns = vec![
        Column::new("Partner").sort_up("name"),
        Column::new("Key"),
        Column::new("Last used").sort("used"),
        Column::new("Leads").numeric().sort("leads"),
        Column::new("Qualified").numeric().sort("qualified"),
        Column::new("Revenue").numeric().sort("revenue"),
        Column::new("Action"),
    ];
    let empty = || {
        view! {
            <Empty
                icon="key"
                title="No partners yet"
                text="A partner sends you leads through the API with a key of their own, and you see here what they are worth. Make the first key above."
            />
        }
    };
    let row = move |s: LeadSourceView| view! { <SourceRow source=s question/> };
    view! {
        <PageHead title="Lead sources" subtitle="Partners who send leads through the API, and what became of those"/>
        <div class="grid min-w-0 gap-6">
            <Transition>
                {move || {
                    let shown = key.get().or_else(|| told.get().and_then(Result::ok).flatten());
                    shown.map(|key| view! { <NewKey key/> })
                }}
            </Transition>
            <CreateForm action=create typed/>
            <section class="grid min-w-0 gap-4">
                <h2 class="panel-title">"Partners"</h2>
                <div class="min-w-0">
                    <LiveTable resource=sources caption="Lead sources" columns limit=ROWS key=row_key empty row/>
                </div>
            </section>
        </div>
        <Ask question replace close/>
    }
}

fn row_key(s: &LeadSourceView) -> String {
    format!("{} {} {:?} {:?} {} {} {}", s.id, s.key_prefix, s.revoked_at, s.last_used_at, s.leads, s.qualified, s.revenue.0)
}

/// The only time that a key is seen.
#[component]
fn NewKey(key: String) -> impl IntoView {
    view! {
        <Card title="The new key">
            <CopyLine id="new-key" label="Key" text=key/>
            <p class="text-sm text-muted">
                "Copy it now: it is shown this once. Your partner sends it as the header " <code class="font-mono">"X-API-Key"</code>
                " with each lead; " <a href="/docs" class="link" rel="external">"the API's documentation"</a> " says how."
            </p>
        </Card>
    }
}

#[component]
fn CreateForm(action: ServerAction<CreateSource>, typed: RwSignal<String>) -> impl IntoView {
    let error = action_error(action);
    view! {
        <Card title="New partner" attr:data-needs=Permission::Settings.as_str()>
            <ActionForm action attr:class="max-w-xl">
                <FormErrors error labels=&[("name", "Name")]/>
                <TextField
                    name="name"
                    label="Name"
                    hint="As it stands on their leads."
                    required=true
                    maxlength=100
                    autocomplete="off"
                    bind=typed
                    errors=field_errors(error)
                />
                <SubmitButton icon="plus" pending=action.pending()>"Make a key"</SubmitButton>
            </ActionForm>
        </Card>
    }
}

#[component]
fn SourceRow(source: LeadSourceView, question: RwSignal<Option<Question>>) -> impl IntoView {
    let s = source.clone();
    let rate = (s.leads > 0).then(|| format::percent(leads::views::percent(s.qualified, s.leads)));
    let used = match s.last_used_at {
        Some(at) => view! { <TimeAgo at/> }.into_any(),
        None => view! { <span class="text-muted">"Never"</span> }.into_any(),
    };
    let acts = if s.revoked_at.is_some() {
        view! { <Badge>"Closed"</Badge> }.into_any()
    } else {
        view! {
            <span class="inline-flex flex-wrap gap-2" data-needs=Permission::Settings.as_str()>
                <AskLink href="replace" words="New key" about=Question::Replace(s.id.clone(), s.name.clone()) question/>
                <AskLink href="close" words="Close" about=Question::Close(s.id, s.name) question/>
            </span>
        }
        .into_any()
    };
    view! {
        <Row>
            <Cell label="Partner" primary=true>
                <span class="block break-words font-medium">{source.name}</span>
                <span class="block text-sm font-normal text-muted">"Since " <TimeAgo at=source.created_at/></span>
            </Cell>
            <Cell label="Key">
                <span class="whitespace-nowrap font-mono text-sm">{format!("{}…", source.key_prefix)}</span>
            </Cell>
            <Cell label="Last used">{used}</Cell>
            <Cell label="Leads" numeric=true>{source.leads}</Cell>
            <Cell label="Qualified" numeric=true>
                <span>
                    <span class="block">{source.qualified}</span>
                    {rate.map(|rate| view! { <span class="block text-sm text-muted">{rate}</span> })}
                </span>
            </Cell>
            <Cell label="Revenue" numeric=true>
                <MoneyText amount=source.revenue/>
            </Cell>
            <Cell label="Action">{acts}</Cell>
        </Row>
    }
}

/// Opens a question; without script the address does.
#[component]
fn AskLink(href: &'static str, words: &'static str, about: Question, question: RwSignal<Option<Question>>) -> impl IntoView {
    let (Question::Replace(id, name) | Question::Close(id, name)) = about.clone();
    view! {
        <a
            href=format!("?{href}={id}")
            class=if href == "close" { "btn btn-ghost btn-tight" } else { "btn btn-outline-quiet btn-tight" }
            aria-haspopup="dialog"
            on:click=move |ev| {
                ev.prevent_default();
                question.set(Some(about.clone()));
            }
        >
            {words}
            <span class="sr-only">{format!(" {name}")}</span>
        </a>
    }
}

/// Asks before a partner's key stops working. It stands outside of what is drawn anew when the list changes.
#[component]
fn Ask(question: RwSignal<Option<Question>>, replace: ServerAction<ReplaceKey>, close: ServerAction<CloseSource>) -> impl IntoView {
    move || {
        question.get().map(|asked| {
            let open = RwSignal::new(true);
            Effect::new(move |_| {
                let replaced = replace.value().with(|value| matches!(value, Some(Ok(_))));
                if replaced || close.value().with(|value| matches!(value, Some(Ok(())))) {
                    open.set(false);
                }
                if !open.get() {
                    // After the dialog has closed and given the focus back.
                    set_timeout(
                        move || {
                            replace.clear();
                            close.clear();
                            question.set(None);
                        },
                        Duration::ZERO,
                    );
                }
            });
            let cancel = move || view! { <Button on:click=move |_| open.set(false)>"Cancel"</Button> };
            match asked {
                Question::Replace(id, name) => view! {
                    <Dialog open title=format!("Make a new key for {name}?")>
                        <p class="mt-2 text-muted">"The old key stops working at once. Until your partner uses the new one, their leads are refused."</p>
                        <ActionForm action=replace attr:class="mt-6">
                            <FormErrors error=action_error(replace)/>
                            <input type="hidden" name="id" value=id/>
                            <div class="flex flex-wrap justify-end gap-3">
                                {cancel()} <SubmitButton pending=replace.pending()>"Make a new key"</SubmitButton>
                            </div>
                        </ActionForm>
                    </Dialog>
                }
                .into_any(),
                Question::Close(id, name) => view! {
                    <Dialog open title=format!("Close {name}?")>
                        <p class="mt-2 text-muted">"Its key is refused from now on, and cannot be brought back. The leads that it sent stay."</p>
                        <ActionForm action=close attr:class="mt-6">
                            <FormErrors error=action_error(close)/>
                            <input type="hidden" name="id" value=id/>
                            <div class="flex flex-wrap justify-end gap-3">
                                {cancel()} <SubmitButton variant=Variant::Danger pending=close.pending()>"Close the source"</SubmitButton>
                            </div>
                        </ActionForm>
                    </Dialog>
                }
                .into_any(),
            }
        })
    }
}
