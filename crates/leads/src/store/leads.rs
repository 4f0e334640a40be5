//! The table `leads`, with what lists show of its neighbours. The lists themselves are in `listing`.

use super::lead_counts;
use crate::lead::{Category, LeadForm, LeadStatus, PropertyType, ServiceType, Timeline};
use crate::scoring::{Factor, Score};
use crate::views::{AssignmentView, LeadView};
use chrono::{DateTime, Utc};
use kernel::{Id, Money, Outcome, Phone, Zip};
use platform::db::Near;
use platform::{Conn, execute, fetch_all, fetch_optional, fetch_scalar, insert_rows, on_engine};
use serde::Deserialize;
use sqlx::QueryBuilder;
use sqlx::types::Json;

/// A lead as lists show it: one row of the join below.
#[derive(Debug, sqlx::FromRow, Deserialize)]
struct LeadRow {
    id: Id,
    customer_first_name: String,
    customer_last_name: String,
    customer_email: Option<String>,
    customer_phone: Phone,
    customer_address: Option<String>,
    customer_city: Option<String>,
    customer_state: Option<String>,
    customer_zip: Zip,
    service_type: ServiceType,
    service_description: Option<String>,
    timeline: Timeline,
    budget_range: String,
    property_type: PropertyType,
    status: LeadStatus,
    score: i64,
    category: Category,
    price_cents: Money,
    source: String,
    duplicate_of: Option<Id>,
    merged_into: Option<Id>,
    first_contact_at: Option<DateTime<Utc>>,
    qualified_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    contractor_id: Option<Id>,
    business_name: Option<String>,
    assigned_at: Option<DateTime<Utc>>,
    response_deadline: Option<DateTime<Utc>>,
    assignment_status: Option<LeadStatus>,
    tracking_number: Option<Phone>,
}

macro_rules! columns {
    () => {
        "l.id, l.customer_first_name, l.customer_last_name, l.customer_email, l.customer_phone, l.customer_address, l.customer_city,
         l.customer_state, l.customer_zip, l.service_type, l.service_description, l.timeline, l.budget_range, l.property_type, l.status,
         l.score, l.category, l.price_cents, l.source, l.duplicate_of, l.merged_into, l.first_contact_at, l.qualified_at,
         l.created_at,
         a.contractor_id, c.business_name, a.assigned_at, a.response_deadline, a.status as assignment_status, t.phone as tracking_number"
    };
}

macro_rules! from_leads {
    () => {
        " from leads l
          left join lead_assignments a on a.lead_id = l.id and a.ended_at is null
          left join contractors c on c.id = a.contractor_id
          left join tracking_numbers t on t.lead_id = l.id and t.status = 'active'"
    };
}

// After the macros, which it uses.
mod listing;

pub(super) use listing::{NEWEST, phone_begins};
pub use listing::{list, list_after, list_of_contractor};

impl From<LeadRow> for LeadView {
    fn from(row: LeadRow) -> LeadView {
        let assignment = match (row.contractor_id, row.business_name, row.assigned_at, row.response_deadline, row.assignment_status) {
            (Some(contractor_id), Some(business_name), Some(assigned_at), Some(response_deadline), Some(status)) => {
                Some(AssignmentView { contractor_id, business_name, assigned_at, response_deadline, status })
            }
            _ => None,
        };
        LeadView {
            id: row.id,
            customer_first_name: row.customer_first_name,
            customer_last_name: row.customer_last_name,
            customer_email: row.customer_email,
            customer_phone: row.customer_phone,
            customer_address: row.customer_address,
            customer_city: row.customer_city,
            customer_state: row.customer_state,
            customer_zip: row.customer_zip,
            service_type: row.service_type,
            service_description: row.service_description,
            timeline: row.timeline,
            budget_range: row.budget_range,
            property_type: row.property_type,
            status: row.status,
            score: row.score,
            category: row.category,
            price: row.price_cents,
            source: row.source,
            duplicate_of: row.duplicate_of,
            merged_into: row.merged_into,
            first_contact_at: row.first_contact_at,
            qualified_at: row.qualified_at,
            created_at: row.created_at,
            assignment,
            tracking_number: row.tracking_number,
        }
    }
}

