//! A row of either database, read by column name.
//! Never judges what it reads: `rows` does.

use crate::store::{StoreError, engine::pg_moment::PgMoment};
use crate::{model::Json, timestamp};
use call_rules::Moment;
use sqlx::{Row as _, postgres::PgRow, sqlite::SqliteRow};
use uuid::Uuid;

/// A row.
#[derive(Debug)]
pub(in crate::store) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// The id of something.
    pub(in crate::store) fn id(&self, column: &str) -> Result<String, StoreError> {
        self.id_or_none(column)?.ok_or(StoreError::Unreadable("id"))
    }

    pub(in crate::store) fn id_or_none(&self, column: &str) -> Result<Option<String>, StoreError> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get::<Option<Uuid>, _>(column)?.map(|id| id.to_string()),
        })
    }

    pub(in crate::store) fn text(&self, column: &str) -> Result<String, StoreError> {
        self.text_or_none(column)?.ok_or(StoreError::Unreadable("text"))
    }

    pub(in crate::store) fn text_or_none(&self, column: &str) -> Result<Option<String>, StoreError> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }

    pub(in crate::store) fn number_or_none(&self, column: &str) -> Result<Option<i64>, StoreError> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }

    pub(in crate::store) fn flag(&self, column: &str) -> Result<bool, StoreError> {
        Ok(self.number_or_none(column)? == Some(1))
    }

    pub(in crate::store) fn moment(&self, column: &str) -> Result<Moment, StoreError> {
        self.moment_or_none(column)?.ok_or(StoreError::Unreadable("moment"))
    }

    pub(in crate::store) fn moment_or_none(&self, column: &str) -> Result<Option<Moment>, StoreError> {
        match self {
            Self::Sqlite(row) => {
                let text: Option<String> = row.try_get(column)?;
                text.map(|text| timestamp::parse(&text).ok_or(StoreError::Unreadable("moment"))).transpose()
            }
            Self::Postgres(row) => Ok(row.try_get::<Option<PgMoment>, _>(column)?.map(|moment| moment.0)),
        }
    }

    /// The text of a JSON value.
    pub(in crate::store) fn json_or_none(&self, column: &str) -> Result<Option<String>, StoreError> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => {
                let value: Option<sqlx::types::Json<Json>> = row.try_get(column)?;
                value.map(|value| value.0.get().to_owned())
            }
        })
    }
}
