//! What is found by its beginning, of the tables `leads`, `contractors` and `billing_records`.

use super::billing::numbered;
use super::leads::{NEWEST, phone_begins};
use crate::find::{Found, Kind, Start};
use kernel::{Id, Outcome, Page, Phone};
use platform::{Conn, Where, fetch_all_where};

#[derive(Debug, sqlx::FromRow)]
struct FoundRow {
    id: Id,
    customer_first_name: String,
    customer_last_name: String,
    customer_phone: Phone,
    customer_city: Option<String>,
}

/// Leads of which something begins so: of all, or of those that a contractor has.
pub async fn list_leads(conn: &mut Conn, contractor_id: Option<&str>, start: &Start, page: Page) -> Outcome<Vec<Found>> {
    let Some((sql, only)) = leads_query(contractor_id, start, page) else { return Ok(Vec::new()) };
    let rows = fetch_all_where!(conn, FoundRow, sql, &only.values)?;
    let found = |row: FoundRow| Found {
        kind: Kind::Lead,
        id: row.id,
        label: format!("{} {}", row.customer_first_name, row.customer_last_name),
        hint: row.customer_city.unwrap_or_else(|| row.customer_phone.to_string()),
    };
    Ok(rows.into_iter().map(found).collect())
}

/// Each goes through an index. What begins with some figures lies between them and them with a letter, in every collation.
fn leads_query(contractor_id: Option<&str>, start: &Start, page: Page) -> Option<(String, Where)> {
    let mut only = Where::default();
    only.and_fixed("l.merged_into is null")
        .and_some("l.id in (select m.lead_id from lead_assignments m where m.contractor_id = ? and m.ended_at is null)", contractor_id);
    let order = match start {
        Start::Invoice(_) => return None,
        Start::Id(id) => {
            only.and("l.id >= ?", id.as_str()).and("l.id < ?", format!("{id}g"));
            "l.id desc"
        }
        Start::Phone(phone) => {
            phone_begins(&mut only, phone);
            "l.customer_phone"
        }
        Start::Name(name) => {
            only.and(concat!("l.id in (", leads_called!(), ")"), name.as_str());
            NEWEST
        }
        Start::City(city) => {
            only.and("substr(lower(l.customer_city), 1, length(?)) = ?", city.as_str());
            // A contractor has fewer leads than a city.
            if contractor_id.is_none() {
                only.and("substr(lower(l.customer_city), 1, 3) = substr(?, 1, 3)", city.as_str());
            }
            NEWEST
        }
    };
    let sql = format!(
        "select l.id, l.customer_first_name, l.customer_last_name, l.customer_phone, l.customer_city from leads l{} order by {order}",
        only.clause()
    );
    let sql = sql + &only.page(page);
    Some((sql, only))
}

/// Contractors whose name, e-mail address or phone begins so.
pub async fn list_contractors(conn: &mut Conn, start: &Start, page: Page) -> Outcome<Vec<Found>> {
    let mut only = Where::default();
    match start {
        Start::Phone(phone) => only.and("c.phone >= ?", phone.as_str()).and("c.phone < ?", format!("{phone}a")),
        Start::Name(name) => only.and(
            concat!(
                "c.id in (",
                contractors_called!(),
                " union select q.id from contractors q where substr(q.email, 1, 2) = substr(?, 1, 2) and substr(q.email, 1, length(?)) = ?)"
            ),
            name.as_str(),
        ),
        Start::Invoice(_) | Start::Id(_) | Start::City(_) => return Ok(Vec::new()),
    };
    let sql = format!("select c.id, c.business_name, c.email from contractors c{} order by lower(c.business_name), c.id", only.clause());
    let sql = sql + &only.page(page);
    let rows = fetch_all_where!(conn, (Id, String, String), sql, &only.values)?;
    Ok(rows.into_iter().map(|(id, label, hint)| Found { kind: Kind::Contractor, id, label, hint }).collect())
}

/// Invoices whose number begins so: all, or a contractor's own.
pub async fn list_invoices(conn: &mut Conn, contractor_id: Option<&str>, start: &str, page: Page) -> Outcome<Vec<Found>> {
    let mut only = Where::default();
    only.and_some("b.contractor_id = ?", contractor_id);
    numbered(&mut only, start);
    let sql = format!(
        "select b.invoice_number, c.business_name, l.customer_first_name, l.customer_last_name
         from billing_records b join contractors c on c.id = b.contractor_id join leads l on l.id = b.lead_id{} order by b.invoice_number",
        only.clause()
    );
    let sql = sql + &only.page(page);
    let rows = fetch_all_where!(conn, (String, String, String, String), sql, &only.values)?;
    let is_own = contractor_id.is_some();
    let found = |(number, business, first, last): (String, String, String, String)| Found {
        kind: Kind::Invoice,
        id: number.clone(),
        label: number,
        hint: if is_own { format!("{first} {last}") } else { business },
    };
    Ok(rows.into_iter().map(found).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform::testing;

    /// What the palettes ask while somebody types goes through an index, too.
    #[tokio::test]
    async fn nothing_scans_the_leads_to_find_one() {
        let db = testing::sqlite().await;
        let mut conn = db.ctx.db.read().await.expect("a connection");
        let starts = ["0198f2", "+1415", "smi", "los"].map(str::to_owned);
        let [id, phone, name, city] = starts;
        for start in [Start::Id(id), Start::Phone(phone), Start::Name(name), Start::City(city)] {
            for contractor_id in [None, Some("x")] {
                let (sql, only) = leads_query(contractor_id, &start, Page { limit: 8, offset: 0 }).expect("a query");
                let sql = format!("explain query plan {sql}");
                let plan = fetch_all_where!(conn, (i64, i64, i64, String), sql, &only.values).expect("a plan");
                let steps: Vec<&str> = plan.iter().map(|(_, _, _, step)| step.as_str()).collect();
                assert!(!steps.iter().any(|s| s.starts_with("SCAN")), "{start:?}: {steps:#?}");
            }
        }
    }
}
