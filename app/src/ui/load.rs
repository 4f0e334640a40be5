use super::ErrorView;
use crate::errors::AppError;
use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A resource's four states: a skeleton at first, the error with another try, or the data, which stays while it is fetched anew.
#[component]
pub fn Load<T, F, V>(
    resource: Resource<Result<T, AppError>>,
    #[prop(into)] skeleton: ViewFnOnce,
    /// Draws the data: `let:data`.
    children: F,
) -> impl IntoView
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    F: Fn(T) -> V + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let children = StoredValue::new(children);
    // Made once: a button that is drawn anew over an old one may still hold the old one's.
    let retry = Callback::new(move |()| resource.refetch());
    view! {
        <Transition fallback=skeleton>
            {move || {
                resource
                    .get()
                    .map(|result| match result {
                        Ok(data) => children.with_value(|draw| draw(data)).into_any(),
                        Err(error) => view! { <ErrorView error on_retry=retry/> }.into_any(),
                    })
            }}
        </Transition>
    }
}
