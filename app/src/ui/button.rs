use super::Icon;
use leptos::prelude::*;

/// How loud a button is: one primary a view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Variant {
    Primary,
    #[default]
    Secondary,
    Ghost,
    Danger,
}

impl Variant {
    fn class(self, small: bool, wide: bool) -> String {
        let look = match self {
            Variant::Primary => "btn-primary",
            Variant::Secondary => "btn-outline-quiet",
            Variant::Ghost => "btn-ghost",
            Variant::Danger => "btn-danger",
        };
        format!("btn {look}{}{}", if small { " btn-tight" } else { "" }, if wide { " w-full" } else { "" })
    }
}

/// A button. Handlers go on it directly: `<Button on:click=…>`.
#[component]
pub fn Button(
    #[prop(optional)] variant: Variant,
    /// `button` or `submit`.
    #[prop(default = "button")]
    kind: &'static str,
    /// Shows progress and ignores further presses.
    #[prop(optional, into)]
    pending: Signal<bool>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional)] icon: &'static str,
    #[prop(optional)] small: bool,
    #[prop(optional)] wide: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <button
            type=kind
            class=variant.class(small, wide)
            disabled=move || disabled.get() || pending.get()
            aria-busy=move || pending.get().then_some("true")
        >
            <span class="spinner" aria-hidden="true"></span>
            {(!icon.is_empty()).then(|| view! { <Icon name=icon/> })}
            <span>{children()}</span>
        </button>
    }
}

/// The button that sends a form. It says what will happen, and shows that it does.
#[component]
pub fn SubmitButton(
    #[prop(optional, into)] pending: Signal<bool>,
    #[prop(default = Variant::Primary)] variant: Variant,
    #[prop(optional)] icon: &'static str,
    #[prop(optional)] small: bool,
    #[prop(optional)] wide: bool,
    children: Children,
) -> impl IntoView {
    view! { <Button kind="submit" variant pending icon small wide>{children()}</Button> }
}

/// A link that looks like a button.
#[component]
pub fn LinkButton(
    #[prop(into)] href: String,
    #[prop(optional)] variant: Variant,
    #[prop(optional)] icon: &'static str,
    #[prop(optional)] small: bool,
    #[prop(optional)] wide: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <a href=href class=variant.class(small, wide)>
            {(!icon.is_empty()).then(|| view! { <Icon name=icon/> })}
            <span>{children()}</span>
        </a>
    }
}
