//! Anna, who sits at the screen, Ben, and the pictures that a call between them can show.

use call_core::{
    CallStage, CallView, DeviceView, EndedView, Epoch, InCallView, IncomingStage, IncomingView, MediaKey,
    Outcome, OutgoingStage, OutgoingView, Party, PeerKey,
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
    CallView::Incoming(IncomingView { party: party(call_type), stage, waits: None })
}

pub(crate) fn outgoing(call_type: CallType, stage: OutgoingStage) -> OutgoingView {
    OutgoingView {
        party: party(call_type),
        stage,
        local_video: None,
        microphone_problem: None,
        camera_problem: None,
        waits: None,
    }
}

/// A call in which everything works.
pub(crate) fn talking(call_type: CallType) -> InCallView {
    let video = call_type == CallType::Video;
    InCallView {
        party: party(call_type),
        asked_for: call_type,
        stage: CallStage::Active,
        seconds: Some(5),
        microphone: DeviceView::On,
        camera: if video { DeviceView::On } else { DeviceView::Absent },
        local_video: video.then_some(MediaKey { epoch: Epoch(1), number: 1 }),
        remote: Some(PeerKey { epoch: Epoch(1), generation: 1 }),
        remote_muted: false,
        remote_microphone_fails: false,
        remote_camera_off: !video,
        server_away: false,
        replaced: None,
        browser_asks: false,
    }
}

pub(crate) fn ended(call_type: CallType, outcome: Outcome, seconds: Option<u32>) -> EndedView {
    EndedView { party: party(call_type), ways: outcome.ways(call_type), outcome, seconds }
}
