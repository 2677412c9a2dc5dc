//! Signals: what two peer connections send each other through the server, and their acknowledgements. Never
//! interprets SDP or candidates; `data` is the browser's own JSON.

use crate::DeviceId;
use crate::macros::{readers, string_enum};
use crate::read::{Json, Read, field};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
string_enum! {
    /// The kinds of signal: JSEP offers, answers and candidates, and acknowledgements.
    pub enum SignalKind {
        /// An SDP offer (JSEP).
        Offer "offer",
        /// An SDP answer (JSEP).
        Answer "answer",
        /// A trickled ICE candidate (RFC 8838).
        IceCandidate "ice_candidate",
        /// All signals of a stream up to `data.seq` have arrived; has no number of its own.
        Ack "ack",
    }
}

/// A signal between two devices of a call. All fields after the body are optional: a client that leaves them
/// out does not number its signals, and nothing is resent to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(bound = ""))]
pub struct Signal<B = SignalBody> {
    /// The content: in JSON, the fields `type` and `data`.
    #[serde(flatten)]
    #[cfg_attr(feature = "openapi", schema(inline, value_type = Unread<SignalBody>))]
    pub body: B,
    /// The number of the peer connection that it belongs to; 1 for the first of a call. Not the ICE generation.
    #[serde(rename = "generation", default, skip_serializing_if = "Option::is_none")]
    pub peer_connection: Option<u32>,
    /// Its number in the stream of one call, peer connection, sender device and receiver device; starts at 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u32>,
    /// The sending device; filled in by the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_device: Option<DeviceId>,
    /// The receiving device; if left out, all of the other user's devices in the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_device: Option<DeviceId>,
}

impl Signal {
    /// The kind of signal, without its content.
    pub const fn kind(&self) -> SignalKind {
        self.body.kind()
    }

    /// Whether its sender numbers signals, and therefore acknowledges those that it receives and makes a new
    /// offer when another device answers. An acknowledgement has no number of its own.
    pub const fn is_from_reliable_sender(&self) -> bool {
        self.seq.is_some() || matches!(self.body, SignalBody::Ack { .. })
    }
}

/// The content of a signal, as the client reads it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum SignalBody {
    /// An SDP offer.
    #[serde(serialize_with = "write_offer")]
    Offer(SessionDescription),
    /// An SDP answer.
    #[serde(serialize_with = "write_answer")]
    Answer(SessionDescription),
    /// A trickled candidate.
    IceCandidate(IceCandidate),
    /// All numbers up to and including this one have arrived.
    Ack {
        /// The last number that arrived in order.
        seq: u32,
    },
}

impl SignalBody {
    /// The kind alone.
    pub const fn kind(&self) -> SignalKind {
        match self {
            Self::Offer(_) => SignalKind::Offer,
            Self::Answer(_) => SignalKind::Answer,
            Self::IceCandidate(_) => SignalKind::IceCandidate,
            Self::Ack { .. } => SignalKind::Ack,
        }
    }
}

/// The content of a signal, as the server handles it: the data is forwarded without being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(bound = ""))]
pub struct Unread<D> {
    /// The kind of signal.
    #[serde(rename = "type")]
    pub kind: SignalKind,
    /// The browser's own JSON (or, for an ack, `{"seq": n}`).
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub data: D,
}

/// `flatten` would buffer the data; this borrows it.
impl<'de, D: Deserialize<'de>> Deserialize<'de> for Signal<Unread<D>> {
    fn deserialize<R: Deserializer<'de>>(reader: R) -> Result<Self, R::Error> {
        #[derive(Deserialize)]
        #[serde(rename = "Signal")]
        struct Flat<D> {
            #[serde(rename = "type")]
            kind: SignalKind,
            data: D,
            #[serde(rename = "generation")]
            peer_connection: Option<u32>,
            seq: Option<u32>,
            from_device: Option<DeviceId>,
            to_device: Option<DeviceId>,
        }
        let Flat { kind, data, peer_connection, seq, from_device, to_device } = Flat::deserialize(reader)?;
        Ok(Self { body: Unread { kind, data }, peer_connection, seq, from_device, to_device })
    }
}

/// A session description (RFC 8829) without its type, which the kind of signal already says.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionDescription {
    /// The SDP text, exactly as the browser created it.
    pub sdp: String,
}

impl SessionDescription {
    /// Whether a media section has this ICE username fragment (RFC 8839, `ice-ufrag`).
    pub fn has_username_fragment(&self, fragment: &str) -> bool {
        self.sdp.lines().any(|line| line.strip_prefix("a=ice-ufrag:") == Some(fragment))
    }
}

/// An offer outside a signal: an RTCSessionDescriptionInit of type `offer`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Offer(pub SessionDescription);

