//! Signals: what two peer connections tell each other through the server, and the acknowledgement of them.
//! Never interprets SDP or candidates; `data` is the browser's own JSON.

use crate::DeviceId;
use crate::read::{Json, Read, field};
use crate::words::{objects, words};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
words! {
    /// The kinds of signal: offer, answer and candidate of JSEP, and the acknowledgement of them.
    pub enum SignalKind {
        /// An SDP offer (JSEP).
        Offer "offer",
        /// An SDP answer (JSEP).
        Answer "answer",
        /// A trickled ICE candidate (RFC 8838).
        IceCandidate "ice_candidate",
        /// All signals of a stream up to `data.seq` have arrived; carries no number of its own.
        Ack "ack",
    }
}

/// One signal between two devices of a call. The fields after the body are optional: a client that leaves them out
/// declares no reliability and gets no resends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(bound = ""))]
pub struct Signal<B = SignalBody> {
    /// What it says: in JSON the fields `type` and `data`.
    #[serde(flatten)]
    #[cfg_attr(feature = "openapi", schema(inline, value_type = Unread<SignalBody>))]
    pub body: B,
    /// The peer connection it belongs to; 1 for the first of a call.
    #[serde(rename = "generation", default, skip_serializing_if = "Option::is_none")]
    pub peer_connection: Option<u32>,
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

impl Signal {
    /// What it is, without what it says.
    pub const fn kind(&self) -> SignalKind {
        self.body.kind()
    }

    /// Whether it shows a sender that numbers its signals, and so acknowledges those that it gets and offers again when
    /// another device takes the call. An acknowledgement has no number of its own.
    pub const fn is_from_reliable_sender(&self) -> bool {
        self.seq.is_some() || matches!(self.body, SignalBody::Ack { .. })
    }
}

/// What a signal says, as the machine handles it.
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
    /// Its kind alone.
    pub const fn kind(&self) -> SignalKind {
        match self {
            Self::Offer(_) => SignalKind::Offer,
            Self::Answer(_) => SignalKind::Answer,
            Self::IceCandidate(_) => SignalKind::IceCandidate,
            Self::Ack { .. } => SignalKind::Ack,
        }
    }
}

/// What a signal says, for a server: its data is passed on unread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(bound = ""))]
pub struct Unread<D> {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: SignalKind,
    /// The browser's own JSON (or, for an ack, `{"seq": n}`).
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub data: D,
}

/// `flatten` would copy the data to look at it later; this borrows it.
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
    /// The SDP text, exactly as the browser made it.
    pub sdp: String,
}

impl SessionDescription {
    /// Whether a media section has this ICE user name fragment (RFC 8839, `ice-ufrag`).
    pub fn has_username_fragment(&self, fragment: &str) -> bool {
        self.sdp.lines().any(|line| line.strip_prefix("a=ice-ufrag:") == Some(fragment))
    }
}

/// An offer where no kind of signal says that it is one: an RTCSessionDescriptionInit of type `offer`.
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
    /// Which media section it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdp_mid: Option<String>,
    /// The same by index.
    #[serde(rename = "sdpMLineIndex", default, skip_serializing_if = "Option::is_none")]
    pub sdp_m_line_index: Option<u16>,
    /// Which ICE generation it belongs to (RFC 8839, `ice-ufrag`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username_fragment: Option<String>,
}

impl IceCandidate {
    /// The candidate as a browser would have written it; other programs send it in other shapes.
    #[must_use]
    pub fn normalized(self) -> Self {
        // A browser requires one of the two; with BUNDLE everything goes over the first section's transport.
        let unplaced = self.sdp_mid.is_none() && self.sdp_m_line_index.is_none();
        Self {
            candidate: candidate_line(&self.candidate),
            sdp_m_line_index: if unplaced { Some(0) } else { self.sdp_m_line_index },
            username_fragment: self.username_fragment.filter(|fragment| !fragment.is_empty()),
            ..self
        }
    }
}

/// A candidate line as browsers write it (RFC 8839 without `a=`): other programs keep the `a=` of the SDP, or leave out
/// `candidate:`. An empty one says that there are no more.
fn candidate_line(line: &str) -> String {
    let trimmed = line.trim();
    let bare = trimmed.strip_prefix("a=").unwrap_or(trimmed);
    if bare.is_empty() || bare.starts_with("candidate:") {
        bare.to_owned()
    } else {
        ["candidate:", bare].concat()
    }
}

objects! {
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
    fn candidates_of_programs_that_are_no_browser_are_read_as_a_browser_would_have_written_them() {
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
    fn a_candidate_that_names_no_section_is_of_the_first() {
        assert_eq!(line("x").normalized().sdp_m_line_index, Some(0));
        let named = IceCandidate { sdp_mid: Some("1".to_owned()), ..line("x") }.normalized();
        assert_eq!((named.sdp_mid.as_deref(), named.sdp_m_line_index), (Some("1"), None));
    }

    #[test]
    fn the_end_of_the_candidates_stays_one() {
        let end = IceCandidate { username_fragment: Some(String::new()), ..line("") }.normalized();
        assert_eq!((end.candidate.as_str(), end.username_fragment), ("", None));
    }
}
