//! Rows of SQLite as serde reads them: a struct by the names of its columns, looked up once for all rows; anything else
//! by their order.

use kernel::{Outcome, Problem};
use rusqlite::types::ValueRef;
use rusqlite::{Row, Rows};
use serde::de::value::{Error, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use std::cell::OnceCell;

/// What a statement finds.
pub(super) fn all<T: DeserializeOwned>(mut rows: Rows<'_>) -> Outcome<Vec<T>> {
    let places = OnceCell::new();
    let mut all = Vec::new();
    while let Some(row) = rows.next().map_err(Problem::internal)? {
        all.push(T::deserialize(Line { row, places: &places }).map_err(Problem::internal)?);
    }
    Ok(all)
}

/// A row, and where the fields of its struct are.
struct Line<'a> {
    row: &'a Row<'a>,
    places: &'a OnceCell<Vec<usize>>,
}

impl<'a> Line<'a> {
    fn cell(&self, place: usize) -> Result<Cell<'a>, Error> {
        self.row.get_ref(place).map(Cell).map_err(Error::custom)
    }

    fn places_of(&self, fields: &[&str]) -> Result<&'a [usize], Error> {
        if let Some(known) = self.places.get() {
            return Ok(known);
        }
        let statement = self.row.as_ref();
        // Mostly the columns are in the order of the fields.
        let place = |(n, name): (usize, &&str)| {
            if statement.column_name(n).is_ok_and(|column| column == *name) { Ok(n) } else { statement.column_index(name) }
        };
        let places: Result<Vec<usize>, _> = fields.iter().enumerate().map(place).collect();
        let places = places.map_err(Error::custom)?;
        Ok(self.places.get_or_init(|| places))
    }
}

impl<'de> Deserializer<'de> for Line<'_> {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(self, _: &str, fields: &[&str], visitor: V) -> Result<V::Value, Error> {
        let cells: Result<Vec<Cell<'_>>, Error> = self.places_of(fields)?.iter().map(|place| self.cell(*place)).collect();
        visitor.visit_seq(SeqDeserializer::new(cells?.into_iter()))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        let cells: Result<Vec<Cell<'_>>, Error> = (0..len).map(|place| self.cell(place)).collect();
        visitor.visit_seq(SeqDeserializer::new(cells?.into_iter()))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.cell(0)?.deserialize_option(visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.cell(0)?.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit unit_struct newtype_struct seq
        tuple_struct map enum identifier ignored_any
    }
}

/// A value.
struct Cell<'a>(ValueRef<'a>);

impl<'de> Deserializer<'de> for Cell<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            ValueRef::Null => visitor.visit_unit(),
            ValueRef::Integer(number) => visitor.visit_i64(number),
            ValueRef::Real(number) => visitor.visit_f64(number),
            ValueRef::Text(_) => visitor.visit_str(self.0.as_str().map_err(Error::custom)?),
            ValueRef::Blob(bytes) => visitor.visit_bytes(bytes),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0 == ValueRef::Null { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(self.0.as_i64().map_err(Error::custom)? != 0)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(self, _: &str, _: &[&str], visitor: V) -> Result<V::Value, Error> {
        visitor.visit_enum(self.0.as_str().map_err(Error::custom)?.into_deserializer())
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map
        struct identifier ignored_any
    }
}

impl IntoDeserializer<'_, Error> for Cell<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
