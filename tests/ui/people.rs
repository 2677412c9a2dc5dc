//! Anna, who sits at the screen, Ben, and the pictures that a call between them can show.

use call_core::{
    CallStage, CallView, EndedView, Epoch, InCallView, IncomingStage, IncomingView, MediaKey, Outcome,
    OutgoingStage, OutgoingView, Party, PeerKey, Slot, SlotState, SlotView, Slots,
};
use call_protocol::{CallType, ConversationId, User, UserId};

pub(crate) fn user(name: &str) -> User {
    let username = name.to_lowercase();
    User { id: UserId(username.clone()), username, display_name: name.to_owned(), display_picture_url: None }
}

pub(crate) fn party(call_type: CallType) -> Party {
    Party { peer: user("Ben"), conversation_id: ConversationId::from("k1"), call_type, call_id: None }
}

pub(crate) fn ringing(call_type: CallType) -> CallView {
    incoming(call_type, IncomingStage::Ringing)
}

pub(crate) fn incoming(call_type: CallType, stage: IncomingStage) -> CallView {
    CallView::Incoming(IncomingView { party: party(call_type), stage, waiting_for: None })
}

pub(crate) fn outgoing(call_type: CallType, stage: OutgoingStage) -> OutgoingView {
    OutgoingView {
        party: party(call_type),
        stage,
        local_video: None,
        microphone_problem: None,
        camera_problem: None,
        waiting_for: None,
    }
}

const MEDIA: MediaKey = MediaKey { epoch: Epoch(1), number: 1 };

fn locals(microphone: SlotView, camera: SlotView) -> Slots<SlotView> {
    Slots::default().with(Slot::Microphone, microphone).with(Slot::Camera, camera)
}

/// A call with the own microphone and camera like this, and no own picture.
pub(crate) fn with_local(call_type: CallType, microphone: SlotView, camera: SlotView) -> InCallView {
    let call = talking(call_type);
    InCallView { local: locals(microphone, camera), tracks: call.tracks.with(Slot::Camera, None), ..call }
}

/// A call in which one slot of the other side is like this.
pub(crate) fn with_remote(call_type: CallType, slot: Slot, state: SlotState) -> InCallView {
    let call = talking(call_type);
    InCallView { remote: call.remote.with(slot, state), ..call }
}

/// A call in which everything works.
pub(crate) fn talking(call_type: CallType) -> InCallView {
    let video = call_type == CallType::Video;
    InCallView {
        party: party(call_type),
        requested_type: call_type,
        stage: CallStage::Active,
        seconds: Some(5),
        local: locals(SlotView::On, if video { SlotView::On } else { SlotView::Absent }),
        tracks: Slots::default()
            .with(Slot::Microphone, Some(MEDIA))
            .with(Slot::Camera, video.then_some(MEDIA)),
        peer: Some(PeerKey { epoch: Epoch(1), number: 1 }),
        remote: Slots::default()
            .with(Slot::Microphone, SlotState::On)
            .with(Slot::Camera, if video { SlotState::On } else { SlotState::Off }),
        server_away: false,
        replaced: None,
        browser_asks: false,
    }
}

pub(crate) fn ended(call_type: CallType, outcome: Outcome, seconds: Option<u32>) -> EndedView {
    EndedView { party: party(call_type), ways: outcome.ways(call_type), outcome, seconds }
}
