//! Changes calls that exist: reads one, lets the caller decide, and writes what was decided, in one transaction.

use crate::store::{
    Store,
    calls::{
        record::{self, Found},
        transition,
    },
    engine::disk_space::Room,
    tables::audit::{self, Now},
};
use crate::{clock::Clock, model::Changed, store::StoreError};
use call_protocol::{CallId, ConversationId};
use call_rules::{Asker, CallRecord, Denial, Moment, Step};

/// What became of a call that could be changed.
#[derive(Clone, Debug)]
pub enum Applied {
    /// It is so already.
    AsBefore(CallRecord),
    /// The call was changed.
    Changed(Changed),
}

impl Store {
    /// Changes a call, as `decide` says, or passes on its no; `None` when there is no such call. `asker` is nobody when
    /// a deadline asks. Whoever expects the call to end and knows its conversation says so: then that is locked and its
    /// last message found on the way. A full disk is no obstacle: it is decided and written once more, with more room.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn change_call(
        &self,
        call: (&CallId, Option<&ConversationId>),
        asker: Option<&Asker>,
        clock: &Clock,
        mut decide: impl FnMut(&CallRecord, Moment) -> Result<Step, Denial> + Send,
    ) -> Result<Option<Result<Applied, Denial>>, StoreError> {
        let mut room = Room::Usual;
        loop {
            let outcome = self.change_within(room, call, (asker, clock), &mut decide).await;
            if !self.again_with_more(&mut room, &outcome) {
                return outcome;
            }
        }
    }

    async fn change_within(
        &self,
        room: Room,
        (id, conversation): (&CallId, Option<&ConversationId>),
        (asker, clock): (Option<&Asker>, &Clock),
        decide: &mut (impl FnMut(&CallRecord, Moment) -> Result<Step, Denial> + Send),
    ) -> Result<Option<Result<Applied, Denial>>, StoreError> {
        let (mut write, found) = match conversation {
            Some(conversation) => {
                let mut write = self.write_within(room, [id.as_str(), conversation.as_str()]).await?;
                let found = record::to_end(&mut write, id, conversation).await?;
                (write, found)
            }
            None => {
                let mut write = self.write_within(room, [id.as_str()]).await?;
                let found = record::to_change(&mut write, id).await?;
                (write, found)
            }
        };
        let Some(Found { record, last, read_at }) = found else { return Ok(None) };
        let at = clock.judge(read_at);
        let now = Now { asker, at };
        let outcome = match decide(&record, at) {
            Ok(Step::Stay) => return Ok(Some(Ok(Applied::AsBefore(record)))),
            Ok(step) => {
                Ok(Applied::Changed(transition::step(&mut write, (&record, last), &step, now).await?))
            }
            // What changes nothing may come without end, and is not what the room is kept for.
            Err(denial) if room != Room::Usual || !self.is_news(now, denial.refusal, clock) => {
                return Ok(Some(Err(denial)));
            }
            Err(denial) => {
                audit::write(&mut write, Some(id), now, "refused", Some(denial.refusal.as_str())).await?;
                Err(denial)
            }
        };
        write.commit().await?;
        Ok(Some(outcome))
    }
}