/// Where a new lead comes from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Provenance<'a> {
    /// `web`, `api`, `demo`, or the lead source's name.
    pub source: &'a str,
    pub source_id: Option<&'a str>,
    /// The first lead of the same request.
    pub duplicate_of: Option<&'a str>,
    /// The request that made it, unique.
    pub request_id: Option<&'a str>,
}

impl<'a> Provenance<'a> {
    pub fn of(source: &'a str) -> Provenance<'a> {
        Provenance { source, ..Provenance::default() }
    }
}

/// A new lead.
#[derive(Debug)]
pub struct Row<'a> {
    pub id: &'a str,
    pub form: &'a LeadForm,
    pub score: &'a Score,
    pub status: LeadStatus,
    pub from: Provenance<'a>,
    pub created_at: DateTime<Utc>,
}

/// New leads, all at once.
pub async fn insert(conn: &mut Conn, rows: &[Row<'_>]) -> Outcome<()> {
    let sql =
            "insert into leads (id, customer_first_name, customer_last_name, customer_email, customer_phone, customer_address, customer_city,
               customer_state, customer_zip, service_type, service_description, timeline, budget_range, property_type, status, score, category,
               price_cents, weights_version, factors, source, source_id, duplicate_of, request_id, created_at, created_day) ";
    insert_rows!(conn, sql, rows, |row, Row { id, form, score, status, from, created_at }| {
        row.push_bind(*id)
            .push_bind(form.customer_first_name.as_str())
            .push_bind(form.customer_last_name.as_str())
            .push_bind(form.customer_email.as_deref())
            .push_bind(form.customer_phone.e164())
            .push_bind(form.customer_address.as_deref())
            .push_bind(form.customer_city.as_deref())
            .push_bind(form.customer_state.as_deref())
            .push_bind(form.customer_zip.as_str())
            .push_bind(form.service_type.as_str())
            .push_bind(form.service_description.as_deref())
            .push_bind(form.timeline.as_str())
            .push_bind(form.budget_range.as_str())
            .push_bind(form.property_type.as_str())
            .push_bind(status.as_str())
            .push_bind(score.total)
            .push_bind(score.category.as_str())
            .push_bind(score.price.0)
            .push_bind(score.weights_version)
            .push_bind(Json(&score.factors))
            .push_bind(from.source)
            .push_bind(from.source_id)
            .push_bind(from.duplicate_of)
            .push_bind(from.request_id)
            .push_bind(*created_at)
            .push_bind(day(*created_at));
    })?;
    lead_counts::add(conn, rows).await
}

/// The UTC day as the charts' columns keep it.
pub fn day(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d").to_string()
}

/// Those of the leads that there are.
pub async fn find_several(conn: &mut Conn, ids: &[Id]) -> Outcome<Vec<LeadView>> {
    let rows = on_engine!(conn, |c| {
        let mut query = QueryBuilder::new(concat!("select ", columns!(), from_leads!(), " where l.id in "));
        query.push_tuples(ids, |mut id, value| {
            id.push_bind(value.as_str());
        });
        query.build_query_as::<LeadRow>().fetch_all(c).await
    })?;
    Ok(rows.into_iter().map(LeadView::from).collect())
}

/// One lead as lists show it.
pub async fn find(conn: &mut Conn, id: &str) -> Outcome<Option<LeadView>> {
    let sql = concat!("select ", columns!(), from_leads!(), " where l.id = $1");
    Ok(fetch_optional!(conn, LeadRow, sql, id)?.map(LeadView::from))
}

/// As `find`, on the caller's own thread.
pub fn find_near(near: &Near, id: &str) -> Outcome<Option<LeadView>> {
    let sql = concat!("select ", columns!(), from_leads!(), " where l.id = $1");
    Ok(near.fetch::<LeadRow>(sql, &[id.into()])?.pop().map(LeadView::from))
}

