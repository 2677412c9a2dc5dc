//! Records as the types of the protocol, made where they leave the server.

use crate::timestamp;
use call_protocol::Call;
use call_rules::CallRecord;

/// A call as clients see it.
pub fn call(record: &CallRecord) -> Call {
    Call {
        id: record.id.clone(),
        conversation_id: record.conversation_id.clone(),
        initiator_id: record.caller.id.clone(),
        call_type: record.call_type,
        status: record.status,
        started_at: record.started_at.map(timestamp::format),
        ended_at: record.ended_at.map(timestamp::format),
        error_reason: record.error_reason,
        created_at: timestamp::format(record.created_at),
        updated_at: timestamp::format(record.updated_at),
        duration_seconds: record.seconds(),
    }
}
