//! The tables `contractors`, `contractor_zips` and `contractor_specializations`: the lists, and what changes a contractor.

mod accounts;
mod candidates;
mod counters;

pub use accounts::{
    Account, TokenAccount, find_account, find_account_by_email, find_account_of_token, find_accounts_of_tokens, lock_account,
};
pub use candidates::{list_candidates, list_capped, list_serving, lock_serving};
pub use counters::{Progress, count_assigned, count_leads, count_leads_near, count_lost, count_progress, promise_replacement};

use super::containing;
use crate::contractor::{ContractorForm, ContractorStatus, ProfileForm, Specialization};
use crate::find::phone_start;
use crate::views::{ContractorFilter, ContractorSort, ContractorView, mean, one_decimal, percent};
use chrono::{DateTime, Utc};
use kernel::{Id, Listed, Money, Order, Outcome, Page, Phone, Zip};
use platform::{Conn, Where, execute, fetch_all_where, fetch_optional, fetch_scalar_where};

#[derive(Debug, sqlx::FromRow)]
struct ContractorRow {
    id: Id,
    business_name: String,
    contact_name: Option<String>,
    email: String,
    phone: Phone,
    status: ContractorStatus,
    is_approved: bool,
    approved_at: Option<DateTime<Utc>>,
    is_accepting_leads: bool,
    license_number: Option<String>,
    website: Option<String>,
    about: Option<String>,
    daily_cap: Option<i64>,
    own_daily_cap: Option<i64>,
    weight: i64,
    open_leads: i64,
    total_leads: i64,
    qualified_leads: i64,
    response_minutes_sum: i64,
    responded_leads: i64,
    has_password: bool,
    created_at: DateTime<Utc>,
    rejected_at: Option<DateTime<Utc>>,
    rejection_reason: Option<String>,
    suspension_reason: Option<String>,
    zips: String,
    specializations: String,
    rating: Option<f64>,
    total_billed: Money,
}

macro_rules! select {
    () => {
        "select c.id, c.business_name, c.contact_name, c.email, c.phone, c.status, c.is_approved, c.approved_at, c.is_accepting_leads,
           c.license_number, c.website, c.about, c.daily_cap, c.own_daily_cap, c.weight, c.open_leads, c.total_leads,
           c.qualified_leads, c.response_minutes_sum, c.responded_leads, c.password_hash is not null as has_password, c.created_at,
           c.rejected_at, c.rejection_reason, c.suspension_reason,
           coalesce((select string_agg(z.zip, ',' order by z.zip) from contractor_zips z where z.contractor_id = c.id), '') as zips,
           coalesce((select string_agg(s.specialization, ',' order by s.specialization) from contractor_specializations s
                     where s.contractor_id = c.id), '') as specializations,
           (select cast(avg(f.rating) as double precision) from customer_feedback f where f.contractor_id = c.id) as rating,
           coalesce((select cast(sum(-b.cents) as bigint) from ledger_balances b
                     where b.contractor_id = c.id and b.account in ('revenue', 'credits')), 0) as total_billed
         from contractors c"
    };
}

impl From<ContractorRow> for ContractorView {
    fn from(row: ContractorRow) -> ContractorView {
        ContractorView {
            id: row.id,
            business_name: row.business_name,
            contact_name: row.contact_name,
            email: row.email,
            phone: row.phone,
            status: row.status,
            is_approved: row.is_approved,
            approved_at: row.approved_at,
            is_accepting_leads: row.is_accepting_leads,
            service_zip_codes: row.zips.split(',').filter_map(Zip::parse).collect(),
            specializations: row.specializations.split(',').filter_map(|word| word.parse::<Specialization>().ok()).collect(),
            license_number: row.license_number,
            website: row.website,
            about: row.about,
            daily_cap: row.daily_cap,
            own_daily_cap: row.own_daily_cap,
            weight: row.weight,
            open_leads: row.open_leads,
            total_leads: row.total_leads,
            qualified_leads: row.qualified_leads,
            conversion_rate: percent(row.qualified_leads, row.total_leads),
            average_response_time: mean(row.response_minutes_sum, row.responded_leads),
            customer_rating: row.rating.map(one_decimal),
            total_billed: row.total_billed,
            has_password: row.has_password,
            created_at: row.created_at,
            rejected_at: row.rejected_at,
            rejection_reason: row.rejection_reason,
            suspension_reason: row.suspension_reason,
        }
    }
}

