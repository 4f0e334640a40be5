//! The macros that expand a query for both engines; they are at the crate's root.

#[doc(hidden)]
#[macro_export]
macro_rules! bind_values {
    ($query:expr, $values:expr) => {{
        let mut query = $query;
        for value in $values {
            query = match value {
                $crate::Value::Text(v) => query.bind(v.as_str()),
                $crate::Value::Int(v) => query.bind(*v),
                $crate::Value::Bool(v) => query.bind(*v),
                $crate::Value::Time(v) => query.bind(*v),
            };
        }
        query
    }};
}

#[doc(hidden)]
#[macro_export]
macro_rules! on_engine {
    ($conn:expr, |$c:ident| $query:expr) => {
        match $conn.engine() {
            $crate::db::Engine::Sqlite($c) => $query,
            $crate::db::Engine::Postgres($c) => $query,
        }
    };
}

/// `fetch_all!(conn, Row, "select … where x = $1", x)?` → `Vec<Row>`.
#[macro_export]
macro_rules! fetch_all {
    ($conn:expr, $Row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::on_engine!($conn, |c| $crate::sqlx::query_as::<_, $Row>($sql)$(.bind($bind))*.fetch_all(c).await)
    };
}

/// `fetch_optional!(conn, Row, "select …", x)?` → `Option<Row>`.
#[macro_export]
macro_rules! fetch_optional {
    ($conn:expr, $Row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::on_engine!($conn, |c| $crate::sqlx::query_as::<_, $Row>($sql)$(.bind($bind))*.fetch_optional(c).await)
    };
}

/// `fetch_one!(conn, Row, "select …", x)?` → `Row`.
#[macro_export]
macro_rules! fetch_one {
    ($conn:expr, $Row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::on_engine!($conn, |c| $crate::sqlx::query_as::<_, $Row>($sql)$(.bind($bind))*.fetch_one(c).await)
    };
}

/// `fetch_scalar!(conn, i64, "select count(*) …", x)?` → the first column of the one row.
#[macro_export]
macro_rules! fetch_scalar {
    ($conn:expr, $T:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::on_engine!($conn, |c| $crate::sqlx::query_scalar::<_, $T>($sql)$(.bind($bind))*.fetch_one(c).await)
    };
}

/// `execute!(conn, "update …", x)?` → the number of rows changed.
#[macro_export]
macro_rules! execute {
    ($conn:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::on_engine!($conn, |c| $crate::sqlx::query($sql)$(.bind($bind))*.execute(c).await.map(|done| done.rows_affected()))
    };
}

/// `insert_rows!(conn, "insert into t (a, b) ", items, |row, item| { row.push_bind(item.a).push_bind(item.b); }, " on conflict …")?`
/// inserts all items in one statement → the number of rows changed. There must be an item.
#[macro_export]
macro_rules! insert_rows {
    ($conn:expr, $sql:expr, $items:expr, |$row:ident, $item:pat_param| $bind:block $(, $end:expr)? $(,)?) => {
        $crate::on_engine!($conn, |c| {
            let mut query = $crate::sqlx::QueryBuilder::new($sql);
            query.push_values($items, |mut $row, $item| $bind);
            $(query.push($end);)?
            query.build().execute(c).await.map(|done| done.rows_affected())
        })
    };
}

/// As `fetch_all!` with text built at run time and the values of a [`Where`](crate::Where).
#[macro_export]
macro_rules! fetch_all_where {
    ($conn:expr, $Row:ty, $sql:expr, $values:expr) => {{
        let sql: ::std::string::String = $sql;
        $crate::on_engine!($conn, |c| $crate::bind_values!($crate::sqlx::query_as::<_, $Row>($crate::sqlx::AssertSqlSafe(sql)), $values)
            .fetch_all(c)
            .await)
    }};
}

/// As `fetch_scalar!` with text built at run time and the values of a [`Where`](crate::Where).
#[macro_export]
macro_rules! fetch_scalar_where {
    ($conn:expr, $T:ty, $sql:expr, $values:expr) => {{
        let sql: ::std::string::String = $sql;
        $crate::on_engine!($conn, |c| $crate::bind_values!($crate::sqlx::query_scalar::<_, $T>($crate::sqlx::AssertSqlSafe(sql)), $values)
            .fetch_one(c)
            .await)
    }};
}
