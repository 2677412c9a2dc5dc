//! What is sent: descriptions and candidates of the size that browsers make, with nobody's address.
//! Data only.

use call_protocol::{IceCandidate, SessionDescription, SignalBody};
use std::time::Duration;

/// What stands before the moment at which a signal should have been sent, in nanoseconds of the worker's clock: it travels
/// as the user name fragment of ICE.
const BEFORE_MOMENT: [&str; 2] = ["\"usernameFragment\":\"", "a=ice-ufrag:"];

/// A candidate of about 250 bytes that should be sent at a moment.
pub(super) fn candidate(intended: Duration) -> SignalBody {
    SignalBody::IceCandidate(IceCandidate {
        candidate:
            "candidate:842163049 1 udp 1677729535 192.0.2.107 46154 typ srflx raddr 192.0.2.14 rport 46154 \
                    generation 0 ufrag EsAw network-id 3 network-cost 10"
                .to_owned(),
        sdp_mid: Some("0".to_owned()),
        sdp_m_line_index: Some(0),
        username_fragment: Some(format!("{:020}", intended.as_nanos())),
    })
}

/// A description of about 2.5 KB.
pub(super) fn description(intended: Duration) -> SessionDescription {
    let line = "a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n";
    SessionDescription {
        sdp: format!("v=0\r\n{}a=ice-ufrag:{:020}\r\n", line.repeat(34), intended.as_nanos()),
    }
}

/// The moment in a signal that arrived.
pub(super) fn moment(text: &str) -> Option<u64> {
    let rest = BEFORE_MOMENT.iter().find_map(|before| Some(text.split_once(before)?.1))?;
    rest.get(..20)?.parse().ok()
}

/// The call that a signal is of, in languages that say so.
pub(super) fn call(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("\"call_id\":\"")?;
    rest.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_have_their_sizes_are_json_and_carry_their_moment() {
        let at = Duration::from_micros(1234);
        let [candidate, offer] = [candidate(at), SignalBody::Offer(description(at))]
            .map(|body| serde_json::to_value(&body).unwrap()["data"].to_string());
        assert!((230..270).contains(&candidate.len()), "{}", candidate.len());
        assert!((2_300..2_700).contains(&offer.len()), "{}", offer.len());
        for text in [candidate, offer] {
            assert_eq!(moment(&text), Some(1_234_000));
        }
        assert_eq!(moment("{}"), None);
    }
}
