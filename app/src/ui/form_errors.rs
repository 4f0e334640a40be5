use super::field::key_of;
use super::{Icon, drafts, use_toasts};
use crate::errors::{AppError, ErrorKind};
use crate::session::sign_in_href;
use kernel::FieldError;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::use_location;
use wasm_bindgen::JsCast;

/// The error of an action's last run, also when the form was posted without script.
pub fn action_error<S>(action: ServerAction<S>) -> Signal<Option<AppError>>
where
    S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    let value = action.value();
    Signal::derive(move || value.with(|v| v.as_ref().and_then(|result| result.as_ref().err().cloned())))
}

/// The fields that an error names.
pub fn field_errors(error: Signal<Option<AppError>>) -> Signal<Vec<FieldError>> {
    Signal::derive(move || error.with(|e| e.as_ref().map(|e| e.fields.clone()).unwrap_or_default()))
}

/// `customerFirstName` reads `Customer first name`; forms may give better labels.
fn label_of(field: &str, labels: &[(&'static str, &'static str)]) -> String {
    if let Some((_, label)) = labels.iter().find(|(key, _)| *key == field) {
        return (*label).to_owned();
    }
    let mut label = String::new();
    for (i, c) in field.chars().enumerate() {
        match c {
            '_' => label.push(' '),
            c if c.is_uppercase() && i > 0 => {
                label.push(' ');
                label.extend(c.to_lowercase());
            }
            c if i == 0 => label.extend(c.to_uppercase()),
            c => label.push(c),
        }
    }
    label
}

/// What is wrong with a form, on top of it, announced and focused; each line leads to its field. When the session has
/// ended meanwhile, it leads to signing in and back, and what was typed is kept on the way.
#[component]
pub fn FormErrors(
    #[prop(into)] error: Signal<Option<AppError>>,
    /// What people call the fields.
    #[prop(optional)]
    labels: &'static [(&'static str, &'static str)],
    /// The query that opens the form's dialog, for who comes back from signing in: `dispute=<id>`.
    #[prop(optional, into)]
    reopen: String,
) -> impl IntoView {
    let node = NodeRef::<leptos::html::Div>::new();
    let toasts = use_toasts();
    let form = move || node.get()?.closest("form").ok().flatten()?.dyn_into::<web_sys::HtmlFormElement>().ok();
    Effect::new(move |done: Option<bool>| {
        if done == Some(true) {
            return true;
        }
        let Some(form) = form() else { return false };
        if drafts::restore(&form) {
            toasts.info(crate::text::VALUES_BACK);
        }
        true
    });
    let location = use_location();
    let sign_in_again = Memo::new(move |_| {
        let ended = error.with(|e| e.as_ref().is_some_and(|e| e.kind == ErrorKind::Unauthenticated));
        let path = location.pathname.get();
        // Elsewhere it was the password that was wrong.
        let inside = ended && path.starts_with("/app/");
        inside.then(|| sign_in_href(&path, &with_query(&location.search.get(), &reopen)))
    });
    Effect::new(move |_| {
        if sign_in_again.get().is_some()
            && let Some(form) = form()
        {
            drafts::keep(&form);
        }
    });
    Effect::new(move |first: Option<()>| {
        let shown = error.with(Option::is_some);
        if let Some(node) = node.get()
            && shown
            && first.is_some()
        {
            let _ = node.focus();
        }
    });
    view! {
        <div node_ref=node tabindex="-1" role="alert" class="form-errors" class:hidden=move || error.with(Option::is_none)>
            {move || {
                error
                    .get()
                    .map(|e| {
                        let again = sign_in_again.get();
                        let title = if again.is_some() {
                            crate::text::SIGN_IN_AGAIN.to_owned()
                        } else if e.fields.is_empty() || e.kind == ErrorKind::Conflict {
                            e.message.clone()
                        } else {
                            crate::text::CHECK_FIELDS.to_owned()
                        };
                        let lines = e
                            .fields
                            .iter()
                            .map(|f| {
                                let id = format!("f-{}", key_of(&f.field));
                                let target = id.clone();
                                let words = crate::text::field_error(&label_of(&f.field, labels), &f.message);
                                view! {
                                    <li>
                                        <a
                                            href=format!("#{id}")
                                            rel="external"
                                            class="link"
                                            on:click=move |ev| {
                                                ev.prevent_default();
                                                focus(&target);
                                            }
                                        >
                                            {words}
                                        </a>
                                    </li>
                                }
                            })
                            .collect_view();
                        view! {
                            <p class="flex gap-2 font-medium">
                                <Icon name="alert" class="size-5 mt-0.5"/>
                                <span>{title}</span>
                            </p>
                            {again
                                .map(|href| {
                                    view! {
                                        <p class="mt-2 ml-7">
                                            {crate::text::VALUES_KEPT}
                                            " "
                                            <a href=href class="link inline-block py-2">"Sign in again"</a>
                                        </p>
                                    }
                                })}
                            {(!e.fields.is_empty()).then_some(view! { <ul class="mt-2 ml-7 grid gap-1">{lines}</ul> })}
                        }
                    })
            }}
        </div>
    }
}

/// `a=1` and `b=2` → `a=1&b=2`. Of two values of one name the later holds.
fn with_query(search: &str, more: &str) -> String {
    [search, more].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("&")
}

/// Moves the focus to an element by its id.
pub fn focus(id: &str) {
    if let Some(element) = document().get_element_by_id(id)
        && let Ok(element) = element.dyn_into::<web_sys::HtmlElement>()
    {
        let _ = element.focus();
        element.scroll_into_view();
    }
}

#[cfg(test)]
mod tests {
    use super::{label_of, with_query};

    #[test]
    fn a_dialog_opens_beside_what_the_address_says() {
        assert_eq!(with_query("status=paid", "dispute=1"), "status=paid&dispute=1");
        assert_eq!((with_query("", "dispute=1"), with_query("a=1", "")), ("dispute=1".into(), "a=1".into()));
    }

    #[test]
    fn names_become_words() {
        assert_eq!(label_of("customerFirstName", &[]), "Customer first name");
        assert_eq!(label_of("daily_cap", &[]), "Daily cap");
        assert_eq!(label_of("customerZip", &[("customerZip", "ZIP code")]), "ZIP code");
    }
}
