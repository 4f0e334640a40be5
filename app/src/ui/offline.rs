use super::Icon;
use leptos::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::HtmlFormElement;

/// Says that there is no network. A form that is sent meanwhile waits with its values, and is sent when the network is
/// back. It stands once, beside all pages.
#[component]
pub fn OfflineBanner() -> impl IntoView {
    let is_offline = RwSignal::new(false);
    let is_waiting = RwSignal::new(false);
    Effect::new(move |_| {
        let is_online = || window().navigator().on_line();
        is_offline.set(!is_online());
        let waiting = Rc::new(RefCell::new(None::<HtmlFormElement>));
        let kept = waiting.clone();
        window_event_listener(leptos::ev::offline, move |_| is_offline.set(true));
        window_event_listener(leptos::ev::online, move |_| {
            is_offline.set(false);
            is_waiting.set(false);
            let form = kept.borrow_mut().take();
            if let Some(form) = form.filter(|form| form.is_connected()) {
                let _ = form.request_submit();
            }
        });
        // Before the form's own script hears of it.
        let on_submit = Closure::<dyn Fn(web_sys::Event)>::new(move |event: web_sys::Event| {
            let form = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok());
            if let Some(form) = form.filter(|_| !is_online()) {
                event.prevent_default();
                event.stop_immediate_propagation();
                waiting.borrow_mut().replace(form);
                is_offline.set(true);
                is_waiting.set(true);
            }
        });
        let _ = document().add_event_listener_with_callback_and_bool("submit", on_submit.as_ref().unchecked_ref(), true);
        on_submit.forget();
    });
    view! {
        <div role="status" class="offline" class:hidden=move || !is_offline.get()>
            {move || is_offline.get().then(|| view! { <OfflineNote is_waiting/> })}
        </div>
    }
}

/// What somebody reads while there is no network.
#[component]
pub fn OfflineNote(
    /// Whether a form waits to be sent.
    #[prop(into)]
    is_waiting: Signal<bool>,
) -> impl IntoView {
    let words = move || {
        if is_waiting.get() { crate::text::OFFLINE_WAITING } else { crate::text::OFFLINE_NOW }
    };
    view! {
        <div class="offline-note">
            <Icon name="alert"/>
            <span>{words}</span>
        </div>
    }
}
