//! Signals: what two peer connections tell each other through the server, and the acknowledgement of them.
//! Never interprets SDP or candidates; `data` is the browser's own JSON.

use crate::DeviceId;
use serde::{Deserialize, Serialize};

/// The kinds of signal: the seed's three, and our acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SignalKind {
    /// An SDP offer (JSEP).
    Offer,
    /// An SDP answer (JSEP).
    Answer,
    /// A trickled ICE candidate (RFC 8838).
    IceCandidate,
    /// All signals of a stream up to `data.seq` have arrived; carries no number of its own.
    Ack,
}

/// One signal between two devices of a call. The fields after `data` are ours and optional: a client that knows
/// only the seed leaves them out, declares no reliability and gets no resends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(bound = ""))]
pub struct Signal<D = SignalData> {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: SignalKind,
    /// The browser's own JSON (or, for an ack, `{"seq": n}`).
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub data: D,
    /// The peer connection it belongs to; 1 for the first of a call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<u32>,
    /// Its number in the stream of one call, generation, sender device and receiver device; from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u32>,
    /// The sending device; filled in by the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_device: Option<DeviceId>,
    /// The receiving device; all of the other user's devices in the call when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_device: Option<DeviceId>,
}

impl<D> Signal<D> {
    /// Whether it shows a sender that numbers its signals, and so acknowledges those that it gets and offers anew when
    /// another device takes the call. An acknowledgement has no number of its own.
    pub const fn is_of_a_stream(&self) -> bool {
        self.seq.is_some() || matches!(self.kind, SignalKind::Ack)
    }
}

/// The payloads of all kinds in one struct, with the browser's own field names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignalData {
    /// `offer` or `answer`, for descriptions (RTCSessionDescriptionInit).
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub sdp_type: Option<String>,
    /// The description itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdp: Option<String>,
    /// The candidate line (RTCIceCandidateInit).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<String>,
    /// Which media section the candidate belongs to.
    #[serde(rename = "sdpMid", default, skip_serializing_if = "Option::is_none")]
    pub sdp_mid: Option<String>,
    /// The same by index.
    #[serde(rename = "sdpMLineIndex", default, skip_serializing_if = "Option::is_none")]
    pub sdp_m_line_index: Option<u16>,
    /// Which ICE generation the candidate belongs to.
    #[serde(rename = "usernameFragment", default, skip_serializing_if = "Option::is_none")]
    pub username_fragment: Option<String>,
    /// For acks: the last number received in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u32>,
}

/// An SDP description without its type, which the kind of signal already says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SessionDescription {
    /// The SDP text, exactly as the browser made it.
    pub sdp: String,
}

impl SessionDescription {
    /// Whether a media section has this ICE user name fragment (RFC 8839, `ice-ufrag`).
    pub fn has_username_fragment(&self, fragment: &str) -> bool {
        self.sdp.lines().any(|line| line.strip_prefix("a=ice-ufrag:") == Some(fragment))
    }
}

/// An RTCIceCandidateInit.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IceCandidate {
    /// The candidate line.
    pub candidate: String,
    /// Which media section it belongs to.
    pub sdp_mid: Option<String>,
    /// The same by index.
    pub sdp_m_line_index: Option<u16>,
    /// Which ICE generation it belongs to.
    pub username_fragment: Option<String>,
}

/// A candidate line as browsers write it (RFC 8839 without `a=`): other programs keep the `a=` of the SDP, or leave out
/// `candidate:`. An empty one says that there are no more.
fn candidate_line(line: &str) -> String {
    let line = line.trim();
    let bare = line.strip_prefix("a=").unwrap_or(line);
    if bare.is_empty() || bare.starts_with("candidate:") {
        bare.to_owned()
    } else {
        ["candidate:", bare].concat()
    }
}

