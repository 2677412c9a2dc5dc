//! Removes this device's own addresses from what a relay-only connection sends. The browser is told to gather
//! relay candidates only; this is the safeguard if it gathers others, and it removes the address from which the
//! browser reached the relay. Never changes what the other side sends.

use call_protocol::{IceCandidate, SessionDescription};

/// The candidate as it may be sent; none if it shows an address of this device. An empty candidate (the end of
/// candidates) is kept.
pub(super) fn candidate(candidate: IceCandidate) -> Option<IceCandidate> {
    if candidate.candidate.is_empty() {
        return Some(candidate);
    }
    let line = relayed(&candidate.candidate)?;
    Some(IceCandidate { candidate: line, ..candidate })
}

/// The description without candidates that show an address of this device.
pub(super) fn description(description: SessionDescription) -> SessionDescription {
    let mut sdp = String::with_capacity(description.sdp.len());
    for line in description.sdp.split_inclusive('\n') {
        match line.trim_end().strip_prefix("a=candidate:") {
            None => sdp.push_str(line),
            Some(_) => {
                if let Some(line) = relayed(line.trim_end()) {
                    sdp.push_str(&line);
                    sdp.push_str("\r\n");
                }
            }
        }
    }
    SessionDescription { sdp }
}

/// A relay candidate's line with its related address blanked out (RFC 8839, section 5.1).
fn relayed(line: &str) -> Option<String> {
    let words: Vec<_> = line.split(' ').collect();
    let is_relay = words.windows(2).any(|pair| pair == ["typ", "relay"]);
    let shown = |index: usize| match index.checked_sub(1).and_then(|before| words.get(before)) {
        Some(&"raddr") => "0.0.0.0",
        Some(&"rport") => "9",
        Some(_) | None => words[index],
    };
    is_relay.then(|| (0..words.len()).map(shown).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "candidate:1 1 udp 2122260223 192.168.1.7 5000 typ host generation 0 ufrag a";
    const NAMED: &str = "candidate:1 1 udp 2122260223 8a1c.local 5000 typ host";
    const REFLEXIVE: &str =
        "candidate:2 1 udp 1686052607 203.0.113.9 5000 typ srflx raddr 192.168.1.7 rport 5000";
    const RELAY: &str =
        "candidate:3 1 udp 41885439 198.51.100.1 3478 typ relay raddr 203.0.113.9 rport 5000 ufrag a";
    const BARE: &str = "candidate:3 1 udp 41885439 198.51.100.1 3478 typ relay raddr 0.0.0.0 rport 9 ufrag a";

    fn of(line: &str) -> IceCandidate {
        IceCandidate {
            candidate: line.to_owned(),
            sdp_mid: Some("0".to_owned()),
            sdp_m_line_index: None,
            username_fragment: None,
        }
    }

    #[test]
    fn nobody_learns_an_address_of_the_device_itself_from_a_candidate() {
        for line in [HOST, NAMED, REFLEXIVE, "candidate:4 1 udp 1 203.0.113.9 5 typ prflx", "relay"] {
            assert_eq!(candidate(of(line)), None, "{line}");
        }
        assert_eq!(candidate(of(RELAY)), Some(of(BARE)), "the relay was reached from an address");
        assert_eq!(candidate(of("")), Some(of("")), "the end of the candidates");
    }

    #[test]
    fn a_description_keeps_everything_but_the_addresses() {
        let sdp = format!("v=0\r\na=ice-ufrag:a\r\na={HOST}\r\na={RELAY}\r\na={REFLEXIVE}\r\na=mid:0\r\n");
        let kept = description(SessionDescription { sdp }).sdp;
        assert_eq!(kept, format!("v=0\r\na=ice-ufrag:a\r\na={BARE}\r\na=mid:0\r\n"));
    }
}
