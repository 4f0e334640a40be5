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
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

thread_local! {
    static WAITING: Cell<usize> = const { Cell::new(0) };
}

/// Whether something that the server drew has yet to come alive.
pub fn some_come_alive_later() -> bool {
    WAITING.get() > 0
}

/// Draws one element. Where the server has drawn it already, it comes alive a little later, in the order of the calls.
///
/// The browser finds the data of a resource or a `Suspense` by the order in which they are made. So `draw` must make none, or
/// all that come after it must be made later, too: or else the view is made before, and `draw` only gives it. It must have the same
/// elements whatever its signals say by then; of their words and attributes those that changed meanwhile stay as the server
/// drew them.
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
        WAITING.set(WAITING.get() + 1);
        let come_alive = move || {
            WAITING.set(WAITING.get() - 1);
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
