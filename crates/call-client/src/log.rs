//! The driver's log: each event with the effects it led to, by name, with the call's id, at debug level.
//! Never prints a payload: descriptions and candidates hold people's addresses.

use call_core::{Effect, Event, MediaEvent, Party, PeerEvent, ReplyEvent, SocketEvent, UserEvent};

/// One step of the machine as a line, unless it is one of the many that mean nothing.
pub(crate) fn step(party: Option<&Party>, event: &str, effects: &[Effect]) -> Option<String> {
    if effects.is_empty() && matches!(event, "timer" | "peer.received") {
        return None;
    }
    let call = party.and_then(|party| party.call_id.as_ref()).map_or("-", |call| call.as_str());
    let mut line = ["calls ", call, ": ", event].concat();
    for effect in effects {
        line.push_str(" > ");
        line.push_str(order(effect));
    }
    Some(line)
}

pub(crate) fn event(event: &Event) -> &'static str {
    match event {
        Event::User(event) => match event {
            UserEvent::Call { .. } => "user.call",
            UserEvent::Answer(_) => "user.answer",
            UserEvent::Decline => "user.decline",
            UserEvent::HangUp => "user.hang_up",
            UserEvent::ToggleMute => "user.toggle_mute",
            UserEvent::ToggleCamera => "user.toggle_camera",
            UserEvent::ToggleScreen => "user.toggle_screen",
            UserEvent::RetryMedia => "user.retry_media",
            UserEvent::Dismiss => "user.dismiss",
            UserEvent::Leave => "user.leave",
            UserEvent::Unload => "user.unload",
            UserEvent::Returned { .. } => "user.returned",
        },
        Event::Reply(event) => match event {
            ReplyEvent::Initiated(_, Ok(_)) => "reply.initiated",
            ReplyEvent::Initiated(_, Err(_)) => "reply.not_initiated",
            ReplyEvent::Answered(_, Ok(_)) => "reply.answered",
            ReplyEvent::Answered(_, Err(_)) => "reply.not_answered",
            ReplyEvent::Ended(_, Ok(_)) => "reply.ended",
            ReplyEvent::Ended(_, Err(_)) => "reply.not_ended",
        },
        Event::Socket(event) => match event {
            SocketEvent::Welcome { .. } => "socket.welcome",
            SocketEvent::Lost => "socket.lost",
            SocketEvent::Ringing(_) => "socket.ringing",
            SocketEvent::Answered(_) => "socket.answered",
            SocketEvent::Ended(_) => "socket.ended",
            SocketEvent::Signal(..) => "socket.signal",
            SocketEvent::DeviceRinging { .. } => "socket.device_ringing",
            SocketEvent::Presence { .. } => "socket.presence",
        },
        Event::Media(event) => match event {
            MediaEvent::Permission { granted: true, .. } => "media.granted",
            MediaEvent::Permission { granted: false, .. } => "media.not_granted",
            MediaEvent::Ready(_) => "media.ready",
            MediaEvent::Failed(..) => "media.failed",
            MediaEvent::Ended(..) => "media.ended",
            MediaEvent::Interrupted { interrupted: true, .. } => "media.interrupted",
            MediaEvent::Interrupted { interrupted: false, .. } => "media.back",
            MediaEvent::DevicesChanged => "media.devices_changed",
        },
        Event::Peer(event) => match event {
            PeerEvent::OfferCreated(..) => "peer.offer_created",
            PeerEvent::AnswerCreated(..) => "peer.answer_created",
            PeerEvent::RemoteAnswerSet(_) => "peer.remote_answer_set",
            PeerEvent::NegotiationFailed(..) => "peer.negotiation_failed",
            PeerEvent::RelayFailed(_) => "peer.relay_failed",
            PeerEvent::Candidate(..) => "peer.candidate",
            PeerEvent::Link(_, link) => link_name(*link),
            PeerEvent::ChannelOpen(_) => "peer.channel_open",
            PeerEvent::Message(..) => "peer.message",
            PeerEvent::Received { .. } => "peer.received",
        },
        Event::Timer => "timer",
    }
}

fn link_name(link: call_core::Link) -> &'static str {
    match link {
        call_core::Link::Connecting => "peer.connecting",
        call_core::Link::Connected => "peer.connected",
        call_core::Link::Disconnected => "peer.disconnected",
        call_core::Link::Failed => "peer.failed",
    }
}

fn order(effect: &Effect) -> &'static str {
    match effect {
        Effect::AcquireMedia(..) => "acquire_media",
        Effect::ReleaseMedia(_) => "release_media",
        Effect::StopTrack(..) => "stop_track",
        Effect::SetMuted { .. } => "set_muted",
        Effect::OpenPeer(..) => "open_peer",
        Effect::CreateOffer(..) => "create_offer",
        Effect::SetRemoteOffer(..) => "set_remote_offer",
        Effect::SetRemoteAnswer(..) => "set_remote_answer",
        Effect::AddCandidate(..) => "add_candidate",
        Effect::ReplaceTracks(..) => "replace_tracks",
        Effect::SendMessage(..) => "send_message",
        Effect::ClosePeer(_) => "close_peer",
        Effect::Initiate { .. } => "initiate",
        Effect::Answer(..) => "answer",
        Effect::Decline(_) => "decline",
        Effect::End(..) => "end",
        Effect::SendSignal(..) => "send_signal",
        Effect::ReportMedia(_) => "report_media",
        Effect::ReportSilence(_) => "report_silence",
        Effect::DoubtServer => "doubt_server",
        Effect::KeepRejoin(_) => "keep_rejoin",
        Effect::Play(_) => "play",
    }
}
