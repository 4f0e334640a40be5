//! Everything that is in a database.

use platform::Db;
use platform::sqlx::{self, AssertSqlSafe, Row as _};
use std::collections::BTreeMap;

/// Every row of every table as text, sorted.
pub async fn of(db: &Db) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    match db {
        Db::Sqlite { readers, .. } => {
            let names = "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'";
            let tables: Vec<(String,)> = sqlx::query_as(names).fetch_all(readers).await.expect("tables");
            for (table,) in tables {
                let columns: Vec<(String,)> =
                    sqlx::query_as("select name from pragma_table_info($1)").bind(&table).fetch_all(readers).await.expect("columns");
                let quoted: Vec<String> = columns.iter().map(|(name,)| format!("quote(\"{name}\")")).collect();
                let sql = format!("select {} as line from \"{table}\" order by 1", quoted.join(" || ',' || "));
                let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(readers).await.expect("rows");
                all.insert(table, rows.iter().map(|row| row.get::<String, _>("line")).collect());
            }
        }
        Db::Postgres(pool) => {
            let names = "select tablename::text from pg_tables where schemaname = 'public'";
            let tables: Vec<(String,)> = sqlx::query_as(names).fetch_all(pool).await.expect("tables");
            for (table,) in tables {
                let sql = format!("select t::text as line from \"{table}\" t order by 1");
                let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(pool).await.expect("rows");
                all.insert(table, rows.iter().map(|row| row.get::<String, _>("line")).collect());
            }
        }
    }
    all
}
