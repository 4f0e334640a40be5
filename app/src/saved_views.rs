//! Filters of a list that somebody keeps under a name, as tabs above it; in both portals.

use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::errors::plain_form_goes_to;
#[cfg(feature = "ssr")]
use crate::session::{Role, ctx, signed_in};
use crate::ui::{FormErrors, Menu, SubmitButton, Tab, TabBar, TextField, Variant, action_error, field_errors, use_toasts};
use kernel::Id;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};

/// A list's filters under a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    pub id: Id,
    pub name: String,
    /// The address's query, without the question mark.
    pub query: String,
}

#[cfg(feature = "ssr")]
impl From<platform::saved_views::SavedView> for View {
    fn from(view: platform::saved_views::SavedView) -> View {
        View { id: view.id, name: view.name, query: view.query }
    }
}

/// The own views of a list.
#[server(prefix = "/rpc", endpoint = "saved_views")]
pub async fn list_views(page: String) -> Result<Vec<View>, AppError> {
    let (caller, _) = signed_in().await?;
    let views = platform::saved_views::list(&ctx()?, &caller, &page).await?;
    Ok(views.into_iter().map(View::from).collect())
}

/// Keeps what the list shows under a name.
#[server(prefix = "/rpc", endpoint = "save_view")]
pub async fn save_view(page: String, name: String, #[server(default)] query: String) -> Result<View, AppError> {
    let (caller, _) = signed_in().await?;
    let view = View::from(platform::saved_views::save(&ctx()?, &caller, &page, &name, &query).await?);
    let portal = if matches!(caller, platform::auth::Caller::Contractor(_)) { Role::Contractor } else { Role::Admin };
    plain_form_goes_to(&format!("{}/{page}?{}", portal.home(), view.query));
    Ok(view)
}

/// Gives a view another name.
#[server(prefix = "/rpc", endpoint = "rename_view")]
pub async fn rename_view(id: Id, name: String) -> Result<View, AppError> {
    let (caller, _) = signed_in().await?;
    Ok(platform::saved_views::rename(&ctx()?, &caller, &id, &name).await?.into())
}

/// Forgets a view, and answers what it was.
#[server(prefix = "/rpc", endpoint = "delete_view")]
pub async fn delete_view(id: Id) -> Result<View, AppError> {
    let (caller, _) = signed_in().await?;
    Ok(platform::saved_views::delete(&ctx()?, &caller, &id).await?.into())
}

/// What the address filters and sorts by, in one order, without the page and what was done last.
fn filters_of(query: &ParamsMap, keys: &[&str]) -> String {
    let mut kept = ParamsMap::new();
    for key in keys.iter().chain(&["sort"]) {
        if let Some(value) = query.get(key).filter(|value| !value.is_empty()) {
            kept.insert((*key).to_owned(), value);
        }
    }
    kept.to_query_string().trim_start_matches('?').to_owned()
}

/// The views of a list as tabs, and the way to keep, rename and forget one.
#[component]
pub fn SavedViews(
    /// The list's word in its address: `leads`.
    page: &'static str,
    /// What the address may filter by.
    keys: &'static [&'static str],
) -> impl IntoView {
    let query = use_query_map();
    let now = Memo::new(move |_| query.with(|q| filters_of(q, keys)));
    let (save, rename, delete) = (ServerAction::<SaveView>::new(), ServerAction::<RenameView>::new(), ServerAction::<DeleteView>::new());
    let undo = ServerAction::<SaveView>::new();
    let (toasts, navigate, path) = (use_toasts(), use_navigate(), use_location().pathname);
    Effect::new(move |_| {
        if let Some(Ok(view)) = save.value().get() {
            toasts.success(format!("The view {} is kept.", view.name));
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(gone)) = delete.value().get() {
            let text = format!("The view {} is gone.", gone.name);
            toasts.undoable(text, move || {
                let View { name, query, .. } = gone.clone();
                undo.dispatch(SaveView { page: page.to_owned(), name, query });
            });
            navigate(&path.get_untracked(), NavigateOptions::default());
        }
    });
    Effect::new(move |_| match undo.value().get() {
        Some(Ok(view)) => toasts.success(format!("The view {} is back.", view.name)),
        Some(Err(error)) => toasts.error(error.message),
        None => {}
    });
    let versions = move || (save.version().get(), rename.version().get(), delete.version().get(), undo.version().get());
    let views = Resource::new(versions, move |_| list_views(page.to_owned()));
    view! {
        <Transition>
            {move || {
                let views = views.get().and_then(Result::ok).unwrap_or_default();
                let current = views.iter().find(|view| view.query == now.get()).cloned();
                let is_new = current.is_none() && !now.with(String::is_empty);
                let tabs = views
                    .iter()
                    .map(|view| {
                        let own = view.query.clone();
                        let href = format!("?{}", view.query);
                        view! { <Tab href current=Signal::derive(move || now.with(|now| *now == own)) label=view.name.clone()/> }
                    })
                    .collect_view();
                view! {
                    <div class="mb-4 flex flex-wrap items-center gap-2 empty:hidden">
                        {(!views.is_empty())
                            .then(|| {
                                view! {
                                    <TabBar label="Saved views">
                                        <Tab href="?" current=Signal::derive(move || now.with(String::is_empty)) label="All"/>
                                        {tabs}
                                    </TabBar>
                                }
                            })}
                        {is_new
                            .then(|| {
                                view! {
                                    <Menu label="Save this view">
                                        <ActionForm action=save>
                                            <FormErrors error=action_error(save)/>
                                            <input type="hidden" name="page" value=page/>
                                            <input type="hidden" name="query" value=now.get()/>
                                            <TextField
                                                name="name"
                                                label="Name"
                                                hint="It becomes a tab above this list, for you."
                                                maxlength=40
                                                required=true
                                                errors=field_errors(action_error(save))
                                            />
                                            <SubmitButton pending=save.pending()>"Save the view"</SubmitButton>
                                        </ActionForm>
                                    </Menu>
                                }
                            })}
                        {current
                            .map(|view| {
                                let own = view.id.clone();
                                view! {
                                    <Menu label="Change this view">
                                        <ActionForm action=rename>
                                            <FormErrors error=action_error(rename)/>
                                            <input type="hidden" name="id" value=own/>
                                            <TextField
                                                name="name"
                                                label="Name"
                                                value=view.name
                                                maxlength=40
                                                required=true
                                                errors=field_errors(action_error(rename))
                                            />
                                            <SubmitButton variant=Variant::Secondary pending=rename.pending()>"Rename"</SubmitButton>
                                        </ActionForm>
                                        <ActionForm action=delete attr:class="mt-3 border-t border-line pt-3">
                                            <FormErrors error=action_error(delete)/>
                                            <input type="hidden" name="id" value=view.id/>
                                            <SubmitButton variant=Variant::Ghost pending=delete.pending()>"Delete the view"</SubmitButton>
                                        </ActionForm>
                                    </Menu>
                                }
                            })}
                    </div>
                }
            }}
        </Transition>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_its_filters_in_one_order() {
        let query = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<ParamsMap>();
        let keys = ["status", "q"];
        assert_eq!(filters_of(&query(&[("q", "ann"), ("page", "2"), ("status", "assigned")]), &keys), "status=assigned&q=ann");
        assert_eq!(filters_of(&query(&[("q", ""), ("done", "1")]), &keys), "");
        assert_eq!(filters_of(&query(&[("sort", "-name")]), &keys), "sort=%2Dname");
    }
}