/// One lead of a lead source, as lists show it.
pub async fn find_of_source(conn: &mut Conn, source_id: &str, id: &str) -> Outcome<Option<LeadView>> {
    let sql = concat!("select ", columns!(), from_leads!(), " where l.id = $1 and l.source_id = $2");
    Ok(fetch_optional!(conn, LeadRow, sql, id, source_id)?.map(LeadView::from))
}

/// The lead that a request made.
pub async fn find_of_request(conn: &mut Conn, request_id: &str) -> Outcome<Option<LeadView>> {
    let sql = concat!("select ", columns!(), from_leads!(), " where l.request_id = $1");
    Ok(fetch_optional!(conn, LeadRow, sql, request_id)?.map(LeadView::from))
}

/// The first lead of each of these requests since `since`: what comes after it is a duplicate.
pub async fn list_first(conn: &mut Conn, forms: impl Iterator<Item = &LeadForm>, since: DateTime<Utc>) -> Outcome<Vec<FirstLead>> {
    let phones = forms.map(|form| form.customer_phone.e164());
    let rows = on_engine!(conn, |c| {
        let mut sql = QueryBuilder::new(
            "select id, customer_phone, service_type, customer_zip from leads where duplicate_of is null and created_at > ",
        );
        sql.push_bind(since).push(" and customer_phone in (");
        let mut list = sql.separated(", ");
        for phone in phones {
            list.push_bind(phone);
        }
        sql.push(") order by created_at, id").build_query_as::<FirstLead>().fetch_all(c).await
    })?;
    Ok(rows)
}

/// The lead with which a request began.
#[derive(Debug, sqlx::FromRow)]
pub struct FirstLead {
    pub id: Id,
    pub customer_phone: Phone,
    pub service_type: ServiceType,
    pub customer_zip: Zip,
}

/// A lead's score reasons.
pub async fn find_factors(conn: &mut Conn, id: &str) -> Outcome<Vec<Factor>> {
    let row = fetch_optional!(conn, (Json<Vec<Factor>>,), "select factors from leads where id = $1", id)?;
    Ok(row.map(|(Json(factors),)| factors).unwrap_or_default())
}

/// The version of the scoring that a lead was scored with.
pub async fn find_scoring_version(conn: &mut Conn, id: &str) -> Outcome<i64> {
    Ok(fetch_scalar!(conn, i64, "select weights_version from leads where id = $1", id)?)
}

/// What a change of a lead needs to know of it and its current assignment.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Locked {
    pub id: Id,
    pub customer_first_name: String,
    pub customer_last_name: String,
    pub customer_phone: Phone,
    pub customer_city: Option<String>,
    pub customer_state: Option<String>,
    pub customer_zip: Zip,
    pub service_type: ServiceType,
    pub timeline: Timeline,
    pub status: LeadStatus,
    pub category: Category,
    pub price_cents: Money,
    pub first_contact_at: Option<DateTime<Utc>>,
    pub qualified_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub duplicate_of: Option<Id>,
    pub merged_into: Option<Id>,
    pub assignment_id: Option<Id>,
    pub contractor_id: Option<Id>,
    pub assigned_at: Option<DateTime<Utc>>,
    pub is_open: Option<bool>,
    pub is_replacement: Option<bool>,
}

impl Locked {
    /// The first lead of the request that this one belongs to.
    pub fn request(&self) -> &str {
        self.duplicate_of.as_deref().unwrap_or(&self.id)
    }

    pub fn customer_name(&self) -> String {
        format!("{} {}", self.customer_first_name, self.customer_last_name)
    }
}

