use crate::errors::{AppError, ErrorKind};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// A form over something that others may change meanwhile: what was there when the person began, and what they have typed.
/// The form sends both ([`SeenFields`]), and the server refuses to overwrite what was not seen (`kernel::Changes`).
/// It is made once, outside of what is drawn anew.
#[derive(Clone, Copy)]
pub struct Editing<const N: usize> {
    fields: [Edited; N],
    /// What is edited, and the last run of the form's action that was taken note of.
    noted: StoredValue<Option<(String, usize)>>,
}

#[derive(Clone, Copy)]
struct Edited {
    name: &'static str,
    seen: RwSignal<String>,
    typed: RwSignal<String>,
}

impl<const N: usize> Editing<N> {
    pub fn new(names: [&'static str; N]) -> Editing<N> {
        let fields = names.map(|name| Edited { name, seen: RwSignal::new(String::new()), typed: RwSignal::new(String::new()) });
        Editing { fields, noted: StoredValue::new(None) }
    }

    /// Begins over, with nothing typed: for a form that opens and closes.
    pub fn begin<S>(&self, action: ServerAction<S>, id: &str, now: [String; N])
    where
        S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
        S::Output: Send + Sync + 'static,
    {
        self.noted.set_value(None);
        self.follow(action, id, now);
    }

    /// Takes what is there now of the thing with this id, in the order of the names, whenever it has been fetched anew. After a save the fields show it;
    /// after a refusal the person knows of it, and what they typed stays.
    pub fn follow<S>(&self, action: ServerAction<S>, id: &str, now: [String; N])
    where
        S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
        S::Output: Send + Sync + 'static,
    {
        let run = action.version().get_untracked();
        let (is_first, is_news) = self.noted.with_value(|noted| match noted {
            Some((of, noted)) if of == id => (false, *noted != run),
            _ => (true, true),
        });
        self.noted.set_value(Some((id.to_owned(), run)));
        let refused = action.value().with_untracked(|value| value.as_ref().and_then(|v| v.as_ref().err().map(|e| e.kind)));
        match (is_first, is_news, refused) {
            (true, ..) | (_, true, None) => self.accept(now, true),
            (_, true, Some(ErrorKind::Conflict)) => self.accept(now, false),
            _ => self.show(now),
        }
    }

    /// What somebody has typed stays, and so does what they saw when they began: it is for the server to tell them.
    fn show(&self, now: [String; N]) {
        let is_typing = self.fields.iter().any(|field| field.typed.get_untracked() != field.seen.get_untracked());
        if !is_typing {
            self.accept(now, true);
        }
    }

    fn accept(&self, now: [String; N], saved: bool) {
        for (field, now) in self.fields.iter().zip(now) {
            if saved && field.typed.get_untracked() != now {
                field.typed.set(now.clone());
            }
            field.seen.set(now);
        }
    }

    /// What is in a field, to bind it.
    pub fn typed(&self, name: &str) -> RwSignal<String> {
        self.fields.iter().find(|field| field.name == name).map_or_else(|| RwSignal::new(String::new()), |field| field.typed)
    }
}

/// What was there when the person began, as the form sends it: `seen[weight]`.
#[component]
pub fn SeenFields<const N: usize>(editing: Editing<N>) -> impl IntoView {
    let fields = editing.fields.map(|field| view! { <input type="hidden" name=format!("seen[{}]", field.name) prop:value=field.seen value=field.seen.get_untracked()/> });
    fields.into_iter().collect_view()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_types_survives_what_others_save() {
        let owner = Owner::new();
        owner.set();
        let text = |s: &str| s.to_owned();
        let editing = Editing::new(["weight", "dailyCap"]);
        let seen = |n: usize| editing.fields[n].seen.get_untracked();
        editing.show([text("1"), text("")]);
        assert_eq!((editing.typed("weight").get_untracked(), seen(0)), (text("1"), text("1")));
        editing.show([text("2"), text("")]);
        assert_eq!((editing.typed("weight").get_untracked(), seen(0)), (text("2"), text("2")), "nobody typed: follow");
        editing.typed("weight").set(text("5"));
        editing.show([text("3"), text("4")]);
        assert_eq!((editing.typed("weight").get_untracked(), seen(0), seen(1)), (text("5"), text("2"), text("")), "still what they saw");
        editing.accept([text("3"), text("4")], false);
        assert_eq!((editing.typed("weight").get_untracked(), seen(0), seen(1)), (text("5"), text("3"), text("4")));
        editing.accept([text("5"), text("4")], true);
        assert_eq!((editing.typed("weight").get_untracked(), seen(0)), (text("5"), text("5")));
    }
}
