//! The optional filters of a list.

use chrono::{DateTime, Utc};
use std::fmt::Write as _;

/// A bound value of a dynamic filter.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(String),
    Int(i64),
    Bool(bool),
    Time(DateTime<Utc>),
}

impl From<&str> for Value {
    fn from(v: &str) -> Value {
        Value::Text(v.into())
    }
}
impl From<String> for Value {
    fn from(v: String) -> Value {
        Value::Text(v)
    }
}
impl From<i64> for Value {
    fn from(v: i64) -> Value {
        Value::Int(v)
    }
}
impl From<bool> for Value {
    fn from(v: bool) -> Value {
        Value::Bool(v)
    }
}
impl From<DateTime<Utc>> for Value {
    fn from(v: DateTime<Utc>) -> Value {
        Value::Time(v)
    }
}

/// A `where` clause that grows by the filters that are set; values are bound, never formatted in.
#[derive(Clone, Debug, Default)]
pub struct Where {
    clause: String,
    pub values: Vec<Value>,
}

impl Where {
    /// Adds a condition; each `?` in it stands for `value`'s placeholder.
    pub fn and(&mut self, condition: &'static str, value: impl Into<Value>) -> &mut Where {
        self.values.push(value.into());
        self.glue();
        let placeholder = format!("${}", self.values.len());
        self.clause.push_str(&condition.replace('?', &placeholder));
        self
    }

    /// Adds a condition when there is a value for it.
    pub fn and_some(&mut self, condition: &'static str, value: Option<impl Into<Value>>) -> &mut Where {
        if let Some(value) = value {
            self.and(condition, value);
        }
        self
    }

    /// Adds a condition on two values; its first `?` stands for the first, its second for the second.
    pub fn and_both(&mut self, condition: &'static str, first: impl Into<Value>, second: impl Into<Value>) -> &mut Where {
        self.values.extend([first.into(), second.into()]);
        self.glue();
        let n = self.values.len();
        let clause = condition.replacen('?', &format!("${}", n - 1), 1).replacen('?', &format!("${n}"), 1);
        self.clause.push_str(&clause);
        self
    }

    /// Adds a condition without a value.
    pub fn and_fixed(&mut self, condition: &'static str) -> &mut Where {
        self.glue();
        self.clause.push_str(condition);
        self
    }

    /// ` where a = $1 and b = $2`, or nothing.
    pub fn clause(&self) -> &str {
        &self.clause
    }

    /// ` limit $n offset $m` with both bound; call it last.
    pub fn page(&mut self, page: kernel::Page) -> String {
        self.values.push(Value::Int(page.limit));
        self.values.push(Value::Int(page.offset));
        let mut sql = String::new();
        let n = self.values.len();
        let _ = write!(sql, " limit ${} offset ${n}", n - 1);
        sql
    }

    fn glue(&mut self) {
        self.clause.push_str(if self.clause.is_empty() { " where " } else { " and " });
    }
}
