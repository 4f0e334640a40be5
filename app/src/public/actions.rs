//! What the public pages ask of the server.

use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::session::{ctx, device};
use kernel::Place;
#[cfg(feature = "ssr")]
use kernel::Zip;
#[cfg(feature = "ssr")]
use leads::consent::NewConsent;
use leads::contractor::NewContractor;
use leads::front_desk::RequestProgress;
#[cfg(feature = "ssr")]
use leads::intake::{self, Origin};
use leads::lead::NewLead;
use leptos::prelude::*;

/// Sends a request for help, goes to its page and answers the page's key (seed 000, Submit Lead). What is kept as evidence of
/// consent is what our page says, whatever the browser sent.
#[server(prefix = "/rpc", endpoint = "submit_lead")]
pub async fn submit_lead(lead: NewLead) -> Result<String, AppError> {
    let ctx = ctx()?;
    let page = format!("{}/request", ctx.settings.public_url);
    let consent = NewConsent { text: Some(crate::text::CONSENT.into()), page: Some(page), given_at: None };
    let lead = NewLead { consent: Some(consent), ..lead };
    let address = device().address.map(|address| address.to_string());
    let origin = Origin::of_page(&ctx, &lead, address);
    let sent = intake::submit_from(&ctx, &platform::auth::Caller::Anyone, &lead, origin).await?;
    let key = leads::front_desk::key_of_request(&ctx, &sent.lead_id);
    leptos_axum::redirect(&format!("/request/{key}"));
    Ok(key)
}

/// How far a request has come, for who has the key of its page: the one who sent it.
#[server(prefix = "/rpc", endpoint = "follow_request")]
pub async fn follow_request(key: String) -> Result<RequestProgress, AppError> {
    Ok(leads::front_desk::progress(&ctx()?, &key).await?)
}

/// Where a ZIP code is, when we know it.
#[server(prefix = "/rpc", endpoint = "place_of")]
pub async fn place_of(zip: String) -> Result<Option<Place>, AppError> {
    ctx()?;
    Ok(Zip::parse(&zip).and_then(|zip| platform::places::place_of(&zip)))
}

/// A contractor asks to join (decision 30). `zips` is what was typed: codes with anything between them.
#[server(prefix = "/rpc", endpoint = "register")]
pub async fn register(contractor: NewContractor, zips: String) -> Result<(), AppError> {
    let contractor = NewContractor { service_zip_codes: split_zips(&zips), ..contractor };
    leads::contractors::register(&ctx()?, &contractor).await?;
    leptos_axum::redirect("/join?sent=1");
    Ok(())
}

/// `90210, 90211 90212` are three.
pub fn split_zips(text: &str) -> Vec<String> {
    text.split(|c: char| c.is_whitespace() || c == ',' || c == ';').filter(|t| !t.is_empty()).map(str::to_owned).collect()
}

/// Mails a link to choose a new password, if somebody has this address. The answer is the same for everyone.
#[server(prefix = "/rpc", endpoint = "request_password_reset")]
pub async fn request_password_reset(email: String) -> Result<(), AppError> {
    let mut fields = kernel::Fields::default();
    let email = fields.email("email", Some(&email));
    fields.finish()?;
    leads::sign_in::request_password_reset(&ctx()?, &email).await?;
    leptos_axum::redirect("/forgot-password?sent=1");
    Ok(())
}

/// Sets a password with the link that was mailed, and goes to sign in.
#[server(prefix = "/rpc", endpoint = "set_password")]
pub async fn set_password(token: String, password: String) -> Result<(), AppError> {
    leads::sign_in::set_password(&ctx()?, &token, &password).await?;
    leptos_axum::redirect("/login?done=password");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::split_zips;

    #[test]
    fn zips_are_found_however_they_are_separated() {
        assert_eq!(split_zips(" 90210,90211;\n90212  90213,"), ["90210", "90211", "90212", "90213"]);
        assert!(split_zips(" , ").is_empty());
    }
}
