//! The tables `contractors`, `contractor_zips` and `contractor_specializations`.

use super::containing;
use crate::assigning::Today;
use crate::contractor::{ContractorForm, ContractorStatus, ProfileForm, Specialization};
use crate::decisions::LeftOut;
use crate::find::phone_start;
use crate::hours::WorkingHours;
use crate::lead::LeadStatus;
use crate::routing::Candidate;
use crate::store::assignments::NewAssignment;
use crate::views::{ContractorFilter, ContractorSort, ContractorView, mean, one_decimal, percent};
use chrono::{DateTime, Utc};
use kernel::{Id, Listed, Money, Order, Outcome, Page, Phone, Zip};
use platform::auth::Claims;
use platform::db::{Engine, Near};
use platform::{Conn, Where, execute, fetch_all, fetch_all_where, fetch_optional, fetch_scalar_where, on_engine};
use serde::Deserialize;
use sqlx::QueryBuilder;
use std::collections::{BTreeMap, BTreeSet};

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

/// What signing in needs to know.
#[derive(Clone, Debug, sqlx::FromRow, Deserialize)]
pub struct Account {
    pub id: Id,
    pub email: String,
    pub business_name: String,
    pub password_hash: Option<String>,
    pub password_changed_at: Option<DateTime<Utc>>,
    pub status: ContractorStatus,
    pub is_approved: bool,
    pub weight: i64,
    pub daily_cap: Option<i64>,
}

macro_rules! account {
    () => {
        "select id, email, business_name, password_hash, password_changed_at, status, is_approved, weight, daily_cap from contractors"
    };
}

/// An account by its address, which is kept in lower case.
pub async fn find_account_by_email(conn: &mut Conn, email: &str) -> Outcome<Option<Account>> {
    Ok(fetch_optional!(conn, Account, concat!(account!(), " where email = $1"), email)?)
}

/// An account by id.
pub async fn find_account(conn: &mut Conn, id: &str) -> Outcome<Option<Account>> {
    Ok(fetch_optional!(conn, Account, concat!(account!(), " where id = $1"), id)?)
}

/// The account that a token names, and when its session was last seen.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct TokenAccount {
    jti: Id,
    #[sqlx(flatten)]
    pub account: Account,
    pub session_seen_at: Option<DateTime<Utc>>,
}