/// A contractor by id.
pub async fn find(conn: &mut Conn, id: &str) -> Outcome<Option<ContractorView>> {
    Ok(fetch_optional!(conn, ContractorRow, concat!(select!(), " where c.id = $1"), id)?.map(ContractorView::from))
}

pub(super) fn wanted(filter: &ContractorFilter) -> Where {
    let mut only = Where::default();
    only.and_some("c.status = ?", filter.status.map(ContractorStatus::as_str))
        .and_some("c.is_approved = ?", filter.is_approved)
        .and_some("c.id in (select z.contractor_id from contractor_zips z where z.zip = ?)", filter.zip_code.as_ref().map(Zip::as_str))
        .and_some("c.is_accepting_leads = ?", filter.is_accepting)
        .and_some(
            "c.id in (select s.contractor_id from contractor_specializations s where s.specialization = ?)",
            filter.specialization.map(Specialization::as_str),
        );
    if let Some(q) = filter.q.as_deref().map(str::trim).filter(|q| !q.is_empty()) {
        if let Some(phone) = phone_start(q) {
            let pattern = containing(phone.trim_start_matches("+1"));
            only.and("(lower(c.business_name) like ? or c.email like ? or c.phone like ?)", pattern);
            return only;
        }
        only.and("(lower(c.business_name) like ? escape '\\' or c.email like ? escape '\\')", containing(q));
    }
    only
}

pub(super) fn page_query(only: &mut Where, page: Page, order: &'static str) -> String {
    format!(concat!(select!(), "{} order by {}"), only.clause(), order) + &only.page(page)
}

async fn list_page(conn: &mut Conn, mut only: Where, page: Page, order: &'static str) -> Outcome<Vec<ContractorView>> {
    let sql = page_query(&mut only, page, order);
    Ok(fetch_all_where!(conn, ContractorRow, sql, &only.values)?.into_iter().map(ContractorView::from).collect())
}

/// The list, the newest first: one query for the page and one for the total.
pub async fn list(conn: &mut Conn, filter: &ContractorFilter) -> Outcome<Listed<ContractorView>> {
    let only = wanted(filter);
    let total = fetch_scalar_where!(conn, i64, format!("select count(*) from contractors c{}", only.clause()), &only.values)?;
    Ok(Listed { items: list_page(conn, only, filter.page, order_of(filter.order)).await?, total })
}

const NEWEST: &str = "c.created_at desc, c.id desc";

/// The order in SQL: contractors are few, so only the usual one has an index.
pub(super) fn order_of(order: Order<ContractorSort>) -> &'static str {
    match (order.by, order.ascending) {
        (ContractorSort::Created, false) => NEWEST,
        (ContractorSort::Created, true) => "c.created_at, c.id",
        (ContractorSort::Name, true) => "lower(c.business_name), c.id",
        (ContractorSort::Name, false) => "lower(c.business_name) desc, c.id desc",
        (ContractorSort::Leads, true) => "c.total_leads, c.id",
        (ContractorSort::Leads, false) => "c.total_leads desc, c.id desc",
        (ContractorSort::Charged, true) => "total_billed, c.id",
        (ContractorSort::Charged, false) => "total_billed desc, c.id desc",
    }
}

/// The contractors that come after one in the list, or the first: for exports, which read them part by part.
pub async fn list_after(
    conn: &mut Conn,
    filter: &ContractorFilter,
    after: Option<(DateTime<Utc>, Id)>,
    limit: i64,
) -> Outcome<Vec<ContractorView>> {
    let mut only = wanted(filter);
    if let Some((at, id)) = after {
        only.and_both("(c.created_at, c.id) < (?, ?)", at, id);
    }
    list_page(conn, only, Page { limit, offset: 0 }, NEWEST).await
}

/// A new account; `false` when the address is taken.
pub async fn insert(conn: &mut Conn, id: &str, form: &ContractorForm, password_hash: Option<&str>, now: DateTime<Utc>) -> Outcome<bool> {
    let inserted = execute!(
        conn,
        "insert into contractors (id, business_name, contact_name, email, phone, password_hash, password_changed_at, status, is_approved,
           is_accepting_leads, license_number, website, about, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, 'inactive', $8, $9, $10, $11, $12, $13) on conflict (email) do nothing",
        id,
        form.business_name.as_str(),
        form.contact_name.as_deref(),
        form.email.as_str(),
        form.phone.e164(),
        password_hash,
        password_hash.map(|_| now),
        false,
        true,
        form.license_number.as_deref(),
        form.website.as_deref(),
        form.about.as_deref(),
        now,
    )?;
    if inserted == 0 {
        return Ok(false);
    }
    insert_zips(conn, id, &form.service_zip_codes).await?;
    insert_specializations(conn, id, &form.specializations).await?;
    Ok(true)
}

