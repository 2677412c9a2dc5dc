//! What happened to a call, in order and each once: ringing, started, reconnecting, ended. Read from what is shown
//! before and after a step of the machine. Never reports anything while nothing changes.

use call_core::{CallStage, CallView, EndedView, IncomingStage, Outcome, OutgoingStage, Party};
use call_protocol::CallRole;

/// Something that happened to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallNews {
    /// With whom and where.
    pub party: Party,
    /// On which side this device is.
    pub role: Option<CallRole>,
    /// What happened.
    pub milestone: Milestone,
}

/// How far a call has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Milestone {
    /// It rings: here, or at the other person's.
    Ringing,
    /// The two are connected; once per call.
    Started,
    /// The connection is lost and is being restarted; followed by `Reconnected` or `Ended`.
    Reconnecting,
    /// The connection is back.
    Reconnected,
    /// It is over.
    Ended {
        /// How; nothing if the page was left while it only rang here, which decides nothing.
        outcome: Option<Outcome>,
        /// How long people talked, if they did.
        seconds: Option<u32>,
    },
}

/// What was reported of the present call.
#[derive(Debug, Default)]
pub(crate) struct Reported {
    role: Option<CallRole>,
    ringing: bool,
    started: bool,
    reconnecting: bool,
}

impl Reported {
    /// What a change of the view means.
    pub(crate) fn news(&mut self, before: &CallView, after: &CallView) -> Option<CallNews> {
        let milestone = self.milestone(before, after)?;
        let party = after.party().or(before.party())?.clone();
        let news = CallNews { party, role: self.role, milestone };
        if matches!(news.milestone, Milestone::Ended { .. }) {
            *self = Self::default();
        }
        Some(news)
    }

    fn milestone(&mut self, before: &CallView, after: &CallView) -> Option<Milestone> {
        match after {
            CallView::Incoming(view) => {
                self.role = Some(CallRole::Callee);
                self.rings(view.stage == IncomingStage::Ringing)
            }
            CallView::Outgoing(view) => {
                self.role = Some(CallRole::Caller);
                self.rings(view.stage == OutgoingStage::Ringing)
            }
            CallView::InCall(view) => match view.stage {
                CallStage::Connecting => None,
                CallStage::Active if !core::mem::replace(&mut self.started, true) => {
                    self.reconnecting = false;
                    Some(Milestone::Started)
                }
                CallStage::Active => {
                    core::mem::take(&mut self.reconnecting).then_some(Milestone::Reconnected)
                }
                CallStage::Reconnecting | CallStage::Away => {
                    let first = !core::mem::replace(&mut self.reconnecting, true);
                    first.then_some(Milestone::Reconnecting)
                }
            },
            CallView::Ended(EndedView { outcome, seconds, .. }) if before.is_busy() => {
                Some(Milestone::Ended { outcome: Some(outcome.clone()), seconds: *seconds })
            }
            CallView::Idle if before.is_busy() => Some(Milestone::Ended { outcome: None, seconds: None }),
            CallView::Ended(_) | CallView::Idle => {
                *self = Self::default();
                None
            }
        }
    }

    fn rings(&mut self, rings: bool) -> Option<Milestone> {
        let first = rings && !core::mem::replace(&mut self.ringing, true);
        first.then_some(Milestone::Ringing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use call_core::{InCallView, IncomingView, Slot, SlotView, Slots};
    use call_protocol::{CallType, ConversationId, User, UserId};

    fn party() -> Party {
        let peer = User {
            id: UserId("ben".into()),
            username: "ben".into(),
            display_name: "Ben".into(),
            display_picture_url: None,
        };
        let conversation_id = ConversationId("ada and ben".into());
        Party { peer, conversation_id, call_type: CallType::Audio, call_id: None }
    }

    fn ringing() -> CallView {
        CallView::Incoming(IncomingView { party: party(), stage: IncomingStage::Ringing, waiting_for: None })
    }

    fn in_call(stage: CallStage) -> CallView {
        CallView::InCall(InCallView {
            party: party(),
            requested_type: CallType::Audio,
            stage,
            seconds: None,
            local: Slots::default().with(Slot::Microphone, SlotView::On),
            tracks: Slots::default(),
            peer: None,
            remote: Slots::default(),
            server_away: false,
            replaced: None,
            browser_asks: false,
        })
    }

    fn ended(outcome: Outcome) -> CallView {
        CallView::Ended(EndedView { party: party(), outcome, seconds: Some(7), ways: Vec::new() })
    }

    fn reported(views: &[CallView]) -> Vec<(Option<CallRole>, Milestone)> {
        let mut reported = Reported::default();
        let news = views.windows(2).filter_map(|pair| reported.news(&pair[0], &pair[1]));
        news.map(|news| (news.role, news.milestone)).collect()
    }

    #[test]
    fn each_milestone_is_reported_once_and_with_the_role() {
        let views = [
            CallView::Idle,
            ringing(),
            ringing(),
            in_call(CallStage::Connecting),
            in_call(CallStage::Active),
            in_call(CallStage::Reconnecting),
            in_call(CallStage::Active),
            ended(Outcome::HungUpByMe),
            CallView::Idle,
        ];
        let end = Milestone::Ended { outcome: Some(Outcome::HungUpByMe), seconds: Some(7) };
        let all =
            [Milestone::Ringing, Milestone::Started, Milestone::Reconnecting, Milestone::Reconnected, end];
        assert_eq!(reported(&views), all.map(|milestone| (Some(CallRole::Callee), milestone)));
    }

    #[test]
    fn a_call_that_this_page_only_shows_as_over_is_reported_to_nobody() {
        assert_eq!(reported(&[CallView::Idle, ended(Outcome::LeftByMe), CallView::Idle]), []);
    }

    #[test]
    fn a_call_that_goes_without_a_card_ends_without_an_outcome() {
        let silent = Milestone::Ended { outcome: None, seconds: None };
        let both = [Milestone::Ringing, silent].map(|milestone| (Some(CallRole::Callee), milestone));
        assert_eq!(reported(&[CallView::Idle, ringing(), CallView::Idle]), both);
    }
}
