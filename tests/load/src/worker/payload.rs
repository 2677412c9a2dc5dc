//! What is sent: descriptions and candidates of the size that browsers make, with nobody's address.
//! Data only.

use std::time::Duration;

/// The field that carries the moment at which a signal should have been sent, in nanoseconds of the worker's clock.
pub(super) const MOMENT: &str = "\"usernameFragment\":\"";

/// A candidate of about 250 bytes that should be sent at a moment.
pub(super) fn candidate(intended: Duration) -> String {
    format!(
        "{{\"candidate\":\"candidate:842163049 1 udp 1677729535 192.0.2.107 46154 typ srflx raddr 192.0.2.14 \
         rport 46154 generation 0 ufrag EsAw network-id 3 network-cost 10\",\"sdpMid\":\"0\",\"sdpMLineIndex\":0,\
         {MOMENT}{:020}\"}}",
        intended.as_nanos()
    )
}

/// A description of about 2.5 KB, as JSON.
pub(super) fn description(kind: &str, intended: Duration) -> String {
    let line = "a=rtpmap:111 opus/48000/2\\r\\na=fmtp:111 minptime=10;useinbandfec=1\\r\\n";
    format!(
        "{{\"type\":\"{kind}\",\"sdp\":\"v=0\\r\\n{}\",{MOMENT}{:020}\"}}",
        line.repeat(34),
        intended.as_nanos()
    )
}

/// The moment in a signal that arrived.
pub(super) fn moment(text: &str) -> Option<u64> {
    let (_, rest) = text.split_once(MOMENT)?;
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
        let (candidate, offer) = (candidate(at), description("offer", at));
        assert!((230..270).contains(&candidate.len()), "{}", candidate.len());
        assert!((2_300..2_700).contains(&offer.len()), "{}", offer.len());
        for text in [candidate, offer] {
            assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
            assert_eq!(moment(&text), Some(1_234_000));
        }
        assert_eq!(moment("{}"), None);
    }
}
