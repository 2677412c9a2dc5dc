//! Who reaches whom, and for how long.

use super::*;

fn client(last: u8) -> Client {
    Client { address: SocketAddr::from(([203, 0, 113, last], 5000)), stream: None }
}

fn at(seconds: u64) -> Tick {
    Tick(Duration::from_secs(seconds))
}

/// Anna and Ben, who may reach each other in the call "c" from second 0 on.
fn two() -> (Allocations, [u16; 2]) {
    let mut all = Allocations::new(16, None);
    let ports = [(1, "anna"), (2, "ben")].map(|(last, name)| {
        all.open(client(last), UserId::from(name), [last; 12], (7, at(0))).expect("there is room")
    });
    assert!(all.permit(&client(1), &UserId::from("ben"), Some("c".into()), at(0)));
    assert!(all.permit(&client(2), &UserId::from("anna"), Some("c".into()), at(0)));
    (all, ports)
}

#[test]
fn packets_pass_while_both_permit_it_and_no_longer() {
    let (mut all, [anna, ben]) = two();
    let way = Way { to: client(2), from: anna, channel: None };
    assert_eq!(all.way_to(&client(1), ben, 10, at(299)), Ok(way));
    assert!(all.bind(&client(2), 0x4000, anna, at(1)) && all.bind(&client(1), 0x4001, ben, at(1)));
    let by_channel = all.way_by_channel(&client(1), 0x4001, 10, at(2));
    assert_eq!(by_channel, Ok(Way { channel: Some(0x4000), ..way }));
    assert_eq!(all.way_to(&client(1), ben, 10, at(300)), Err(Lost::Unpermitted));
    assert!(all.permit(&client(1), &UserId::from("ben"), Some("c".into()), at(300)));
    assert_eq!(all.way_to(&client(1), ben, 10, at(300)), Err(Lost::Unpermitted), "Ben's has expired");
}

#[test]
fn nobody_reaches_a_port_of_somebody_else_nor_one_that_is_none() {
    let (mut all, [anna, ben]) = two();
    let carla = all.open(client(3), UserId::from("carla"), [3; 12], (0, at(0))).unwrap();
    assert!(all.permit(&client(3), &UserId::from("anna"), None, at(0)));
    assert_eq!(all.way_to(&client(3), anna, 10, at(1)), Err(Lost::Unpermitted), "Anna does not know her");
    for port in [carla, 0, 80, 3478, 49_151, 65_535] {
        assert_eq!(all.way_to(&client(1), port, 10, at(1)), Err(Lost::Unpermitted), "{port}");
    }
    assert_eq!(all.way_to(&client(9), ben, 10, at(1)), Err(Lost::Unknown));
    assert_eq!(all.way_by_channel(&client(1), 0x4000, 10, at(1)), Err(Lost::Unknown));
}

#[test]
fn what_served_a_call_goes_with_it_and_what_is_not_refreshed_by_itself() {
    let (mut all, _) = two();
    all.open(client(3), UserId::from("anna"), [3; 12], (3, at(100))).unwrap();
    assert_eq!((all.calls().len(), all.held_by(&UserId::from("anna"))), (1, 2));
    all.end(&HashSet::from(["c".into()]));
    assert_eq!((all.len(), all.calls().len()), (1, 0), "one has not served a call yet");
    all.keep(&client(3), at(200));
    all.expire(at(799));
    assert_eq!(all.len(), 1);
    all.expire(at(800));
    assert_eq!((all.len(), all.held_by(&UserId::from("anna"))), (0, 0));
    let over = |last| News::Over("c".into(), client(last), 0);
    let begins = |last| News::Begins("c".into(), client(last));
    assert_eq!(all.take_news(), [begins(1), begins(2), over(1), over(2)]);
}

#[test]
fn a_person_sends_no_more_than_so_much_whatever_the_number_of_their_allocations() {
    let (mut all, [anna, ben]) = two();
    all.rate = Some(Rate { burst: 1000, every: Duration::from_millis(1) });
    assert!(all.way_to(&client(1), ben, 900, at(1)).is_ok());
    assert_eq!(all.way_to(&client(1), ben, 200, at(1)), Err(Lost::TooMuch));
    assert!(all.way_to(&client(2), anna, 900, at(1)).is_ok(), "the other one has their own");
    assert!(all.way_to(&client(1), ben, 200, at(2)).is_ok());
}

#[test]
fn what_is_known_already_is_known_while_nobody_can_be_asked() {
    let (mut all, _) = two();
    let [anna, ben, carla] = ["anna", "ben", "carla"].map(UserId::from);
    assert_eq!(all.known(&client(1), std::slice::from_ref(&ben)), Some(vec![Some("c".into())]));
    assert_eq!(all.known(&client(1), &[]), Some(vec![]), "a refresh");
    assert_eq!(all.known(&client(1), &[ben, carla.clone()]), None);
    all.open(client(3), carla, [3; 12], (0, at(0))).unwrap();
    assert_eq!((all.known(&client(3), &[]), all.known(&client(9), &[anna])), (None, None));
}

#[test]
fn there_is_room_for_so_many_and_ports_are_used_again() {
    let mut all = Allocations::new(2, None);
    let mut open = |last| all.open(client(last), UserId::from("anna"), [last; 12], (5, at(0)));
    let (first, second) = (open(1).unwrap(), open(2).unwrap());
    assert!(first != second && open(3).is_none());
    all.close(&client(1));
    assert_eq!(all.open(client(3), UserId::from("ben"), [3; 12], (5, at(0))), Some(first));
}

#[test]
fn whoever_allocates_anew_may_send_no_more_for_it_and_is_forgotten_in_time() {
    let (mut all, [_, ben]) = two();
    all.rate = Some(Rate { burst: 1000, every: Duration::from_millis(1) });
    assert!(all.way_to(&client(1), ben, 1000, at(0)).is_ok());
    all.close(&client(1));
    all.expire(at(0));
    all.open(client(1), UserId::from("anna"), [9; 12], (7, at(0))).expect("there is room");
    assert!(all.permit(&client(1), &UserId::from("ben"), Some("c".into()), at(0)));
    assert_eq!(all.way_to(&client(1), ben, 1000, at(0)), Err(Lost::TooMuch));
    assert!(all.way_to(&client(1), ben, 1000, at(1)).is_ok());
    all.close(&client(1));
    all.close(&client(2));
    all.expire(at(2));
    assert!(all.of_person.is_empty(), "nothing is kept of people who are gone");
}