/// A signal's payload with its kind, as the machine handles it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SignalBody {
    /// An SDP offer.
    Offer(SessionDescription),
    /// An SDP answer.
    Answer(SessionDescription),
    /// A trickled candidate.
    IceCandidate(IceCandidate),
    /// All numbers up to and including this one have arrived.
    Ack(u32),
}

impl SignalBody {
    /// The kind that goes on the wire.
    pub const fn kind(&self) -> SignalKind {
        match self {
            Self::Offer(_) => SignalKind::Offer,
            Self::Answer(_) => SignalKind::Answer,
            Self::IceCandidate(_) => SignalKind::IceCandidate,
            Self::Ack(_) => SignalKind::Ack,
        }
    }

    /// Reads the payload of a kind; `None` when a field that the kind needs is missing.
    pub fn read(kind: SignalKind, data: &SignalData) -> Option<Self> {
        let description = || data.sdp.clone().map(|sdp| SessionDescription { sdp });
        match kind {
            SignalKind::Offer => description().map(Self::Offer),
            SignalKind::Answer => description().map(Self::Answer),
            SignalKind::IceCandidate => data.candidate.as_deref().map(|line| {
                // A browser wants to know one of the two; everything goes over the first section's transport.
                let unplaced = data.sdp_mid.is_none() && data.sdp_m_line_index.is_none();
                Self::IceCandidate(IceCandidate {
                    candidate: candidate_line(line),
                    sdp_mid: data.sdp_mid.clone(),
                    sdp_m_line_index: if unplaced { Some(0) } else { data.sdp_m_line_index },
                    username_fragment: data.username_fragment.clone().filter(|fragment| !fragment.is_empty()),
                })
            }),
            SignalKind::Ack => data.seq.map(Self::Ack),
        }
    }

    /// The payload as it goes on the wire.
    pub fn write(&self) -> SignalData {
        let description = |kind: &str, description: &SessionDescription| SignalData {
            sdp_type: Some(kind.to_owned()),
            sdp: Some(description.sdp.clone()),
            ..SignalData::default()
        };
        match self {
            Self::Offer(offer) => description("offer", offer),
            Self::Answer(answer) => description("answer", answer),
            Self::IceCandidate(ice) => SignalData {
                candidate: Some(ice.candidate.clone()),
                sdp_mid: ice.sdp_mid.clone(),
                sdp_m_line_index: ice.sdp_m_line_index,
                username_fragment: ice.username_fragment.clone(),
                ..SignalData::default()
            },
            Self::Ack(seq) => SignalData { seq: Some(*seq), ..SignalData::default() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(data: SignalData) -> IceCandidate {
        let read = SignalBody::read(SignalKind::IceCandidate, &data);
        let Some(SignalBody::IceCandidate(candidate)) = read else { panic!("{read:?}") };
        candidate
    }

    fn line(text: &str) -> SignalData {
        SignalData { candidate: Some(text.to_owned()), ..SignalData::default() }
    }

    #[test]
    fn candidates_of_programs_that_are_no_browser_are_read_as_a_browser_would_have_written_them() {
        let browsers = "candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host";
        for written in [
            browsers,
            "a=candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host\r\n",
            "1 1 udp 2130706431 192.0.2.1 5000 typ host",
        ] {
            assert_eq!(candidate(line(written)).candidate, browsers, "{written:?}");
        }
    }

    #[test]
    fn a_candidate_that_names_no_section_is_of_the_first() {
        assert_eq!(candidate(line("x")).sdp_m_line_index, Some(0));
        let named = candidate(SignalData { sdp_mid: Some("1".to_owned()), ..line("x") });
        assert_eq!((named.sdp_mid.as_deref(), named.sdp_m_line_index), (Some("1"), None));
    }

    #[test]
    fn the_end_of_the_candidates_stays_one() {
        let end = candidate(SignalData { username_fragment: Some(String::new()), ..line("") });
        assert_eq!((end.candidate.as_str(), end.username_fragment), ("", None));
        assert_eq!(SignalBody::read(SignalKind::IceCandidate, &SignalData::default()), None);
    }
}
