//! What screen readers announce when the view changes: a new window as a whole, a running call by its differences.
//! A passing second is not announced.

use super::{
    MediaDevice, SERVER_UNREACHABLE, a_call, devices_said, does_not_work, microphone, name, other_kind,
    outcome, outgoing, page_is_gone, replaced, trouble,
};
use call_core::{CallStage, CallView, InCallView, IncomingStage, Slot, SlotView};
use call_protocol::CallType;

/// The announcement of a change, if it needs one.
pub fn spoken(before: &CallView, after: &CallView) -> Option<String> {
    if let (CallView::InCall(before), CallView::InCall(after)) = (before, after)
        && before.party == after.party
    {
        let said = changes(before, after).join(" ");
        return (!said.is_empty()).then_some(said);
    }
    let said = announcement(after);
    (said != announcement(before)).then_some(said)
}

/// The announcement of a new view; empty if there is nothing to say.
pub fn announcement(view: &CallView) -> String {
    match view {
        CallView::Idle => String::new(),
        CallView::Incoming(view) => match view.stage {
            IncomingStage::Ringing => {
                [&name(&view.party), " is calling you: ", a_call(view.party.call_type), "."].concat()
            }
            IncomingStage::Answering => "Answering".to_owned(),
            IncomingStage::MicrophoneProblem(error) => microphone(error).to_owned(),
        },
        CallView::Outgoing(view) => {
            format!("Calling {}. {}", name(&view.party), outgoing(view))
        }
        CallView::InCall(view) => {
            let peer = name(&view.party);
            let peer = peer.as_str();
            let stage = stage(view.stage, peer);
            let other =
                (view.requested_type != view.party.call_type).then(|| other_kind(view.requested_type, peer));
            let more: Vec<String> = other.into_iter().chain(devices_said(view)).collect();
            if more.is_empty() { stage } else { [&stage, ". ", &more.join(" ")].concat() }
        }
        CallView::Ended(view) => {
            let told = outcome(view);
            [&told.heading, ". ", &told.sentence].concat()
        }
    }
}

/// The keys that answer and decline, where they work.
pub const fn keys(call_type: CallType) -> &'static str {
    match call_type {
        CallType::Audio => " Press Alt C to answer or Alt D to decline.",
        CallType::Video => " Press Alt C to answer, Alt V to answer with voice only, or Alt D to decline.",
    }
}

fn stage(stage: CallStage, peer: &str) -> String {
    match stage {
        CallStage::Connecting => "Connecting".to_owned(),
        CallStage::Active => ["You are talking to ", peer].concat(),
        CallStage::Reconnecting => "Connection lost. Reconnecting".to_owned(),
        CallStage::Away => [&page_is_gone(peer), " Waiting for ", peer, " to come back"].concat(),
    }
}

fn changes(before: &InCallView, after: &InCallView) -> Vec<String> {
    let peer = name(&after.party);
    let peer = peer.as_str();
    let mut said = Vec::new();
    if before.stage != after.stage {
        said.push(match (before.stage, after.stage) {
            (CallStage::Reconnecting | CallStage::Away, CallStage::Active) => {
                "You are connected again.".to_owned()
            }
            (_, now) => stage(now, peer),
        });
    }
    if before.server_away != after.server_away {
        said.push(if after.server_away { SERVER_UNREACHABLE } else { "The server is back." }.to_owned());
    }
    if before.local[Slot::Microphone] != after.local[Slot::Microphone] {
        said.extend(own_microphone(before.local[Slot::Microphone], after, peer));
    }
    if before.local[Slot::Camera] != after.local[Slot::Camera] {
        said.extend(own_camera(after));
    }
    if before.replaced != after.replaced {
        let device = after.replaced.and_then(|slot| match slot {
            Slot::Microphone => Some(MediaDevice::Microphone),
            Slot::Camera => Some(MediaDevice::Camera),
            Slot::Screen | Slot::ScreenSound => None,
        });
        said.extend(device.map(|device| replaced(device).to_owned()));
    }
    if before.remote_muted() != after.remote_muted() {
        said.push([peer, if after.remote_muted() { " is muted." } else { " is no longer muted." }].concat());
    }
    if before.remote_microphone_fails() != after.remote_microphone_fails() {
        let works = || [peer, " can be heard again"].concat();
        said.push(if after.remote_microphone_fails() { does_not_work(peer) } else { works() } + ".");
    }
    if before.remote_camera_off() != after.remote_camera_off() {
        let camera =
            if after.remote_camera_off() { "\u{2019}s camera is off." } else { "\u{2019}s camera is on." };
        said.push([peer, camera].concat());
    }
    said
}

fn own_microphone(before: SlotView, call: &InCallView, peer: &str) -> Option<String> {
    match (before, call.local[Slot::Microphone]) {
        (_, SlotView::Off) => Some("You are muted.".to_owned()),
        (SlotView::Off, SlotView::On) => Some("You are no longer muted.".to_owned()),
        (SlotView::Problem(_) | SlotView::Starting | SlotView::Interrupted, SlotView::On) => {
            Some([peer, " can hear you again."].concat())
        }
        (_, SlotView::Problem(_) | SlotView::Interrupted) => trouble(call, MediaDevice::Microphone),
        (SlotView::Absent | SlotView::On, SlotView::On) => None,
        (_, SlotView::Starting | SlotView::Absent) => None,
    }
}

fn own_camera(call: &InCallView) -> Option<String> {
    match call.local[Slot::Camera] {
        SlotView::On => Some("Your camera is on.".to_owned()),
        SlotView::Off => Some("Your camera is off.".to_owned()),
        SlotView::Problem(_) | SlotView::Interrupted => trouble(call, MediaDevice::Camera),
        SlotView::Starting | SlotView::Absent => None,
    }
}
