//! Who is looking: the session cookie, signing in and out.

use crate::errors::AppError;
use kernel::{Permission, StaffRole};
use leptos::prelude::*;
use leptos_router::location::Url;
use serde::{Deserialize, Serialize};

/// Which portal somebody belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    Contractor,
    Admin,
}

impl Role {
    /// The portal's first page.
    pub const fn home(self) -> &'static str {
        match self {
            Role::Contractor => "/app/contractor",
            Role::Admin => "/app/admin",
        }
    }
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    pub role: Role,
    pub name: String,
    pub email: String,
    /// What they may do in the admin portal.
    pub staff_role: Option<StaffRole>,
}

impl Who {
    /// Whether their role in the admin portal has the permission.
    pub fn may(&self, permission: Permission) -> bool {
        self.staff_role.is_some_and(|role| role.may(permission))
    }

    /// What they may not do in the admin portal, as words: pages hide what carries one of them in `data-needs`.
    pub fn lacks(&self) -> String {
        let lacking = Permission::ALL.iter().filter(|permission| !self.may(**permission));
        lacking.map(|permission| permission.as_str()).collect::<Vec<_>>().join(" ")
    }
}

/// A path of ours to go to after signing in; never somebody else's site.
pub fn local_path(next: &str) -> Option<&str> {
    let fine = next.starts_with('/') && !next.starts_with("//") && !next.contains('\\') && !next.contains(char::is_control);
    (fine && next.is_ascii() && next.len() <= 500).then_some(next)
}

/// A page's address. `search` is its query, with or without the question mark.
pub fn address_of_page(path: &str, search: &str) -> String {
    let search = search.trim_start_matches('?');
    if search.is_empty() { path.to_owned() } else { format!("{path}?{search}") }
}

/// Where to sign in and come back to this page.
pub fn sign_in_href(path: &str, search: &str) -> String {
    format!("/login?next={}", Url::escape(&address_of_page(path, search)))
}

#[cfg(feature = "ssr")]
pub use ssr::*;

#[cfg(feature = "ssr")]
mod ssr {
    use super::{Role, Who};
    use crate::errors::{AppError, ErrorKind};
    use axum::http::{HeaderValue, header, request::Parts};
    use kernel::{Id, Outcome, Permission};
    use leads::sign_in;
    use leads::views::ContractorView;
    use leptos::prelude::use_context;
    use leptos_axum::ResponseOptions;
    use platform::Ctx;
    use platform::auth::{self, Audience, Caller};
    use platform::push;
    use platform::sessions::Device;

    /// The session cookie's name. It holds the same token that the API gives out (decision 7).
    pub const COOKIE: &str = "plumbline_session";
    /// Between the password and the code: a token that is good for the second step alone.
    pub(super) const STEP_COOKIE: &str = "plumbline_second_step";
    /// Which browser that shows messages this is: it must stop when somebody signs out, however long after.
    const BROWSER_COOKIE: &str = "plumbline_browser";
    /// What the next page tells once.
    const ONCE: &str = "plumbline_once";
    const DAY: i64 = 24 * 60 * 60;
    const STEP: i64 = 10 * 60;
    /// As long as browsers keep a cookie.
    const LONGEST: i64 = 400 * DAY;

    /// The server's context, which its wiring provides to every page and server function.
    pub fn ctx() -> Result<Ctx, AppError> {
        use_context::<Ctx>().ok_or_else(|| AppError::new(ErrorKind::Internal, crate::text::OUR_FAULT))
    }

    /// What the request comes from.
    pub fn device() -> Device {
        use_context::<Device>().unwrap_or_default()
    }

    /// The contractor who is signed in. Errors: `Unauthenticated`, `Forbidden` for another portal's token.
    pub async fn contractor() -> Result<ContractorView, AppError> {
        let ctx = ctx()?;
        let token = token().ok_or_else(AppError::unauthenticated)?;
        Ok(leads::contractors::authenticate(&ctx, &token).await?)
    }

    /// Whether somebody is signed in who may look at the admin portal. Errors: `Unauthenticated`, `Forbidden` for
    /// another portal's token.
    pub async fn admin() -> Result<(), AppError> {
        Ok(admin_caller().await?.may(Permission::View)?)
    }

