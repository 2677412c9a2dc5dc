//! Records as the types of the protocol, made where they leave the server.

use crate::timestamp;
use call_protocol::Call;
use call_rules::CallRecord;

/// A call as clients see it.
pub fn call(record: &CallRecord) -> Call {
    record.shown(timestamp::format)
}
