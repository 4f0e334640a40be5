//! The table `customer_feedback`, and who is asked for it.

use crate::lead::ServiceType;
use chrono::{DateTime, Utc};
use kernel::{Id, Outcome};
use platform::{Conn, execute, fetch_all, fetch_optional};

/// A customer with a mail address, and who did the work.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Customer {
    pub lead_id: Id,
    pub customer_first_name: String,
    pub customer_email: String,
    pub service_type: ServiceType,
    pub contractor_id: Id,
    pub business_name: String,
}

/// A lead's customer; none when nobody has the lead or there is no address.
pub async fn find_customer(conn: &mut Conn, lead_id: &str) -> Outcome<Option<Customer>> {
    Ok(fetch_optional!(
        conn,
        Customer,
        "select l.id as lead_id, l.customer_first_name, l.customer_email, l.service_type, c.id as contractor_id, c.business_name
         from leads l join lead_assignments a on a.lead_id = l.id and a.ended_at is null join contractors c on c.id = a.contractor_id
         where l.id = $1 and l.customer_email is not null",
        lead_id,
    )?)
}

/// A merged lead's feedback goes with it, unless the other has its own.
pub async fn move_to(conn: &mut Conn, from: &str, to: &str) -> Outcome<()> {
    let sql = "update customer_feedback set lead_id = $2
               where lead_id = $1 and not exists (select 1 from customer_feedback f where f.lead_id = $2)";
    execute!(conn, sql, from, to)?;
    // The link that the customer has is for the one that stays, and they are not asked again.
    execute!(conn, "update account_links set account_id = $2 where account_id = $1 and purpose = 'feedback'", from, to)?;
    Ok(())
}

/// Leads that were first contacted after `since` and until `until`, whose customer can be asked and was not.
pub async fn list_to_ask(conn: &mut Conn, purpose: &str, since: DateTime<Utc>, until: DateTime<Utc>, limit: i64) -> Outcome<Vec<Id>> {
    let rows = fetch_all!(
        conn,
        (Id,),
        "select l.id from leads l join lead_assignments a on a.lead_id = l.id and a.ended_at is null
         where l.first_contact_at > $2 and l.first_contact_at <= $3 and l.status in ('contacted', 'qualified')
           and l.customer_email is not null
           and not exists (select 1 from email_bounces e where e.address = l.customer_email)
           and not exists (select 1 from account_links k where k.account_id = l.id and k.purpose = $1)
         order by l.first_contact_at, l.id limit $4",
        purpose,
        since,
        until,
        limit,
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Whether a lead's customer was asked.
pub async fn was_asked(conn: &mut Conn, purpose: &str, lead_id: &str) -> Outcome<bool> {
    let sql = "select account_id from account_links where account_id = $1 and purpose = $2 limit 1";
    Ok(fetch_optional!(conn, (Id,), sql, lead_id, purpose)?.is_some())
}

/// An answer.
#[derive(Debug)]
pub struct NewRow<'a> {
    pub id: &'a str,
    pub customer: &'a Customer,
    pub rating: i64,
    pub attended: Option<bool>,
    pub comment: Option<&'a str>,
    pub created_at: DateTime<Utc>,
}

/// Keeps an answer; `false` when the lead has one.
pub async fn insert(conn: &mut Conn, new: &NewRow<'_>) -> Outcome<bool> {
    let inserted = execute!(
        conn,
        "insert into customer_feedback (id, lead_id, contractor_id, rating, attended, comment, created_at)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (lead_id) do nothing",
        new.id,
        new.customer.lead_id.as_str(),
        new.customer.contractor_id.as_str(),
        new.rating,
        new.attended,
        new.comment,
        new.created_at,
    )?;
    Ok(inserted == 1)
}
