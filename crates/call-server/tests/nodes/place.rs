//! The database and the bus of a town with two nodes.

use crate::nats::Nats;
pub(crate) use crate::schema::{count, database, everything, url};
use std::sync::LazyLock;

static NATS: LazyLock<Nats> = LazyLock::new(Nats::start);

/// The bus that all towns of these tests share: notices for people of another town are for nobody here.
pub(crate) fn bus() -> Option<String> {
    Some(NATS.url())
}
