//! What people do about their own account's safety: where they are signed in.

use chrono::{DateTime, Utc};
use kernel::Id;
use serde::{Deserialize, Serialize};

/// One place where somebody is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    pub id: Id,
    /// `Chrome on Windows`.
    pub device: String,
    /// Without its last part.
    pub address: String,
    pub created_at: DateTime<Utc>,
    pub seen_at: DateTime<Utc>,
    /// The one that asks.
    pub is_this: bool,
}

/// What people call the sender of a user agent: `Safari on iPhone`.
pub fn device_name(agent: &str) -> String {
    let first = |names: &[(&str, &'static str)]| names.iter().find(|(part, _)| agent.contains(part)).map(|(_, name)| *name);
    // The order matters: most browsers claim to be others, too.
    let browser = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Macintosh", "Mac"),
        ("CrOS", "Chromebook"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => match agent.split(['/', ' ']).next().filter(|word| !word.is_empty()) {
            Some(program) => format!("A program ({})", program.chars().take(40).collect::<String>()),
            None => "Unknown device".to_owned(),
        },
    }
}

#[cfg(feature = "ssr")]
pub use ssr::{list_sessions, sign_out_others, sign_out_session};

#[cfg(feature = "ssr")]
mod ssr {
    use super::{SessionView, device_name};
    use crate::sign_in::ADMINISTRATOR;
    use kernel::{Id, Outcome, Problem};
    use platform::auth::Caller;
    use platform::{Ctx, audit, push, sessions};
    use serde_json::json;

    /// Whose sessions a caller has.
    fn account_id(caller: &Caller) -> Outcome<Id> {
        match caller {
            Caller::Contractor(id) => Ok(id.clone()),
            Caller::Staff(staff) => Ok(staff.id.clone()),
            Caller::Admin { .. } => Ok(ADMINISTRATOR.into()),
            _ => Err(Problem::Forbidden("Access denied")),
        }
    }

    /// Where the caller is signed in; `this` is the session that asks, which comes first.
    pub async fn list_sessions(ctx: &Ctx, caller: &Caller, this: &str) -> Outcome<Vec<SessionView>> {
        let found = sessions::list(&mut ctx.db.read().await?, &account_id(caller)?, ctx.now()).await?;
        let view = |s: sessions::Session| SessionView {
            is_this: s.id == this,
            device: device_name(&s.device),
            id: s.id,
            address: s.address,
            created_at: s.created_at,
            seen_at: s.seen_at,
        };
        let mut all: Vec<SessionView> = found.into_iter().map(view).collect();
        all.sort_by_key(|session| !session.is_this);
        Ok(all)
    }

    /// Signs out there. Errors: `NotFound`, also for another's session.
    pub async fn sign_out_session(ctx: &Ctx, caller: &Caller, id: &str) -> Outcome<()> {
        let account_id = account_id(caller)?;
        let mut tx = ctx.begin().await?;
        if !sessions::end(&mut tx, &account_id, id).await? {
            return Err(Problem::not_found("Session", id));
        }
        audit::record(ctx, &mut tx, caller, "signed_out_elsewhere", &account_id, json!({ "sessions": 1 })).await?;
        tx.commit().await
    }

    /// Signs out everywhere else, and says in how many places. No browser gets messages any more until it asks again.
    pub async fn sign_out_others(ctx: &Ctx, caller: &Caller, this: &str) -> Outcome<usize> {
        let account_id = account_id(caller)?;
        let mut tx = ctx.begin().await?;
        let ended = sessions::end_others(&mut tx, &account_id, Some(this)).await?;
        push::unsubscribe_all(&mut tx, &account_id).await?;
        audit::record(ctx, &mut tx, caller, "signed_out_elsewhere", &account_id, json!({ "sessions": ended })).await?;
        tx.commit().await?;
        Ok(ended)
    }
}

#[cfg(test)]
mod tests {
    use super::device_name;

    #[test]
    fn devices_have_the_names_that_people_give_them() {
        for (agent, name) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
                "Chrome on Windows",
            ),
            ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0", "Edge on Windows"),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            ("Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36", "Chrome on Android"),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:131.0) Gecko/20100101 Firefox/131.0", "Firefox on Mac"),
            ("curl/8.5.0", "A program (curl)"),
            ("", "Unknown device"),
        ] {
            assert_eq!(device_name(agent), name);
        }
    }
}