/// Locks a lead until the transaction ends, and reads it as it is then. Locks are taken in the order
/// call, lead, contractors (by id), tracking number, so that transactions never wait in a circle.
pub async fn lock(conn: &mut Conn, id: &str) -> Outcome<Option<Locked>> {
    if conn.is_postgres() {
        // On its own: a lock in the join below would show the neighbours as they were before the wait.
        execute!(conn, "select id from leads where id = $1 for no key update", id)?;
    }
    Ok(fetch_optional!(
        conn,
        Locked,
        "select l.id, l.customer_first_name, l.customer_last_name, l.customer_phone, l.customer_city, l.customer_state, l.customer_zip,
           l.service_type, l.timeline, l.status, l.category, l.price_cents, l.first_contact_at, l.qualified_at, l.created_at,
           l.duplicate_of, l.merged_into, a.id as assignment_id, a.contractor_id, a.assigned_at, a.is_open, a.is_replacement
         from leads l left join lead_assignments a on a.lead_id = l.id and a.ended_at is null
         where l.id = $1",
        id,
    )?)
}

/// Moves a lead to a status; the first contact and the qualification keep their first time.
pub async fn update_status(
    conn: &mut Conn,
    id: &str,
    status: LeadStatus,
    first_contact_at: Option<DateTime<Utc>>,
    qualified_at: Option<DateTime<Utc>>,
) -> Outcome<()> {
    lead_counts::turn(conn, id, status).await?;
    execute!(
        conn,
        "update leads set status = $2, first_contact_at = coalesce(first_contact_at, $3), qualified_at = coalesce(qualified_at, $4)
         where id = $1",
        id,
        status.as_str(),
        first_contact_at,
        qualified_at,
    )?;
    Ok(())
}

/// Starts a lead's way over: who has it next, if anybody, makes the first contact.
pub async fn restart(conn: &mut Conn, id: &str, status: LeadStatus) -> Outcome<()> {
    lead_counts::turn(conn, id, status).await?;
    let sql = "update leads set status = $2, first_contact_at = null, qualified_at = null where id = $1";
    execute!(conn, sql, id, status.as_str())?;
    Ok(())
}

/// Other leads of the same request or from the same phone, the oldest first.
pub async fn list_alike(conn: &mut Conn, lead: &LeadView) -> Outcome<Vec<LeadView>> {
    let sql = concat!(
        "select ",
        columns!(),
        from_leads!(),
        " where l.id in (select id from leads where customer_phone = $1 union select id from leads where duplicate_of = $2
            union select id from leads where id = $2) and l.id <> $3 and l.merged_into is null
          order by l.created_at, l.id limit 20"
    );
    let first = lead.duplicate_of.as_deref().unwrap_or(&lead.id);
    let rows = fetch_all!(conn, LeadRow, sql, lead.customer_phone.e164(), first, lead.id.as_str())?;
    Ok(rows.into_iter().map(LeadView::from).collect())
}

/// `gone` becomes a part of `kept`, whose request began with `first`; so does what was merged into it before.
pub async fn merge(conn: &mut Conn, gone: &str, kept: &str, first: &str) -> Outcome<()> {
    lead_counts::remove(conn, gone).await?;
    execute!(conn, "update leads set merged_into = $2 where id = $1 or merged_into = $1", gone, kept)?;
    execute!(conn, "update leads set duplicate_of = $2 where id = $1 or duplicate_of = $1", gone, first)?;
    Ok(())
}

/// Leads that a contractor with these ZIP codes and specializations could take, oldest first; none of a
/// request that they had already.
pub async fn list_waiting_for(conn: &mut Conn, contractor_id: &str, limit: i64) -> Outcome<Vec<Id>> {
    let rows = fetch_all!(
        conn,
        (Id,),
        "select l.id from contractor_zips z
         join leads l on l.customer_zip = z.zip and l.status = 'pending_assignment'
         where z.contractor_id = $1 and l.category <> 'NURTURE' and l.merged_into is null
           and exists (select 1 from contractor_specializations s where s.contractor_id = $1
             and (s.specialization = l.service_type or (l.service_type = 'emergency' and s.specialization in ('ac_repair', 'heating_repair'))))
           and not exists (select 1 from leads g join lead_assignments a on a.lead_id = g.id and a.contractor_id = $1
             where g.id = coalesce(l.duplicate_of, l.id) or g.duplicate_of = coalesce(l.duplicate_of, l.id))
         order by l.created_at, l.id limit $2",
        contractor_id,
        limit,
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
