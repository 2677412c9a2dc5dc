//! Past calls page by page, and the live call of a conversation.
//! Never shows a call to anybody but its two people.

use super::{Calls, nodes};
use crate::{error::ApiError, live::Offer, model::Json, store::Store, timestamp};
use call_protocol::{
    CallHistory, CallId, CallRole, CallStatus, ConversationId, HistoryEntry, LiveCall, UserId, limits,
};
use call_rules::{Asker, CallRecord, Moment};

/// A page of past calls, newest first.
///
/// # Errors
/// When the cursor cannot be read.
pub async fn past(
    store: &Store,
    user: &UserId,
    before: Option<&str>,
    limit: Option<u32>,
) -> Result<CallHistory, ApiError> {
    let limit = limit.unwrap_or(limits::HISTORY_PAGE).clamp(1, limits::HISTORY_PAGE);
    let before = before.map(read_cursor).transpose()?;
    let before = before.as_ref().map(|(moment, id)| (*moment, id));
    let mut records = store.past_calls(user, before, limit + 1).await?;
    let more = records.len() > limit as usize;
    records.truncate(limit as usize);
    let next = records.last().filter(|_| more).map(cursor);
    let calls = records.into_iter().filter_map(|record| entry(record, user)).collect();
    Ok(CallHistory { calls, next })
}

/// The live call of a conversation, as the asker sees it.
///
/// # Errors
/// When the asker is not a member.
pub async fn active(
    calls: &Calls,
    asker: &Asker,
    conversation: &ConversationId,
) -> Result<Option<LiveCall<Json>>, ApiError> {
    if !calls.store.members(conversation).await?.contains(&asker.user) {
        return Err(ApiError::NoConversation);
    }
    nodes::refresh(calls, &asker.user).await?;
    let book = calls.live.lock();
    let own = book.ids_of(&asker.user).into_iter().filter_map(|id| book.get(&id));
    let mut live = own.filter(|entry| entry.record.status.is_live());
    let entry = live.find(|entry| entry.record.conversation_id == *conversation);
    Ok(entry.and_then(|entry| {
        let role = entry.record.role_of(&asker.user)?;
        let rings = role == CallRole::Callee && entry.record.status == CallStatus::Ringing;
        let offer = if rings { Offer::Shown } else { Offer::Withheld };
        Some(entry.seen_by(role, offer, calls.clock.now()))
    }))
}

fn entry(record: CallRecord, user: &UserId) -> Option<HistoryEntry> {
    let role = record.role_of(user)?;
    Some(HistoryEntry { peer: record.peer(role).clone(), call: record.shown(timestamp::format), role })
}

fn cursor(record: &CallRecord) -> String {
    format!("{}_{}", timestamp::format(record.created_at).0, record.id)
}

fn read_cursor(text: &str) -> Result<(Moment, CallId), ApiError> {
    let parts = text.split_once('_');
    let cursor = parts.and_then(|(moment, id)| Some((timestamp::parse(moment)?, CallId::parse(id)?)));
    cursor.ok_or_else(|| ApiError::Invalid("`before` is the `next` of another page".to_owned()))
}
