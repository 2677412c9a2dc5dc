//! Changes calls that exist: reads one, lets the caller decide, and writes what was decided, in one transaction.

use super::{
    Store,
    apply::{self, Now},
    audit, record,
};
use crate::{
    clock::{Clock, Moment},
    model::{Asker, CallRecord, Changed, Step},
    policy::Denial,
    store::StoreError,
};
use call_protocol::CallId;

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
    /// a deadline asks.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn change_call(
        &self,
        id: &CallId,
        asker: Option<&Asker>,
        clock: &Clock,
        decide: impl FnOnce(&CallRecord, Moment) -> Result<Step, Denial> + Send,
    ) -> Result<Option<Result<Applied, Denial>>, StoreError> {
        let mut write = self.write().await?;
        let at = clock.judge(write.lock(&[id.as_str()]).await?);
        let Some(record) = record::by_id(&mut write, id).await? else { return Ok(None) };
        let now = Now { asker, at };
        let outcome = match decide(&record, at) {
            Ok(Step::Stay) => return Ok(Some(Ok(Applied::AsBefore(record)))),
            Ok(step) => Ok(Applied::Changed(apply::step(&mut write, &record, &step, now).await?)),
            Err(denial) => {
                audit::write(&mut write, Some(id), now, "refused", Some(denial.refusal.as_str())).await?;
                Err(denial)
            }
        };
        write.commit().await?;
        Ok(Some(outcome))
    }
}
