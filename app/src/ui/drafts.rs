//! What somebody typed into a form is kept while they sign in again: in the tab's storage, without passwords and codes.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Event, EventInit, HtmlFormElement, HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement, Storage};

/// A control's name and what is in it.
type Value = (String, String);

/// One control of a form that may be kept.
enum Control {
    /// A box or a dot to tick.
    Tick(HtmlInputElement),
    Line(HtmlInputElement),
    Text(HtmlTextAreaElement),
    Select(HtmlSelectElement),
}

impl Control {
    fn name(&self) -> String {
        match self {
            Control::Tick(input) | Control::Line(input) => input.name(),
            Control::Text(area) => area.name(),
            Control::Select(select) => select.name(),
        }
    }

    /// None for what is not ticked.
    fn value(&self) -> Option<String> {
        match self {
            Control::Tick(input) => input.checked().then(|| input.value()),
            Control::Line(input) => Some(input.value()),
            Control::Text(area) => Some(area.value()),
            Control::Select(select) => Some(select.value()),
        }
    }

    /// Puts what was kept in.
    fn fill(&self, kept: &mut Vec<Value>) {
        let name = self.name();
        if let Control::Tick(input) = self {
            let ticked = kept.iter().any(|(n, value)| *n == name && *value == input.value());
            if input.checked() != ticked {
                input.set_checked(ticked);
                tell(input, "change");
            }
            return;
        }
        let Some(at) = kept.iter().position(|(n, _)| *n == name) else { return };
        let (_, value) = kept.remove(at);
        match self {
            Control::Tick(input) | Control::Line(input) => {
                input.set_value(&value);
                tell(input, "input");
            }
            Control::Text(area) => {
                area.set_value(&value);
                tell(area, "input");
            }
            Control::Select(select) => {
                select.set_value(&value);
                tell(select, "change");
            }
        }
    }
}

/// Says that a control has changed, as if somebody had typed: whoever follows it hears of it.
fn tell(control: &web_sys::EventTarget, what: &str) {
    let init = EventInit::new();
    init.set_bubbles(true);
    if let Ok(event) = Event::new_with_event_init_dict(what, &init) {
        let _ = control.dispatch_event(&event);
    }
}

/// The controls that may be kept: no passwords, codes, files, or what the page itself filled in.
fn controls(form: &HtmlFormElement) -> Vec<Control> {
    let Ok(nodes) = form.query_selector_all("input, textarea, select") else { return Vec::new() };
    let control = |node: web_sys::Node| match node.dyn_into::<HtmlInputElement>() {
        Ok(input) if input.autocomplete() == "one-time-code" => None,
        Ok(input) => match input.type_().as_str() {
            "password" | "hidden" | "file" | "submit" => None,
            "checkbox" | "radio" => Some(Control::Tick(input)),
            _ => Some(Control::Line(input)),
        },
        Err(node) => match node.dyn_into::<HtmlTextAreaElement>() {
            Ok(area) => Some(Control::Text(area)),
            Err(node) => node.dyn_into().ok().map(Control::Select),
        },
    };
    let named = |control: &Control| !control.name().is_empty();
    (0..nodes.length()).filter_map(|i| nodes.get(i)).filter_map(control).filter(named).collect()
}

/// The form on its page, and what it is about: one form may be opened for each of a list.
fn key_of(form: &HtmlFormElement) -> Option<String> {
    let path = window().location().pathname().ok()?;
    let hidden = form.query_selector_all("input[type=hidden][name$=id i]").ok()?;
    let ids = (0..hidden.length()).filter_map(|i| Some(hidden.get(i)?.dyn_into::<HtmlInputElement>().ok()?.value()));
    Some(format!("draft:{path}:{}:{}", form.get_attribute("action")?, ids.collect::<Vec<_>>().join(",")))
}

fn storage() -> Option<Storage> {
    window().session_storage().ok().flatten()
}

/// Keeps what is in a form.
pub fn keep(form: &HtmlFormElement) {
    let values: Vec<Value> = controls(form).iter().filter_map(|c| Some((c.name(), c.value()?))).collect();
    if values.is_empty() {
        return;
    }
    if let (Some(storage), Some(key), Ok(text)) = (storage(), key_of(form), serde_json::to_string(&values)) {
        let _ = storage.set_item(&key, &text);
    }
}

/// Puts back what was kept, once; `false` when there is nothing.
pub fn restore(form: &HtmlFormElement) -> bool {
    let Some((storage, key)) = storage().zip(key_of(form)) else { return false };
    let Some(text) = storage.get_item(&key).ok().flatten() else { return false };
    let _ = storage.remove_item(&key);
    let Ok(mut kept) = serde_json::from_str::<Vec<Value>>(&text) else { return false };
    for control in controls(form) {
        control.fill(&mut kept);
    }
    true
}
