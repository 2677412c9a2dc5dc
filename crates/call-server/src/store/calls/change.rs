//! Changes calls that exist: reads one, lets the caller decide, and writes what was decided, in one transaction.

use crate::store::{
    Store,
    calls::{
        record::{self, Found},
        transition::Next,
    },
    engine::{
        disk_space::{Room, with_more_room},
        postgres::Start,
    },
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
    /// Takes the step that `decide` allows, or returns its refusal; `None` when there is no such call. `asker` is `None` for
    /// deadlines. Pass the conversation when the call will probably end: its lock and its last message then come in the same
    /// round trip. On a full disk the step is decided and written once more, with the room that is kept for it.
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
        with_more_room!(self, room => self.change_within(room, call, (asker, clock), &mut decide))
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
                let names = [id.as_str(), conversation.as_str()];
                let mut write = self.write_within(room, Start::WithTheFirst, names).await?;
                let found = record::to_end(&mut write, id, conversation).await?;
                (write, found)
            }
            None => {
                let mut write = self.write_within(room, Start::WithTheFirst, [id.as_str()]).await?;
                let found = record::to_change(&mut write, id).await?;
                (write, found)
            }
        };
        let Some(Found { record, last, read_at }) = found else { return Ok(None) };
        let at = clock.judge(read_at);
        let now = Now { asker, at };
        match decide(&record, at) {
            Ok(Step::Stay) => Ok(Some(Ok(Applied::AsBefore(record)))),
            Ok(step) => {
                let next = Next::of(&mut write, (&record, last), &step, now).await?;
                write.commit_with(next.statements()?).await?;
                Ok(Some(Ok(Applied::Changed(next.written()))))
            }
            // The room is kept for endings: requests that change nothing could use it up.
            Err(denial) if room != Room::Usual || !self.is_news(now, denial.refusal, clock) => {
                Ok(Some(Err(denial)))
            }
            Err(denial) => {
                let refusal = Some(denial.refusal.as_str());
                write.commit_with([audit::row(Some(id), now, "refused", refusal)]).await?;
                Ok(Some(Err(denial)))
            }
        }
    }
}
