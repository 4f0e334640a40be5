//! The table `notification_choices`, and what telling a contractor needs.

use crate::notifications::Choices;
use kernel::{Id, Outcome, Phone};
use platform::{Conn, execute, insert_rows, on_engine};
use sqlx::QueryBuilder;

/// A contractor, where to reach them, and what they want to hear.
#[derive(Clone, Debug)]
pub struct Recipient {
    pub id: Id,
    pub email: String,
    pub phone: Phone,
    pub choices: Choices,
    /// The ids of the browsers that get push messages.
    pub browsers: Vec<Id>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Id,
    email: String,
    phone: Phone,
    choices: String,
    browsers: String,
}

impl From<Row> for Recipient {
    fn from(row: Row) -> Recipient {
        let mut choices = Choices::default();
        for word in row.choices.split(',') {
            // `+bill:sms`, `-bill:email`
            let (sign, pair) = word.split_at_checked(1).unwrap_or_default();
            if let Some((Ok(occasion), Ok(channel))) = pair.split_once(':').map(|(o, c)| (o.parse(), c.parse())) {
                choices.set(occasion, channel, sign == "+");
            }
        }
        let browsers = row.browsers.split(',').filter(|id| !id.is_empty()).map(Id::from).collect();
        Recipient { id: row.id, email: row.email, phone: row.phone, choices, browsers }
    }
}

/// The contractors with these ids.
pub async fn list_recipients(conn: &mut Conn, ids: &[&str]) -> Outcome<Vec<Recipient>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = on_engine!(conn, |c| {
        let mut sql = QueryBuilder::new(
            "select c.id, c.email, c.phone,
               coalesce((select string_agg(case when n.is_on then '+' else '-' end || n.event || ':' || n.channel, ',')
                         from notification_choices n where n.contractor_id = c.id), '') as choices,
               coalesce((select string_agg(p.id, ',') from push_subscriptions p where p.contractor_id = c.id), '') as browsers
             from contractors c where c.id in (",
        );
        let mut list = sql.separated(", ");
        for id in ids {
            list.push_bind(*id);
        }
        sql.push(")").build_query_as::<Row>().fetch_all(c).await
    })?;
    Ok(rows.into_iter().map(Recipient::from).collect())
}

/// Keeps a contractor's choices instead of those before.
pub async fn replace(conn: &mut Conn, contractor_id: &str, choices: &Choices) -> Outcome<()> {
    execute!(conn, "delete from notification_choices where contractor_id = $1", contractor_id)?;
    let all: Vec<_> = choices.all().collect();
    insert_rows!(
        conn,
        "insert into notification_choices (contractor_id, event, channel, is_on) ",
        &all,
        |row, (occasion, channel, is_on)| {
            row.push_bind(contractor_id).push_bind(occasion.as_str()).push_bind(channel.as_str()).push_bind(*is_on);
        }
    )?;
    Ok(())
}