    /// The signed-in contractor as use cases want them.
    pub async fn contractor_caller() -> Result<Caller, AppError> {
        Ok(Caller::Contractor(contractor().await?.id))
    }

    /// The administrator or member of staff as use cases want them. What the role allows the use cases ask.
    pub async fn admin_caller() -> Result<Caller, AppError> {
        let token = token().ok_or_else(AppError::unauthenticated)?;
        Ok(sign_in::authenticate_admin(&ctx()?, &token).await?)
    }

    /// Whoever is signed in, in whichever portal, and the id of the session.
    pub async fn signed_in() -> Result<(Caller, Id), AppError> {
        let ctx = ctx()?;
        let token = token().ok_or_else(AppError::unauthenticated)?;
        Ok((sign_in::identify(&ctx, &token).await?, auth::read(&ctx, &token)?.jti))
    }

    /// Reads the cookie without complaining: nobody is fine.
    pub(super) async fn who(ctx: &Ctx) -> Option<Who> {
        let caller = sign_in::identify(ctx, &token()?).await.ok()?;
        let staff_role = caller.role();
        match caller {
            Caller::Contractor(id) => {
                let contractor = leads::contractors::get(ctx, &id).await.ok()?;
                Some(Who { role: Role::Contractor, name: contractor.business_name, email: contractor.email, staff_role })
            }
            Caller::Staff(staff) => Some(Who { role: Role::Admin, name: staff.name, email: staff.email, staff_role }),
            Caller::Admin { .. } => {
                Some(Who { role: Role::Admin, name: "Administrator".into(), email: ctx.settings.admin_email.clone(), staff_role })
            }
            _ => None,
        }
    }

    /// Lets somebody in, and sends them to `next` or to their portal. Messages that the browser shows go on if they are theirs.
    pub(super) async fn let_in(ctx: &Ctx, aud: Audience, token: &str, next: Option<&str>) -> Result<(), AppError> {
        set_session(ctx, token);
        if let Some(browser) = cookie(BROWSER_COOKIE) {
            let claims = auth::read(ctx, token)?;
            push::follow(ctx, &browser, &claims.sub, &claims.jti).await?;
        }
        let role = if aud == Audience::Admin { Role::Admin } else { Role::Contractor };
        let next = next.and_then(super::local_path).filter(|path| path.starts_with(role.home()));
        leptos_axum::redirect(next.unwrap_or(role.home()));
        Ok(())
    }

    /// Notes that this browser shows messages.
    pub fn remember_browser(ctx: &Ctx, id: &str) {
        set_cookie(ctx, BROWSER_COOKIE, id, LONGEST);
    }

    /// Ends this browser's messages, also those of a session that has ended by itself.
    pub(super) async fn forget_browser(ctx: &Ctx) -> Result<(), AppError> {
        if let Some(browser) = cookie(BROWSER_COOKIE) {
            set_cookie(ctx, BROWSER_COOKIE, "", 0);
            push::forget(ctx, &browser).await?;
        }
        Ok(())
    }

    /// The session cookie's token.
    pub(super) fn token() -> Option<String> {
        cookie(COOKIE)
    }

    /// A cookie's value.
    pub(super) fn cookie(wanted: &str) -> Option<String> {
        let parts = use_context::<Parts>()?;
        let cookies = parts.headers.get_all(header::COOKIE);
        cookies
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, value)| *name == wanted && !value.is_empty())
            .map(|(_, value)| value.to_owned())
    }

    /// Sets the session cookie; an empty token removes it.
    pub fn set_session(ctx: &Ctx, token: &str) {
        set_cookie(ctx, COOKIE, token, DAY);
    }

    /// Sets the cookie of the second step; an empty token removes it.
    pub(super) fn set_step(ctx: &Ctx, token: &str) {
        set_cookie(ctx, STEP_COOKIE, token, STEP);
    }

    /// Keeps something for the next page, for a minute: a form that is posted without script is answered by a redirect,
    /// and what its answer said would be lost. `text` has letters, digits, `-` and `_` only.
    pub fn tell_on_next_page(ctx: &Ctx, text: &str) {
        if crate::errors::is_plain_form() {
            set_cookie(ctx, ONCE, text, 60);
        }
    }

    /// What was kept for this page. It is told once.
    pub fn told_by_last_page(ctx: &Ctx) -> Option<String> {
        let text = cookie(ONCE)?;
        set_cookie(ctx, ONCE, "", 0);
        Some(text)
    }

    fn set_cookie(ctx: &Ctx, name: &str, value: &str, age: i64) {
        let age = if value.is_empty() { 0 } else { age };
        let secure = if ctx.settings.production { "; Secure" } else { "" };
        let cookie = format!("{name}={value}; HttpOnly; SameSite=Lax; Path=/; Max-Age={age}{secure}");
        if let (Some(options), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(&cookie)) {
            options.append_header(header::SET_COOKIE, value);
        }
    }

    /// Wrong names and passwords are told in the words of the page.
    pub(super) fn wrong_password<T>(outcome: Outcome<T>) -> Outcome<T> {
        outcome.map_err(|problem| match problem {
            kernel::Problem::Unauthenticated(_) => kernel::Problem::Unauthenticated(crate::text::WRONG_PASSWORD),
            other => other,
        })
    }
}

