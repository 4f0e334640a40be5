//! Forms with files: sent by script where there is one, else by the browser itself.

use crate::errors::AppError;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::server_fn::codec::MultipartData;
use leptos::server_fn::error::ServerFnUrlError;
use wasm_bindgen::JsCast;
use web_sys::{FormData, HtmlFormElement, SubmitEvent};

/// A form's way to the server and back.
#[derive(Clone, Copy)]
pub struct Sending {
    url: &'static str,
    action: Action<FormData, Result<(), AppError>>,
    /// Of a form that was posted without script: the address tells it.
    told: StoredValue<Option<AppError>>,
}

impl Sending {
    /// For the server function `S`, which `send` calls.
    pub fn new<S: ServerFn<Error = AppError>>(send: impl AsyncFn(MultipartData) -> Result<(), AppError> + Copy + 'static) -> Sending {
        let told = use_context::<ServerActionError>().filter(|error| error.path() == S::PATH);
        let told = told.map(|error| ServerFnUrlError::<AppError>::decode_err(error.err()));
        let action = Action::new_local(move |data: &FormData| {
            let data = MultipartData::from(data.clone());
            async move { send(data).await }
        });
        Sending { url: S::url(), action, told: StoredValue::new(told) }
    }

    /// Why the last try failed.
    pub fn error(self) -> Signal<Option<AppError>> {
        Signal::derive(move || match self.action.value().get() {
            Some(result) => result.err(),
            None => self.told.get_value(),
        })
    }

    pub fn pending(self) -> Signal<bool> {
        self.action.pending().into()
    }

    /// Whether it has arrived.
    pub fn is_done(self) -> bool {
        self.action.value().with(|value| matches!(value, Some(Ok(()))))
    }

    /// Forgets the last try.
    pub fn clear(self) {
        self.action.clear();
        self.told.set_value(None);
    }
}

/// The form around its fields.
#[component]
pub fn UploadForm(sending: Sending, children: Children) -> impl IntoView {
    let on_submit = move |ev: SubmitEvent| {
        let form = ev.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok());
        let Some(Ok(data)) = form.as_ref().map(FormData::new_with_form) else { return };
        ev.prevent_default();
        if !sending.pending().get_untracked() {
            sending.action.dispatch_local(data);
        }
    };
    view! {
        <form method="post" action=sending.url enctype="multipart/form-data" class="form-stack" on:submit=on_submit>
            {children()}
        </form>
    }
}
