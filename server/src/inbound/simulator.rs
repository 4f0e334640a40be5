//! Plays Twilio for trying out, never in production: its callbacks are signed and taken like Twilio's own.

use super::{Source, twilio};
use crate::http::client_address::ClientAddress;
use app::inbound::PlayedCall;
use kernel::{Outcome, Permission, Problem};
use leads::calls::CallStatus;
use platform::Ctx;
use platform::auth::{self, Caller};
use std::net::{IpAddr, Ipv4Addr};

/// Where Twilio would call.
const PATH: &str = "/api/webhooks/twilio/call-status";
/// Nobody is at the other end.
const HERE: ClientAddress =
    ClientAddress { client: IpAddr::V4(Ipv4Addr::LOCALHOST), peer: IpAddr::V4(Ipv4Addr::LOCALHOST), through_proxy: false };

/// Plays a call from its first ring to its end, and answers its CallSid. Errors: `NotFound` in production; `Forbidden`
/// for others than admins; what the callbacks meet.
pub async fn play(ctx: &Ctx, caller: &Caller, call: &PlayedCall) -> Outcome<String> {
    caller.may(Permission::Leads)?;
    let settings = &ctx.settings;
    if settings.production {
        return Err(Problem::not_found("Simulator", ""));
    }
    // Without a token Twilio's callbacks are refused; a secret of the moment lets these ones in.
    let secret = settings.twilio.auth_token.as_ref().map_or_else(|| ctx.new_secret(), |token| token.expose().to_owned());
    let (sid, url) = (format!("CA{}", ctx.new_id()), format!("{}{PATH}", settings.public_url));
    for (status, seconds) in steps(call) {
        let mut fields = vec![("CallSid", sid.clone()), ("CallStatus", status.to_string())];
        fields.extend([("From", call.from.clone()), ("To", call.to.clone()), ("Direction", "outbound-api".to_owned())]);
        fields.extend(seconds.map(|seconds| ("CallDuration", seconds.to_string())));
        let fields: Vec<(String, String)> = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
        let signature = auth::twilio_signature(&secret, &url, &fields);
        twilio::accept_signed(ctx, Source::TwilioCall, &secret, &url, &signature, body.as_bytes(), &HERE).await?;
    }
    Ok(sid)
}

/// What Twilio would tell, in its order.
fn steps(call: &PlayedCall) -> Vec<(CallStatus, Option<i64>)> {
    let mut steps = vec![(CallStatus::Ringing, None)];
    if call.outcome == CallStatus::Completed {
        steps.push((CallStatus::InProgress, None));
        steps.push((CallStatus::Completed, Some(call.seconds)));
    } else {
        steps.push((call.outcome, Some(0)));
    }
    steps
}
