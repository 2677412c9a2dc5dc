//! What several wings read or write in the same tables: columns, the audit log, idempotency keys, messages, and what people
//! are to each other. Never a transaction of its own but where the whole of it is about one such table.

pub(super) mod audit;
pub(super) mod columns;
pub(super) mod idempotency;
pub(super) mod message;
pub(super) mod relations;