/// Who is signed in, if anybody.
#[server(prefix = "/rpc", endpoint = "who_am_i")]
pub async fn who_am_i() -> Result<Option<Who>, AppError> {
    let ctx = ctx()?;
    Ok(ssr::who(&ctx).await)
}

/// Signs in the administrator, a member of staff or a contractor, and goes to `next`, to their portal, or to the second step.
#[server(prefix = "/rpc", endpoint = "sign_in")]
pub async fn sign_in(email: String, password: String, next: Option<String>) -> Result<(), AppError> {
    use leads::sign_in::Entered;
    let ctx = ctx()?;
    match ssr::wrong_password(leads::sign_in::sign_in(&ctx, &email, &password, &device()).await)? {
        Entered::In(aud, token) => ssr::let_in(&ctx, aud, &token, next.as_deref()).await?,
        Entered::CodeNeeded(token) => {
            ssr::set_step(&ctx, &token);
            let next = next.as_deref().and_then(local_path).unwrap_or_default();
            leptos_axum::redirect(&format!("/login?step=code&next={}", Url::escape(next)));
        }
    }
    Ok(())
}

/// The second step of signing in: the code of the authenticator app, or a recovery code.
#[server(prefix = "/rpc", endpoint = "sign_in_code")]
pub async fn sign_in_code(code: String, next: Option<String>) -> Result<(), AppError> {
    let ctx = ctx()?;
    let late = || AppError::from(kernel::Problem::conflict("step_expired", crate::text::CODE_TOO_LATE));
    let step = ssr::cookie(ssr::STEP_COOKIE).ok_or_else(late)?;
    let (aud, token) = match leads::sign_in::second_step(&ctx, &step, &code, &device()).await {
        Err(kernel::Problem::Unauthenticated(_)) => return Err(late()),
        other => other?,
    };
    ssr::set_step(&ctx, "");
    ssr::let_in(&ctx, aud, &token, next.as_deref()).await
}

/// Ends the session, here and wherever its token was copied to, and the messages that this browser shows.
#[server(prefix = "/rpc", endpoint = "sign_out")]
pub async fn sign_out() -> Result<(), AppError> {
    let ctx = ctx()?;
    set_session(&ctx, "");
    if let Some(token) = ssr::token() {
        match platform::auth::revoke(&ctx, &token).await {
            // It had ended by itself.
            Ok(()) | Err(kernel::Problem::Unauthenticated(_)) => {}
            Err(problem) => return Err(problem.into()),
        }
    }
    ssr::forget_browser(&ctx).await?;
    leptos_axum::redirect("/login");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{address_of_page, local_path};

    #[test]
    fn the_address_of_a_page_has_its_query() {
        assert_eq!((address_of_page("/a", ""), address_of_page("/a", "?")), ("/a".into(), "/a".into()));
        assert_eq!((address_of_page("/a", "b=1"), address_of_page("/a", "?b=1")), ("/a?b=1".into(), "/a?b=1".into()));
    }

    #[test]
    fn nobody_is_sent_to_another_site() {
        assert_eq!(local_path("/app/admin/leads?q=a"), Some("/app/admin/leads?q=a"));
        for path in ["", "https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb"] {
            assert_eq!(local_path(path), None, "{path}");
        }
    }
}