/// The account that each token names, unless the token was revoked (signed out).
pub async fn find_accounts_of_tokens(conn: &mut Conn, all: &[Claims]) -> Outcome<Vec<Option<TokenAccount>>> {
    let tokens: BTreeSet<(&str, &str)> = all.iter().map(|claims| (claims.sub.as_str(), claims.jti.as_str())).collect();
    let found = on_engine!(conn, |c| {
        let mut query = QueryBuilder::new(
            "select t.jti, (select s.seen_at from sessions s where s.id = t.jti) as session_seen_at, a.*
             from (select column1 as sub, column2 as jti from (",
        );
        query.push_values(tokens, |mut row, (sub, jti)| {
            row.push_bind(sub).push_bind(jti);
        });
        query.push(concat!(
            ") v) t join (",
            account!(),
            ") a on a.id = t.sub where not exists (select 1 from revoked_tokens r where r.jti = t.jti)"
        ));
        query.build_query_as::<TokenAccount>().fetch_all(c).await
    })?;
    let accounts: BTreeMap<Id, TokenAccount> = found.into_iter().map(|found| (found.jti.clone(), found)).collect();
    Ok(all.iter().map(|claims| accounts.get(&claims.jti).cloned()).collect())
}

/// The account that a token names, unless the token was revoked, read on the caller's own thread.
pub fn find_account_of_token(near: &Near, claims: &Claims) -> Outcome<Option<TokenAccount>> {
    let sql = concat!(account!(), " where id = $1 and not exists (select 1 from revoked_tokens r where r.jti = $2)");
    let Some(account) = near.fetch(sql, &[claims.sub.as_str().into(), claims.jti.as_str().into()])?.pop() else { return Ok(None) };
    let seen = near.fetch("select seen_at from sessions where id = $1", &[claims.jti.as_str().into()])?.pop();
    Ok(Some(TokenAccount { jti: claims.jti.clone(), account, session_seen_at: seen.flatten() }))
}

/// An account by id, locked until the transaction ends.
pub async fn lock_account(conn: &mut Conn, id: &str) -> Outcome<Option<Account>> {
    if conn.is_postgres() {
        return Ok(fetch_optional!(conn, Account, concat!(account!(), " where id = $1 for no key update"), id)?);
    }
    find_account(conn, id).await
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

/// Locks the contractors who serve these ZIP codes, and `also` the one who has the lead now, until the
/// transaction ends: choices among the same contractors wait for one another, so that each sees the loads
/// that the last one left. SQLite has one writer anyway.
pub async fn lock_serving(conn: &mut Conn, zips: &[&str], also: Option<&str>) -> Outcome<()> {
    if let Engine::Postgres(c) = conn.engine() {
        let sql = "select id from contractors where id = $2 or id in (select contractor_id from contractor_zips where zip = any ($1))
                   order by id for no key update";
        sqlx::query(sql).bind(zips).bind(also).execute(c).await?;
    }
    Ok(())
}

/// Who could take a lead (decision 22), with the numbers that the choice needs; lock them first.
pub async fn list_candidates(conn: &mut Conn, zip: &Zip, specializations: &[Specialization], today: Today) -> Outcome<Vec<Candidate>> {
    let first = specializations.first().map_or("", |s| s.as_str());
    let last = specializations.last().map_or("", |s| s.as_str());
    let rows = fetch_all!(
        conn,
        CandidateRow,
        "select c.id as contractor_id, c.business_name, c.phone, c.email, c.open_leads, c.weight, c.qualified_leads,
           c.total_leads + c.lost_leads as received_leads, c.last_lead_at, c.replacement_due,
           case when c.daily_cap is null or c.own_daily_cap < c.daily_cap then c.own_daily_cap else c.daily_cap end as daily_cap,
           c.working_hours, c.time_zone,
           case when c.daily_cap is null and c.own_daily_cap is null then 0 else
             (select count(*) from lead_assignments a where a.contractor_id = c.id and a.assigned_at >= $4) end as leads_today
         from contractor_zips z join contractors c on c.id = z.contractor_id
         where z.zip = $1 and c.status = 'active' and c.is_approved and c.is_accepting_leads
           and exists (select 1 from contractor_specializations s where s.contractor_id = c.id and s.specialization in ($2, $3))
         order by c.id",
        zip.as_str(),
        first,
        last,
        today.start,
    )?;
    Ok(rows.into_iter().map(|row| row.at(today)).collect())
}

#[derive(Debug, sqlx::FromRow)]
struct CandidateRow {
    #[sqlx(flatten)]
    candidate: Candidate,
    #[sqlx(json(nullable))]
    working_hours: Option<WorkingHours>,
    time_zone: Option<String>,
}

impl CandidateRow {
    fn at(self, today: Today) -> Candidate {
        let zone = self.time_zone.and_then(|name| name.parse().ok()).unwrap_or(today.zone);
        let is_open = self.working_hours.is_none_or(|hours| hours.is_open(today.now.with_timezone(&zone).naive_local()));
        Candidate { is_open, ..self.candidate }
    }
}

/// The approved contractors of a ZIP code, whether they take leads or not: for the explanation of a choice.
pub async fn list_serving(conn: &mut Conn, zip: &Zip, specializations: &[Specialization]) -> Outcome<Vec<LeftOut>> {
    let first = specializations.first().map_or("", |s| s.as_str());
    let last = specializations.last().map_or("", |s| s.as_str());
    Ok(fetch_all!(
        conn,
        LeftOut,
        "select c.id as contractor_id, c.business_name, c.status, c.is_accepting_leads,
           exists (select 1 from contractor_specializations s where s.contractor_id = c.id and s.specialization in ($2, $3)) as is_able
         from contractor_zips z join contractors c on c.id = z.contractor_id
         where z.zip = $1 and c.is_approved order by c.id limit 500",
        zip.as_str(),
        first,
        last,
    )?)
}

/// Counts leads that were just assigned, and uses up promised replacements.
pub async fn count_assigned(conn: &mut Conn, rows: &[NewAssignment<'_>], now: DateTime<Utc>) -> Outcome<()> {
    let mut counts: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for row in rows {
        let (leads, replacements) = counts.entry(row.contractor_id).or_default();
        *leads += 1;
        *replacements += i64::from(row.is_replacement);
    }
    if counts.is_empty() {
        return Ok(());
    }
    on_engine!(conn, |c| {
        let mut sql = QueryBuilder::new(
            "update contractors set open_leads = open_leads + n.column2, total_leads = total_leads + n.column2,
               replacement_due = replacement_due - n.column3, last_lead_at = ",
        );
        sql.push_bind(now).push(" from (");
        sql.push_values(&counts, |mut row, (id, (leads, replacements))| {
            row.push_bind(*id).push_bind(*leads).push_bind(*replacements);
        });
        sql.push(") as n where contractors.id = n.column1").build().execute(c).await.map(|_| ())
    })?;
    Ok(())
}

/// Promises a free lead: the contractor is first for the next one that fits (decision 29).
pub async fn promise_replacement(conn: &mut Conn, id: &str) -> Outcome<()> {
    execute!(conn, "update contractors set replacement_due = replacement_due + 1 where id = $1", id)?;
    Ok(())
}

/// Takes back what a lead that was taken away had counted; `was_late`: it counts as lost.
pub async fn count_lost(conn: &mut Conn, id: &str, progress: Progress, was_replacement: bool, was_late: bool) -> Outcome<()> {
    execute!(
        conn,
        "update contractors set open_leads = open_leads - $2, total_leads = total_leads - 1, lost_leads = lost_leads + $8,
           replacement_due = replacement_due + $3, contacted_leads = contacted_leads - $4, qualified_leads = qualified_leads - $5,
           response_minutes_sum = response_minutes_sum - $6, responded_leads = responded_leads - $7 where id = $1",
        id,
        i64::from(progress.closed),
        i64::from(was_replacement),
        progress.contacted,
        progress.qualified,
        progress.response_minutes.unwrap_or(0),
        i64::from(progress.response_minutes.is_some()),
        i64::from(was_late),
    )?;
    Ok(())
}

/// What a lead's way on changes in its contractor's counters.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// Minutes to the first contact, when this was it.
    pub response_minutes: Option<i64>,
    /// How many more contacted leads there are, and qualified ones.
    pub contacted: i64,
    pub qualified: i64,
    /// It no longer counts as work to do.
    pub closed: bool,
}

/// Counts progress.
pub async fn count_progress(conn: &mut Conn, id: &str, progress: Progress) -> Outcome<()> {
    execute!(
        conn,
        "update contractors set response_minutes_sum = response_minutes_sum + $2, responded_leads = responded_leads + $3,
           contacted_leads = contacted_leads + $4, qualified_leads = qualified_leads + $5, open_leads = open_leads - $6 where id = $1",
        id,
        progress.response_minutes.unwrap_or(0),
        i64::from(progress.response_minutes.is_some()),
        progress.contacted,
        progress.qualified,
        i64::from(progress.closed),
    )?;
    Ok(())
}

/// How many leads a contractor has now, of one status or in all, as the counters say.
pub async fn count_leads(conn: &mut Conn, id: &str, status: Option<LeadStatus>) -> Outcome<i64> {
    let count = fetch_optional!(conn, (i64,), COUNT_LEADS, id, status.map_or("", LeadStatus::as_str))?;
    Ok(count.map_or(0, |(count,)| count))
}

/// As `count_leads`, on the caller's own thread.
pub fn count_leads_near(near: &Near, id: &str, status: Option<LeadStatus>) -> Outcome<i64> {
    let count = near.fetch(COUNT_LEADS, &[id.into(), status.map_or("", LeadStatus::as_str).into()])?.pop();
    Ok(count.unwrap_or(0))
}

const COUNT_LEADS: &str = "select case $2 when 'assigned' then total_leads - contacted_leads - qualified_leads
       when 'contacted' then contacted_leads when 'qualified' then qualified_leads when 'pending_assignment' then 0 else total_leads end
     from contractors where id = $1";

/// Contractors with a daily limit who could take leads: at midnight they have room again.
pub async fn list_capped(conn: &mut Conn) -> Outcome<Vec<Id>> {
    let sql = "select id from contractors where status = 'active' and is_approved and is_accepting_leads
                 and (daily_cap is not null or own_daily_cap is not null) order by id";
    Ok(fetch_all!(conn, (Id,), sql)?.into_iter().map(|(id,)| id).collect())
}
