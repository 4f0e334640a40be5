//! Who is looking: the session cookie, signing in and out.

use crate::errors::AppError;
use leptos::prelude::*;
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
}

/// Who is signed in, inside a portal.
pub fn use_who() -> Option<Who> {
    use_context::<Who>()
}

/// A path of ours to go to after signing in; never somebody else's site.
pub fn local_path(next: &str) -> Option<&str> {
    let fine = next.starts_with('/') && !next.starts_with("//") && !next.contains('\\') && !next.contains(char::is_control);
    (fine && next.is_ascii() && next.len() <= 500).then_some(next)
}

#[cfg(feature = "ssr")]
pub use ssr::*;

#[cfg(feature = "ssr")]
mod ssr {
    use super::{Role, Who};
    use crate::errors::{AppError, ErrorKind};
    use axum::http::{HeaderValue, header, request::Parts};
    use chrono::Duration;
    use kernel::Outcome;
    use leads::views::ContractorView;
    use leptos::prelude::use_context;
    use leptos_axum::ResponseOptions;
    use platform::Ctx;
    use platform::auth::{self, Audience, Caller};

    /// The session cookie's name. It holds the same token that the API gives out (decision 7).
    pub const COOKIE: &str = "plumbline_session";
    /// What the next page tells once.
    const ONCE: &str = "plumbline_once";
    const DAY: i64 = 24 * 60 * 60;

    /// The server's context, which its wiring provides to every page and server function.
    pub fn ctx() -> Result<Ctx, AppError> {
        use_context::<Ctx>().ok_or_else(|| AppError::new(ErrorKind::Internal, crate::text::OUR_FAULT))
    }

    /// The contractor who is signed in. Errors: `Unauthenticated`, `Forbidden` for another portal's token.
    pub async fn contractor() -> Result<ContractorView, AppError> {
        let ctx = ctx()?;
        let token = token().ok_or_else(AppError::unauthenticated)?;
        Ok(leads::contractors::authenticate(&ctx, &token).await?)
    }

    /// Whether an administrator is signed in. Errors: `Unauthenticated`, `Forbidden` for another portal's token.
    pub async fn admin() -> Result<(), AppError> {
        let token = token().ok_or_else(AppError::unauthenticated)?;
        auth::authenticate(&ctx()?, &token, Audience::Admin).await?;
        Ok(())
    }

    /// The signed-in contractor as use cases want them.
    pub async fn contractor_caller() -> Result<Caller, AppError> {
        Ok(Caller::Contractor(contractor().await?.id))
    }

    /// The administrator as use cases want them.
    pub async fn admin_caller() -> Result<Caller, AppError> {
        admin().await?;
        Ok(Caller::Admin { name: "admin".into() })
    }

    /// Reads the cookie without complaining: nobody is fine.
    pub(super) async fn who(ctx: &Ctx) -> Option<Who> {
        let token = token()?;
        if auth::authenticate(ctx, &token, Audience::Admin).await.is_ok() {
            return Some(Who { role: Role::Admin, name: "Administrator".into(), email: ctx.settings.admin_email.clone() });
        }
        let contractor = leads::contractors::authenticate(ctx, &token).await.ok()?;
        Some(Who { role: Role::Contractor, name: contractor.business_name, email: contractor.email })
    }

    /// The administrator has one name, one address and one password (decision 14).
    pub(super) fn is_admin(ctx: &Ctx, name: &str) -> bool {
        name == "admin" || name.eq_ignore_ascii_case(&ctx.settings.admin_email)
    }

    pub(super) fn admin_token(ctx: &Ctx, password: &str) -> Outcome<Option<String>> {
        if !ctx.settings.admin_password.matches(password) {
            return Ok(None);
        }
        auth::issue(ctx, Audience::Admin, "admin", Duration::seconds(DAY)).map(Some)
    }

    /// The cookie's token.
    pub(super) fn token() -> Option<String> {
        read_cookie(COOKIE)
    }

    fn read_cookie(wanted: &str) -> Option<String> {
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

    /// Keeps something for the next page, for a minute: a form that is posted without script is answered by a redirect,
    /// and what its answer said would be lost. `text` has letters, digits, `-` and `_` only.
    pub fn tell_on_next_page(ctx: &Ctx, text: &str) {
        if crate::errors::is_plain_form() {
            write_cookie(ctx, ONCE, text, 60);
        }
    }

    /// What was kept for this page. It is told once.
    pub fn told_by_last_page(ctx: &Ctx) -> Option<String> {
        let text = read_cookie(ONCE)?;
        write_cookie(ctx, ONCE, "", 0);
        Some(text)
    }

    /// Sets the cookie; an empty token removes it.
    pub(super) fn set_cookie(ctx: &Ctx, token: &str) {
        write_cookie(ctx, COOKIE, token, if token.is_empty() { 0 } else { DAY });
    }

    fn write_cookie(ctx: &Ctx, name: &str, value: &str, age: i64) {
        let secure = if ctx.settings.production { "; Secure" } else { "" };
        let cookie = format!("{name}={value}; HttpOnly; SameSite=Lax; Path=/; Max-Age={age}{secure}");
        if let (Some(options), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(&cookie)) {
            options.append_header(header::SET_COOKIE, value);
        }
    }
}

/// Who is signed in, if anybody.
#[server(prefix = "/rpc", endpoint = "who_am_i")]
pub async fn who_am_i() -> Result<Option<Who>, AppError> {
    let ctx = ctx()?;
    Ok(ssr::who(&ctx).await)
}

/// Signs in an administrator or a contractor, and goes to `next` or to their portal.
#[server(prefix = "/rpc", endpoint = "sign_in")]
pub async fn sign_in(email: String, password: String, next: Option<String>) -> Result<(), AppError> {
    let ctx = ctx()?;
    let name = email.trim();
    let (role, token) = if ssr::is_admin(&ctx, name) {
        let wrong = kernel::Problem::Unauthenticated(crate::text::WRONG_PASSWORD);
        platform::limits::try_login(&ctx, "admin").await?;
        let token = ssr::admin_token(&ctx, &password)?.ok_or(wrong)?;
        platform::limits::login_succeeded(&ctx, "admin").await?;
        (Role::Admin, token)
    } else {
        (Role::Contractor, leads::contractors::login(&ctx, name, &password).await?.1)
    };
    ssr::set_cookie(&ctx, &token);
    let next = next.as_deref().and_then(local_path).filter(|path| path.starts_with(role.home()));
    leptos_axum::redirect(next.unwrap_or(role.home()));
    Ok(())
}

/// Ends the session, here and wherever its token was copied to.
#[server(prefix = "/rpc", endpoint = "sign_out")]
pub async fn sign_out() -> Result<(), AppError> {
    let ctx = ctx()?;
    ssr::set_cookie(&ctx, "");
    if let Some(token) = ssr::token() {
        match platform::auth::revoke(&ctx, &token).await {
            // It had ended by itself.
            Ok(()) | Err(kernel::Problem::Unauthenticated(_)) => {}
            Err(problem) => return Err(problem.into()),
        }
    }
    leptos_axum::redirect("/login");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn nobody_is_sent_to_another_site() {
        assert_eq!(local_path("/app/admin/leads?q=a"), Some("/app/admin/leads?q=a"));
        for path in ["", "https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb"] {
            assert_eq!(local_path(path), None, "{path}");
        }
    }
}
