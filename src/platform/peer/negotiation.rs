//! Offers, answers and candidates of one connection. The browser chains these operations (W3C WebRTC, operations chain), so
//! a candidate that is added while a description is being set waits for it.
//! Never reports anything of a connection that was closed meanwhile.

use super::connection::Connection;
use super::missing::PeerConnection;
use super::payloads::drop_unlisted;
use super::video::hint_start_bitrate;
use crate::platform::js;
use call_core::{Fault, OfferKind, PeerEvent};
use call_protocol::{IceCandidate, SessionDescription};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RtcIceCandidateInit, RtcSdpType, RtcSessionDescriptionInit};

pub(super) async fn create_offer(connection: Rc<Connection>, kind: OfferKind) {
    if kind == OfferKind::IceRestart {
        more(&connection).restart_ice();
    }
    let offer = set_local(&connection, RtcSdpType::Offer).await;
    connection.tell(match offer {
        Some(offer) => PeerEvent::OfferCreated(connection.key, offer),
        None => PeerEvent::NegotiationFailed(connection.key, Fault::Local),
    });
}

pub(super) async fn set_remote_offer(connection: Rc<Connection>, offer: SessionDescription) {
    let mut event = PeerEvent::NegotiationFailed(connection.key, Fault::Remote);
    if set_remote(&connection, RtcSdpType::Offer, &offer).await && connection.is_open() {
        connection.read_slides(&offer.sdp);
        // Before the answer is created, so that adding tracks later needs no negotiation.
        connection.take_transceivers();
        event = match set_local(&connection, RtcSdpType::Answer).await {
            Some(answer) => PeerEvent::AnswerCreated(connection.key, answer),
            None => PeerEvent::NegotiationFailed(connection.key, Fault::Local),
        };
    }
    connection.tell(event);
    connection.tune().await;
}

pub(super) async fn set_remote_answer(connection: Rc<Connection>, answer: SessionDescription) {
    let taken = set_remote(&connection, RtcSdpType::Answer, &answer).await;
    connection.tell(match taken {
        true => PeerEvent::RemoteAnswerSet(connection.key),
        false => PeerEvent::NegotiationFailed(connection.key, Fault::Remote),
    });
    connection.tune().await;
}

pub(super) async fn add_candidate(connection: Rc<Connection>, candidate: RtcIceCandidateInit) {
    let pc = &connection.pc;
    let added = JsFuture::from(pc.add_ice_candidate_with_opt_rtc_ice_candidate_init(Some(&candidate))).await;
    if added.is_err() && connection.is_open() {
        // Without the error, which contains an address.
        web_sys::console::debug_1(&"a candidate was refused".into());
    }
}

pub(super) fn candidate_init(candidate: &IceCandidate) -> RtcIceCandidateInit {
    let init = RtcIceCandidateInit::new(&candidate.candidate);
    init.set_sdp_mid(candidate.sdp_mid.as_deref());
    init.set_sdp_m_line_index(candidate.sdp_m_line_index);
    if let Some(fragment) = &candidate.username_fragment {
        js::set(&init, "usernameFragment", fragment.as_str());
    }
    init
}

/// Creates and sets the local description; None if its type is not the wanted one.
async fn set_local(connection: &Connection, wanted: RtcSdpType) -> Option<SessionDescription> {
    JsFuture::from(more(connection).set_local_description()).await.ok()?;
    let description = connection.pc.local_description()?;
    (description.type_() == wanted)
        .then(|| SessionDescription { sdp: connection.mark_slides(&drop_unlisted(&description.sdp())) })
}

async fn set_remote(connection: &Connection, kind: RtcSdpType, description: &SessionDescription) -> bool {
    let init = RtcSessionDescriptionInit::new(kind);
    // Also of what comes: a page of an earlier build may have sent it.
    init.set_sdp(&hint_start_bitrate(&drop_unlisted(&description.sdp)));
    JsFuture::from(connection.pc.set_remote_description(&init)).await.is_ok()
}

fn more(connection: &Connection) -> &PeerConnection {
    AsRef::<JsValue>::as_ref(&connection.pc).unchecked_ref()
}
