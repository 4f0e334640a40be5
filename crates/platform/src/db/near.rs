//! Short reads of SQLite on the caller's own thread.
//!
//! A connection of `sqlx` lives on a thread of its own. To hand it a statement and to wake up for each row costs many
//! times what a lookup by key costs SQLite; so the few reads behind the busiest requests are done where they are asked.
//! Only for statements that go through an index and end within a fraction of a millisecond: meanwhile the thread does nothing else.

mod row;

use super::Value;
use kernel::{Outcome, Problem};
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, ToSql};
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Connections for reading, one for each thread that reads at this moment.
#[derive(Debug)]
pub struct Near {
    file: PathBuf,
    /// `None` once the database is closed.
    idle: Mutex<Option<Vec<Connection>>>,
}

impl Near {
    pub(super) fn new(file: &Path) -> Near {
        Near { file: file.into(), idle: Mutex::new(Some(Vec::new())) }
    }

    /// The rows as `Row` reads them, by the names of their columns; `values` are `$1`, `$2` and so on.
    pub fn fetch<Row: DeserializeOwned>(&self, sql: &str, values: &[Value]) -> Outcome<Vec<Row>> {
        let idle = self.idle().as_mut().ok_or(sqlx::Error::PoolClosed)?.pop();
        let connection = idle.map_or_else(|| self.open(), Ok).map_err(Problem::internal)?;
        let rows = rows(&connection, sql, values)?;
        if let Some(idle) = self.idle().as_mut() {
            idle.push(connection);
        }
        Ok(rows)
    }

    fn idle(&self) -> MutexGuard<'_, Option<Vec<Connection>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(&self.file, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(Duration::from_secs(10))?;
        // One plan for a statement, whatever its values: otherwise SQLite plans anew with each.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        for (name, value) in super::SQLITE_PRAGMAS {
            connection.pragma_update(None, name, value)?;
        }
        Ok(connection)
    }

    pub(super) fn close(&self) {
        *self.idle() = None;
    }
}

/// The names of a short statement's values.
const NAMES: [&str; 10] = ["$1", "$2", "$3", "$4", "$5", "$6", "$7", "$8", "$9", "$10"];

fn rows<Row: DeserializeOwned>(connection: &Connection, sql: &str, values: &[Value]) -> Outcome<Vec<Row>> {
    debug_assert!(values.len() <= NAMES.len(), "a short statement has few values");
    let mut statement = connection.prepare_cached(sql).map_err(Problem::internal)?;
    // SQLite counts `$2` as the first when it comes first: they are bound by their names.
    for (name, value) in NAMES.iter().zip(values) {
        if let Some(index) = statement.parameter_index(name).map_err(Problem::internal)? {
            statement.raw_bind_parameter(index, value).map_err(Problem::internal)?;
        }
    }
    row::all(statement.raw_query())
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Value::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Value::Int(number) => ToSqlOutput::Owned((*number).into()),
            Value::Bool(yes) => ToSqlOutput::Owned((*yes).into()),
            // As sqlx writes them.
            Value::Time(at) => ToSqlOutput::Owned(at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, false).into()),
        })
    }
}
