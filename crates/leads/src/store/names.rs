//! What the subjects of the audit log are called.

use kernel::{Id, Outcome};
use platform::{Conn, Value, fetch_all_where};
use std::collections::BTreeSet;

/// The names of contractors, customers, disputes, staff and lead sources by their ids; what has no name, or is gone, has no line.
pub async fn list(conn: &mut Conn, ids: BTreeSet<Id>) -> Outcome<Vec<(Id, String)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let among = (1..=ids.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "select id, business_name from contractors where id in ({among})
         union all select id, customer_first_name || ' ' || customer_last_name from leads where id in ({among})
         union all select d.id, c.business_name || ' about ' || l.customer_first_name || ' ' || l.customer_last_name
           from disputes d join contractors c on c.id = d.contractor_id join leads l on l.id = d.lead_id where d.id in ({among})
         union all select b.id, l.customer_first_name || ' ' || l.customer_last_name
           from billing_records b join leads l on l.id = b.lead_id where b.id in ({among})
         union all select id, name from staff where id in ({among})
         union all select id, name from lead_sources where id in ({among})"
    );
    let values: Vec<Value> = ids.into_iter().map(Value::from).collect();
    Ok(fetch_all_where!(conn, (Id, String), sql, &values)?)
}
