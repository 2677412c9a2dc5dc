//! The steps that bring a schema up to date.
//! Never holds a step: each database has its own.

use sqlx::{
    AssertSqlSafe, SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};
use std::borrow::Cow;

/// The numbered steps from nothing to the present schema.
pub(in crate::store) fn migrator<S: Clone + Into<Cow<'static, str>>>(
    migrations: &[(i64, &'static str, S)],
) -> Migrator {
    let migrations = migrations.iter().map(|(version, description, sql)| {
        let sql = AssertSqlSafe(sql.clone().into()).into_sql_str();
        Migration::new(*version, Cow::Borrowed(description), MigrationType::Simple, sql, false)
    });
    Migrator::with_migrations(migrations.collect())
}
