//! Makes descriptions consistent: Firefox leaves attributes of payload types in a section that no longer lists them
//! (`rtcp-fb` after `setCodecPreferences`), and Chromium refuses such a description as a whole.
//! Never removes or adds a codec.

/// The attributes that begin with a payload type (RFC 8866 section 6.6 and 6.15, RFC 4585 section 4.2).
const OF_A_PAYLOAD_TYPE: [&str; 3] = ["a=rtpmap:", "a=fmtp:", "a=rtcp-fb:"];

/// The description without attributes of payload types that their section's `m=` line does not list.
pub(super) fn drop_unlisted(sdp: &str) -> String {
    let mut consistent = String::with_capacity(sdp.len());
    let mut listed = "";
    for line in sdp.split_inclusive('\n') {
        if line.starts_with("m=") {
            listed = line;
        }
        let payload = OF_A_PAYLOAD_TYPE.iter().find_map(|name| line.strip_prefix(name)).and_then(first_word);
        if payload.is_none_or(|payload| payload == "*" || lists(listed, payload)) {
            consistent.push_str(line);
        }
    }
    consistent
}

fn first_word(text: &str) -> Option<&str> {
    text.split_ascii_whitespace().next()
}

/// Whether an `m=` line lists a payload type: after medium, port and protocol.
fn lists(media: &str, payload: &str) -> bool {
    media.split_ascii_whitespace().skip(3).any(|listed| listed == payload)
}
