//! The OpenAPI 3.1 document: made from the routes, completed by what holds for all of them.

use crate::http::rate_limit;
use crate::state::AppState;
use axum::http::Method;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder};
use utoipa_axum::router::OpenApiRouter;

use super::getcontractor::error::ErrorBody;

const DESCRIPTION: &str = "Leads for home-service contractors: submitting, scoring, routing, calls and billing. \
    Every refusal has the shape `{error, details?}`. Times are UTC, amounts are dollars, phone numbers have ten digits. \
    Paths work with and without a trailing slash.";

/// The document before the routes.
pub fn start() -> OpenApiRouter<AppState> {
    let info = InfoBuilder::new().title("Plumbline").version("1.0").description(Some(DESCRIPTION)).build();
    let components = ComponentsBuilder::new().schema_from::<ErrorBody>().build();
    OpenApiRouter::with_openapi(OpenApiBuilder::new().info(info).components(Some(components)).build())
}

/// The whole document, for `plumbline openapi`.
pub fn document() -> Value {
    super::routes().1
}

/// Adds how callers authenticate, and the refusals that follow from what a route takes.
pub fn complete(document: OpenApi) -> Value {
    let mut document = serde_json::to_value(document).unwrap_or_default();
    document["components"]["securitySchemes"] = json!({
        "contractor": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "The token that POST /api/contractors/login answers, good for 24 hours." },
        "admin": { "type": "http", "scheme": "basic", "description": "User name `admin`, password as in the setting ADMIN_PASSWORD." },
        "source": { "type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The key of a lead source; also as `Authorization: Bearer`." },
        "cron": { "type": "apiKey", "in": "query", "name": "secret", "description": "The setting CRON_SECRET; also as `Authorization: Bearer`." },
        "twilio": { "type": "apiKey", "in": "header", "name": "X-Twilio-Signature", "description": "Twilio's signature of the address and the form fields." },
        "stripe": { "type": "apiKey", "in": "header", "name": "Stripe-Signature", "description": "Stripe's signature of the time and the body." },
        "sendgrid": { "type": "apiKey", "in": "header", "name": "X-Twilio-Email-Event-Webhook-Signature", "description": "SendGrid's signature of the time and the body." },
    });
    let Some(paths) = document["paths"].as_object_mut() else { return document };
    for (path, item) in paths {
        let Some(item) = item.as_object_mut() else { continue };
        for (method, operation) in item {
            let method = method.to_uppercase().parse::<Method>().unwrap_or_default();
            add_refusals(path, &method, operation);
        }
    }
    document
}

fn add_refusals(path: &str, method: &Method, operation: &mut Value) {
    let uses = |scheme: &str| operation["security"].as_array().is_some_and(|all| all.iter().any(|one| one.get(scheme).is_some()));
    let (contractor, admin) = (uses("contractor"), uses("admin"));
    let has_query = operation["parameters"].as_array().is_some_and(|all| all.iter().any(|one| one["in"] == "query"));
    let mut refusals: Vec<(&str, &str)> = Vec::new();
    if operation.get("requestBody").is_some() {
        refusals.push(("400", "The body cannot be read, or fields are missing or wrong"));
        refusals.push(("413", "The body has 1 MiB or more"));
    } else if has_query || path.contains('{') {
        refusals.push(("400", "A parameter is wrong"));
    }
    if contractor || admin {
        refusals.push(("401", "Missing or invalid authentication"));
        refusals.push(("403", "The token is for another portal, or the account may not be used"));
    }
    if uses("cron") || uses("source") {
        refusals.push(("401", "The secret or key is missing or wrong"));
    }
    if uses("cron") || admin {
        refusals.push(("429", "Too many wrong secrets came from this address"));
    }
    if path.contains('{') {
        refusals.push(("404", "There is no such thing, or it is somebody else's"));
    }
    let is_limited = rate_limit::is_limited(method, path);
    if is_limited && path != "/health" {
        refusals.push(("429", "Rate limit exceeded; `Retry-After` says when to try again"));
    }
    refusals.push(("500", "Something went wrong on our side"));
    refusals.push(("503", "The database is not available; nothing was done"));
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    for (status, description) in refusals {
        let refusal = json!({
            "description": description,
            "content": { "application/json": { "schema": { "$ref": format!("#/components/schemas/{}", ErrorBody::name()) } } },
        });
        responses.entry(status).or_insert(refusal);
    }
    for (status, response) in responses {
        if is_limited || status == "429" {
            response["headers"] = json!({
                "X-RateLimit-Limit": { "description": "How many requests a window allows", "schema": { "type": "integer" } },
                "X-RateLimit-Remaining": { "description": "How many are left", "schema": { "type": "integer" } },
                "X-RateLimit-Reset": { "description": "When the window ends, in seconds since 1970", "schema": { "type": "integer" } },
            });
        }
    }
}
