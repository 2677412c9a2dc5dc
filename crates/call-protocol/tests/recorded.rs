//! A recorded call of an older build: this version reads all of it, and sends what a client sends in the same
//! form.

use call_protocol::{Call, ClientFrame, Contact, EndCall, InitiateCall, LiveCall, ServerFrame};
use serde_json::Value;

const RECORDED: &str = include_str!("recorded/older.json");

#[test]
fn an_older_build_and_this_one_write_and_read_the_same() {
    let recorded: Vec<Value> = serde_json::from_str(RECORDED).unwrap();
    let (mut sent, mut received) = (0, 0);
    for step in &recorded {
        if let Some(frame) = step.get("sent") {
            let read: ClientFrame = serde_json::from_value(frame.clone()).unwrap();
            assert_eq!(&serde_json::to_value(read).unwrap(), frame);
            sent += 1;
        } else if let Some(frame) = step.get("received") {
            assert!(serde_json::from_value::<ServerFrame>(frame.clone()).is_ok(), "{frame}");
            received += 1;
        } else {
            let (path, body, reply) = (step["path"].as_str().unwrap(), &step["body"], &step["reply"]);
            if path.ends_with("/initiate") {
                let read: InitiateCall = serde_json::from_value(body.clone()).unwrap();
                assert_eq!(&serde_json::to_value(read).unwrap(), body);
                assert!(serde_json::from_value::<LiveCall>(reply.clone()).is_ok(), "{reply}");
            } else if path.ends_with("/answer") {
                assert!(serde_json::from_value::<LiveCall>(reply.clone()).is_ok(), "{reply}");
            } else if path.ends_with("/end") {
                let read: EndCall = serde_json::from_value(body.clone()).unwrap();
                assert_eq!(&serde_json::to_value(read).unwrap(), body);
                assert!(serde_json::from_value::<Call>(reply.clone()).is_ok(), "{reply}");
            } else {
                assert!(serde_json::from_value::<Vec<Contact>>(reply.clone()).is_ok(), "{path}: {reply}");
            }
        }
    }
    assert!(sent >= 15 && received >= 15, "a whole call: {sent} frames sent, {received} received");
}
