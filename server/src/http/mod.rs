//! What every request passes: addresses, limits, headers, ids, bodies.

pub mod api_version;
pub mod body;
pub mod client_address;
pub mod connections;
pub mod cors;
pub mod guard;
pub mod idempotency;
pub mod params;
pub mod rate_limit;
pub mod request_id;
pub mod security_headers;
pub mod slashes;
