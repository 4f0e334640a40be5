//! Contractors pay what they owe (decision 11).

use super::callers::ContractorCaller;
use super::error::{Answer, ErrorBody};
use super::stamp;
use crate::http::body::{Body, Json};
use crate::http::params::{Asked, Checked};
use crate::state::AppState;
use axum::extract::State;
use kernel::Fields;
use leads::payments::{self, PaymentStatus, PaymentView};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What to pay.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NewPayment {
    record_ids: Option<Vec<String>>,
}

/// What to pay.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct StartPayment {
    /// Billing records that are pending or invoiced; at most 100.
    #[schema(example = json!(["clxyz999"]))]
    pub record_ids: Vec<String>,
}

/// Where to pay.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StartedPayment {
    pub checkout_url: String,
    pub payment_id: String,
}

/// Begin to pay.
///
/// Answers the address of the payment provider's page. Asked again for the same records, it is the same payment.
#[utoipa::path(post, path = "/api/contractors/billing/pay", tag = "Contractors", request_body = StartPayment, security(("contractor" = [])),
    responses(
    (status = 200, description = "Where to pay", body = StartedPayment),
    (status = 404, description = "A record is not there, or somebody else's", body = ErrorBody),
    (status = 409, description = "A record is paid, credited or free", body = ErrorBody),
    (status = 503, description = "The payment provider cannot be reached, or is not set up", body = ErrorBody),
))]
pub async fn start_payment(
    State(state): State<AppState>,
    caller: ContractorCaller,
    Body(new): Body<NewPayment>,
) -> Answer<Json<StartedPayment>> {
    let mut fields = Fields::default();
    let record_ids = fields.required("recordIds", new.record_ids.filter(|ids| !ids.is_empty()));
    let started = payments::start(&state.ctx, &caller.caller(), &fields.finish_with(record_ids)?, false).await?;
    Ok(Json(StartedPayment { checkout_url: started.checkout_url, payment_id: started.payment_id }))
}

/// A payment.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Payment {
    pub id: String,
    pub record_ids: Vec<String>,
    /// Dollars.
    pub amount: f64,
    #[schema(example = "succeeded")]
    pub status: &'static str,
    /// Where it can be paid while it is open.
    pub checkout_url: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

impl From<PaymentView> for Payment {
    fn from(payment: PaymentView) -> Payment {
        Payment {
            id: payment.id,
            record_ids: payment.record_ids,
            amount: payment.amount.dollars(),
            status: payment.status.as_str(),
            checkout_url: payment.checkout_url.filter(|_| payment.status == PaymentStatus::Started),
            error: payment.error,
            created_at: stamp(payment.created_at),
            updated_at: stamp(payment.updated_at),
        }
    }
}

/// Which payments.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct PaymentQuery {
    /// How many, 1–500; 50 when absent.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 500)]
    limit: Option<String>,
    /// How many to skip.
    #[param(value_type = Option<i64>, minimum = 0)]
    offset: Option<String>,
}

/// One page of payments.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentList {
    pub payments: Vec<Payment>,
    /// How many there are on all pages.
    pub total: i64,
    pub limit: i64,
    pub offset: i64,
}

/// The caller's payments, newest first.
#[utoipa::path(get, path = "/api/contractors/payments", tag = "Contractors", params(PaymentQuery), security(("contractor" = [])), responses(
    (status = 200, description = "One page of payments", body = PaymentList),
))]
pub async fn list_payments(
    State(state): State<AppState>,
    caller: ContractorCaller,
    Asked(query): Asked<PaymentQuery>,
) -> Answer<Json<PaymentList>> {
    let mut checked = Checked::default();
    let page = checked.page(query.limit.as_deref(), query.offset.as_deref(), 50);
    checked.finish()?;
    let listed = payments::list(&state.ctx, &caller.0, page).await?;
    let payments = listed.items.into_iter().map(Payment::from).collect();
    Ok(Json(PaymentList { payments, total: listed.total, limit: page.limit, offset: page.offset }))
}
