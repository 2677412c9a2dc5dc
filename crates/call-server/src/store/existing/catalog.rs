//! What PostgreSQL's catalog says about a table of an application, and about the server's own schema.
//! Never judges: `check` does. The catalog can be read without any right to the tables themselves.

use crate::store::{
    StoreError,
    existing::{Name, TableName},
    quoting::quoted,
};
use sqlx::{PgConnection, Row, postgres::PgRow, postgres::types::Oid};

/// A table or view.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) oid: Oid,
    pub(super) schema: String,
    pub(super) name: String,
    /// Whether it is one that others can refer to: no view.
    pub(super) is_table: bool,
    /// Whether the server's role may use its schema.
    pub(super) reachable: bool,
    /// Whether row level security hides its rows from the server's role, and no policy was written for that one.
    pub(super) hidden: bool,
    pub(super) columns: Vec<Column>,
}

/// A column.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    /// As it is written in SQL.
    pub(super) kind: String,
    /// PostgreSQL's category of its type: `S` for texts, `E` for enumerations.
    pub(super) category: String,
    pub(super) nullable: bool,
    /// Whether it has a value when nobody gives one.
    pub(super) fills_itself: bool,
    /// Whether no two rows have the same.
    pub(super) unique: bool,
    pub(super) may_select: bool,
    pub(super) may_insert: bool,
    pub(super) may_reference: bool,
}

/// The server's own schema.
#[derive(Clone, Copy, Debug)]
pub(super) struct Home {
    pub(super) exists: bool,
    /// Whether it may be made, or tables in it.
    pub(super) writable: bool,
    /// Whether this server made what is in it.
    pub(super) ours: bool,
    pub(super) empty: bool,
    /// Whether it holds people: a server without an application made it.
    pub(super) holds_accounts: bool,
}

impl Table {
    pub(super) fn column(&self, name: &Name) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name.as_str())
    }

    /// As it is written in SQL.
    pub(super) fn sql(&self) -> String {
        format!("{}.{}", quoted(&self.schema), quoted(&self.name))
    }

    /// As a person reads it.
    pub(super) fn shown(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }
}

/// A table by its name, looked for along the search path unless its schema is given.
pub(super) async fn table(db: &mut PgConnection, name: &TableName) -> Result<Option<Table>, StoreError> {
    let select = "SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, \
          c.relkind IN ('r', 'p') AS is_table, has_schema_privilege(n.oid, 'USAGE') AS reachable, \
          row_security_active(c.oid) AND NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND EXISTS \
            (SELECT 1 FROM unnest(p.polroles) role WHERE role <> 0 AND pg_has_role(role, 'USAGE'))) AS hidden \
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
        WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND c.relname = $1 AND (n.nspname = $2 \
          OR ($2 IS NULL AND n.nspname = ANY (current_schemas(false)))) \
        ORDER BY array_position(current_schemas(false), n.nspname) LIMIT 1";
    let select = sqlx::query(select).bind(name.name.as_str()).bind(name.schema.as_ref().map(Name::as_str));
    let Some(row) = select.fetch_optional(&mut *db).await? else { return Ok(None) };
    let oid = row.try_get("oid")?;
    Ok(Some(Table {
        oid,
        schema: row.try_get("schema")?,
        name: row.try_get("name")?,
        is_table: row.try_get("is_table")?,
        reachable: row.try_get("reachable")?,
        hidden: row.try_get("hidden")?,
        columns: columns(db, oid).await?,
    }))
}

async fn columns(db: &mut PgConnection, table: Oid) -> Result<Vec<Column>, StoreError> {
    let select = "SELECT a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS kind, \
          t.typcategory::text AS category, NOT a.attnotnull AS nullable, \
          a.atthasdef OR a.attidentity <> '' AS fills_itself, \
          has_column_privilege(a.attrelid, a.attnum, 'SELECT') AS may_select, \
          has_column_privilege(a.attrelid, a.attnum, 'INSERT') AS may_insert, \
          has_column_privilege(a.attrelid, a.attnum, 'REFERENCES') AS may_reference, \
          EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisunique AND i.indisvalid \
            AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum AND i.indpred IS NULL) AS is_unique \
        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid \
        WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";
    let rows = sqlx::query(select).bind(table).fetch_all(db).await?;
    rows.iter().map(|row| Ok(column(row)?)).collect()
}

fn column(row: &PgRow) -> Result<Column, sqlx::Error> {
    Ok(Column {
        name: row.try_get("name")?,
        kind: row.try_get("kind")?,
        category: row.try_get("category")?,
        nullable: row.try_get("nullable")?,
        fills_itself: row.try_get("fills_itself")?,
        unique: row.try_get("is_unique")?,
        may_select: row.try_get("may_select")?,
        may_insert: row.try_get("may_insert")?,
        may_reference: row.try_get("may_reference")?,
    })
}

/// The server's own schema, as it is now.
pub(super) async fn home(db: &mut PgConnection, name: &Name) -> Result<Home, StoreError> {
    let select = "SELECT has_schema_privilege(n.oid, 'CREATE') AND has_schema_privilege(n.oid, 'USAGE') AS writable, \
          NOT EXISTS (SELECT 1 FROM pg_class c WHERE c.relnamespace = n.oid) AS empty, \
          EXISTS (SELECT 1 FROM pg_class c WHERE c.relnamespace = n.oid AND c.relname = '_sqlx_migrations') AS ours, \
          EXISTS (SELECT 1 FROM pg_class c WHERE c.relnamespace = n.oid AND c.relname = 'users' AND c.relkind = 'r') \
            AS holds_accounts \
        FROM pg_namespace n WHERE n.nspname = $1";
    if let Some(row) = sqlx::query(select).bind(name.as_str()).fetch_optional(&mut *db).await? {
        return Ok(Home {
            exists: true,
            writable: row.try_get("writable")?,
            ours: row.try_get("ours")?,
            empty: row.try_get("empty")?,
            holds_accounts: row.try_get("holds_accounts")?,
        });
    }
    let may = "SELECT has_database_privilege(current_database(), 'CREATE')";
    let writable = sqlx::query_scalar(may).fetch_one(db).await?;
    Ok(Home { exists: false, writable, ours: false, empty: true, holds_accounts: false })
}