/// Adds ZIP codes.
pub async fn insert_zips(conn: &mut Conn, id: &str, zips: &[Zip]) -> Outcome<()> {
    for zip in zips {
        execute!(conn, "insert into contractor_zips (contractor_id, zip) values ($1, $2) on conflict do nothing", id, zip.as_str())?;
    }
    Ok(())
}

/// Adds specializations.
pub async fn insert_specializations(conn: &mut Conn, id: &str, words: &[Specialization]) -> Outcome<()> {
    for word in words {
        let sql = "insert into contractor_specializations (contractor_id, specialization) values ($1, $2) on conflict do nothing";
        execute!(conn, sql, id, word.as_str())?;
    }
    Ok(())
}

/// Changes what the form has and keeps the rest.
pub async fn update_profile(conn: &mut Conn, id: &str, form: &ProfileForm) -> Outcome<()> {
    execute!(
        conn,
        "update contractors set business_name = coalesce($2, business_name), contact_name = coalesce($3, contact_name),
           phone = coalesce($4, phone), is_accepting_leads = coalesce($5, is_accepting_leads),
           paused_until = case when $5 is null then paused_until end,
           license_number = coalesce($6, license_number), website = coalesce($7, website), about = coalesce($8, about) where id = $1",
        id,
        form.business_name.as_deref(),
        form.contact_name.as_deref(),
        form.phone.as_ref().map(Phone::e164),
        form.is_accepting_leads,
        form.license_number.as_deref(),
        form.website.as_deref(),
        form.about.as_deref(),
    )?;
    if let Some(zips) = &form.service_zip_codes {
        execute!(conn, "delete from contractor_zips where contractor_id = $1", id)?;
        insert_zips(conn, id, zips).await?;
    }
    if let Some(words) = &form.specializations {
        execute!(conn, "delete from contractor_specializations where contractor_id = $1", id)?;
        insert_specializations(conn, id, words).await?;
    }
    Ok(())
}

/// Approves and activates; `false` when it was approved already.
pub async fn approve(conn: &mut Conn, id: &str, now: DateTime<Utc>) -> Outcome<bool> {
    let sql = "update contractors set is_approved = $2, approved_at = $3, status = 'active', rejected_at = null, rejection_reason = null,
                 suspension_reason = null
               where id = $1 and is_approved <> $2";
    Ok(execute!(conn, sql, id, true, now)? == 1)
}

/// Refuses an application: the account may not be used.
pub async fn reject(conn: &mut Conn, id: &str, reason: &str, now: DateTime<Utc>) -> Outcome<()> {
    let sql = "update contractors set status = 'suspended', rejected_at = $2, rejection_reason = $3 where id = $1";
    execute!(conn, sql, id, now, reason)?;
    Ok(())
}

/// The account may not be used until `reactivate`.
pub async fn suspend(conn: &mut Conn, id: &str, reason: Option<&str>) -> Outcome<()> {
    execute!(conn, "update contractors set status = 'suspended', suspension_reason = $2 where id = $1", id, reason)?;
    Ok(())
}

/// The account may be used again; why it could not is forgotten.
pub async fn reactivate(conn: &mut Conn, id: &str, status: ContractorStatus) -> Outcome<()> {
    let sql = "update contractors set status = $2, rejected_at = null, rejection_reason = null, suspension_reason = null where id = $1";
    execute!(conn, sql, id, status.as_str())?;
    Ok(())
}

/// Sets the share of leads and the daily limit.
pub async fn update_share(conn: &mut Conn, id: &str, weight: i64, daily_cap: Option<i64>) -> Outcome<()> {
    execute!(conn, "update contractors set weight = $2, daily_cap = $3 where id = $1", id, weight, daily_cap)?;
    Ok(())
}

/// Sets a password; older tokens end.
pub async fn update_password(conn: &mut Conn, id: &str, hash: &str, now: DateTime<Utc>) -> Outcome<()> {
    execute!(conn, "update contractors set password_hash = $2, password_changed_at = $3 where id = $1", id, hash, now)?;
    Ok(())
}
