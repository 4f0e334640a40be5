//! What the public pages ask of the server.

use crate::errors::AppError;
#[cfg(feature = "ssr")]
use crate::session::ctx;
use chrono::{DateTime, Utc};
use kernel::{Id, Phone};
use leads::contractor::NewContractor;
use leads::lead::NewLead;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// How far a request has come, as far as the one who sent it may know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RequestProgress {
    /// No contractor has it yet.
    Waiting,
    /// A contractor has it and should call by the deadline.
    Assigned { business: String, deadline: DateTime<Utc>, phone: Option<Phone> },
    /// A contractor has been in touch.
    Contacted { business: String, phone: Option<Phone> },
}

/// Sends a request for help and goes to its page (seed 000, Submit Lead).
#[server(prefix = "/rpc", endpoint = "submit_lead")]
pub async fn submit_lead(lead: NewLead) -> Result<Id, AppError> {
    let ctx = ctx()?;
    let sent = leads::intake::submit(&ctx, &platform::auth::Caller::Anyone, &lead, "web").await?;
    leptos_axum::redirect(&format!("/request/{}", sent.lead_id));
    Ok(sent.lead_id)
}

/// How far a request has come. Whoever knows its id sent it: no more than that is told.
#[server(prefix = "/rpc", endpoint = "lead_progress")]
pub async fn lead_progress(id: Id) -> Result<RequestProgress, AppError> {
    use leads::lead::LeadStatus;
    let lead = leads::admin_desk::get_lead(&ctx()?, &id).await?.lead;
    Ok(match (lead.status, lead.assignment) {
        (LeadStatus::PendingAssignment, _) | (_, None) => RequestProgress::Waiting,
        (LeadStatus::Assigned, Some(a)) => {
            RequestProgress::Assigned { business: a.business_name, deadline: a.response_deadline, phone: lead.tracking_number }
        }
        (_, Some(a)) => RequestProgress::Contacted { business: a.business_name, phone: lead.tracking_number },
    })
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
