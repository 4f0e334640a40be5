//! What a page holds many of comes alive after the page, each in a task of its own: between two tasks the browser can answer.

use leptos::either::Either;
use leptos::prelude::*;
use leptos::tachys::html::attribute::Attribute;
use leptos::tachys::html::attribute::any_attribute::AnyAttribute;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::renderer::CastFrom;
use leptos::tachys::renderer::types::Element;
use leptos::tachys::view::any_view::{AnyView, AnyViewState, AnyViewWithAttrs};
use leptos::tachys::view::{Position, PositionState, Render, RenderHtml, add_attr::AddAnyAttr};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// Draws one element. Where the server has drawn it already, it comes alive a little later.
///
/// The browser finds the data of a resource or a `Suspense` by the order in which they come alive. So it must hold none, or else all that
/// come after it, as a portal's page does (`frontend` waits for that). It must have the
/// same elements whatever its signals say by then; of their words and attributes those that changed meanwhile stay as the server drew them.
pub fn later(draw: impl FnOnce() -> AnyView + Send + 'static) -> AnyView {
    let shared = Owner::current_shared_context();
    match Owner::current().filter(|_| shared.is_some_and(|shared| shared.during_hydration())) {
        Some(owner) => Later { owner, draw: Box::new(draw) }.into_any(),
        None => draw(),
    }
}

struct Later {
    owner: Owner,
    draw: Box<dyn FnOnce() -> AnyView + Send>,
}

impl Later {
    fn draw(self) -> AnyView {
        self.owner.with(self.draw)
    }
}

impl Render for Later {
    /// The element as the server drew it, until it is alive.
    type State = Rc<RefCell<Either<Element, AnyViewState>>>;

    fn build(self) -> Self::State {
        Rc::new(RefCell::new(Either::Right(self.draw().build())))
    }

    fn rebuild(self, state: &mut Self::State) {
        let mut old = std::mem::replace(state, self.build());
        old.insert_before_this(state);
        old.unmount();
    }
}

impl AddAnyAttr for Later {
    type Output<NewAttr: Attribute> = AnyViewWithAttrs;

    fn add_any_attr<NewAttr: Attribute>(self, attr: NewAttr) -> AnyViewWithAttrs {
        self.draw().add_any_attr(attr)
    }
}

impl RenderHtml for Later {
    type AsyncOutput = AnyView;
    type Owned = Later;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> AnyView {
        self.draw()
    }

    fn to_html_with_buf(
        self,
        buf: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        self.draw().to_html_with_buf(buf, position, escape, mark_branches, extra_attrs);
    }

    fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> Self::State {
        match position.get() {
            Position::FirstChild => cursor.child(),
            Position::Current => {}
            _ => cursor.sibling(),
        }
        position.set(Position::NextChild);
        let Some(element) = Element::cast_from(cursor.current()) else { return self.build() };
        let state = Rc::new(RefCell::new(Either::Left(element.clone())));
        let waiting = Rc::downgrade(&state);
        let come_alive = move || {
            // It may have gone in the meantime.
            if let Some(state) = waiting.upgrade() {
                let owner = self.owner.clone();
                let alive = owner.with(|| (self.draw)().hydrate_from_position::<true>(&element, Position::Current));
                *state.borrow_mut() = Either::Right(alive);
            }
        };
        set_timeout(come_alive, Duration::ZERO);
        state
    }

    fn into_owned(self) -> Later {
        self
    }
}