impl Serialize for Offer {
    fn serialize<W: Serializer>(&self, writer: W) -> Result<W::Ok, W::Error> {
        write_offer(&self.0, writer)
    }
}

fn write_offer<W: Serializer>(description: &SessionDescription, writer: W) -> Result<W::Ok, W::Error> {
    Init { r#type: "offer", sdp: &description.sdp }.serialize(writer)
}

fn write_answer<W: Serializer>(description: &SessionDescription, writer: W) -> Result<W::Ok, W::Error> {
    Init { r#type: "answer", sdp: &description.sdp }.serialize(writer)
}

/// RTCSessionDescriptionInit (W3C WebRTC, section 4.6.2).
#[derive(Serialize)]
struct Init<'a> {
    r#type: &'static str,
    sdp: &'a str,
}

/// RTCIceCandidateInit (W3C WebRTC, section 4.8.1), in the browser's own field names.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct IceCandidate {
    /// The candidate line.
    pub candidate: String,
    /// The `mid` of its media section.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdp_mid: Option<String>,
    /// The index of its media section.
    #[serde(rename = "sdpMLineIndex", default, skip_serializing_if = "Option::is_none")]
    pub sdp_m_line_index: Option<u16>,
    /// The ICE generation that it belongs to (RFC 8839, `ice-ufrag`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username_fragment: Option<String>,
}

impl IceCandidate {
    /// The candidate as a browser would write it; other programs use other forms.
    #[must_use]
    pub fn normalized(self) -> Self {
        // A browser requires one of the two; with BUNDLE, all media uses the first section's transport.
        let unplaced = self.sdp_mid.is_none() && self.sdp_m_line_index.is_none();
        Self {
            candidate: candidate_line(&self.candidate),
            sdp_m_line_index: if unplaced { Some(0) } else { self.sdp_m_line_index },
            username_fragment: self.username_fragment.filter(|fragment| !fragment.is_empty()),
            ..self
        }
    }
}

/// A candidate line as browsers write it (RFC 8839 without `a=`): other programs keep the `a=` of SDP, or omit
/// `candidate:`. An empty line is the end of candidates.
fn candidate_line(line: &str) -> String {
    let trimmed = line.trim();
    let bare = trimmed.strip_prefix("a=").unwrap_or(trimmed);
    if bare.is_empty() || bare.starts_with("candidate:") {
        bare.to_owned()
    } else {
        ["candidate:", bare].concat()
    }
}

readers! {
    SessionDescription { sdp }
    IceCandidate {
        candidate, sdp_mid "sdpMid" or nothing, sdp_m_line_index "sdpMLineIndex" or nothing,
        username_fragment "usernameFragment" or nothing,
    }
}

impl Read for Offer {
    fn read(json: &impl Json) -> Option<Self> {
        Read::read(json).map(Self)
    }
}

impl Read for Signal {
    fn read(json: &impl Json) -> Option<Self> {
        let data = json.field("data");
        let body = match field(json, "type")? {
            SignalKind::Offer => SignalBody::Offer(Read::read(&data)?),
            SignalKind::Answer => SignalBody::Answer(Read::read(&data)?),
            SignalKind::IceCandidate => SignalBody::IceCandidate(Read::read(&data)?),
            SignalKind::Ack => SignalBody::Ack { seq: field(&data, "seq")? },
        };
        Some(Self {
            body,
            peer_connection: field(json, "generation")?,
            seq: field(json, "seq")?,
            from_device: field(json, "from_device")?,
            to_device: field(json, "to_device")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> IceCandidate {
        IceCandidate {
            candidate: text.to_owned(),
            sdp_mid: None,
            sdp_m_line_index: None,
            username_fragment: None,
        }
    }

    #[test]
    fn candidates_of_other_programs_are_normalized_to_the_form_that_browsers_write() {
        let browsers = "candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host";
        for written in [
            browsers,
            "a=candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host\r\n",
            "1 1 udp 2130706431 192.0.2.1 5000 typ host",
        ] {
            assert_eq!(line(written).normalized().candidate, browsers, "{written:?}");
        }
    }

    #[test]
    fn a_candidate_that_names_no_section_belongs_to_the_first() {
        assert_eq!(line("x").normalized().sdp_m_line_index, Some(0));
        let named = IceCandidate { sdp_mid: Some("1".to_owned()), ..line("x") }.normalized();
        assert_eq!((named.sdp_mid.as_deref(), named.sdp_m_line_index), (Some("1"), None));
    }

    #[test]
    fn the_end_of_candidates_is_kept() {
        let end = IceCandidate { username_fragment: Some(String::new()), ..line("") }.normalized();
        assert_eq!((end.candidate.as_str(), end.username_fragment), ("", None));
    }
}
