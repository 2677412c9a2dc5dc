//! Who uses the relay, and with whom.

use super::*;
use crate::{RelayRefusal, common_call, is_probe_of, may_allocate, may_keep};

#[test]
fn only_the_two_people_of_a_live_call_reach_each_other_through_the_relay() {
    let [ann, ben, eve] = ["ann", "ben", "eve"].map(UserId::from);
    for status in CallStatus::ALL {
        let call = record(status);
        let together = common_call([&call], &ann, &ben);
        assert_eq!(together.is_some(), status.is_live(), "{status}");
        assert_eq!(common_call([&call], &ben, &ann), together);
        assert_eq!(common_call([&call], &ann, &eve), None);
        assert_eq!(common_call([&call], &eve, &eve), None);
        assert_eq!(common_call([&call], &ann, &ann), None, "nobody needs a relay to themselves");
        assert_eq!((may_keep([&call], &ben), may_keep([&call], &eve)), (status.is_live(), false));
    }
    let others = record_of("other", CallStatus::Active, LAPTOP, EVE);
    assert_eq!(common_call([&others], &ann, &ben), None, "two live calls that share one person");
    assert_eq!(common_call([&others, &talking()], &ann, &ben).map(|id| id.as_str()), Some("call"));
}

#[test]
fn credentials_open_allocations_until_they_expire_and_so_many_for_one_person() {
    let (later, second) = (NOW.plus(Duration::from_secs(1)), NOW.minus(Duration::from_secs(1)));
    assert_eq!(may_allocate(later, NOW, 1, 2), Ok(()));
    assert_eq!(may_allocate(NOW, NOW, 0, 2), Err(RelayRefusal::Expired));
    assert_eq!(may_allocate(second, NOW, 0, 2), Err(RelayRefusal::Expired));
    assert_eq!(may_allocate(later, NOW, 2, 2), Err(RelayRefusal::TooMany));
}

#[test]
fn the_two_ends_of_a_check_reach_each_other_and_nobody_else() {
    let is_probe = |one: &str, other: &str| is_probe_of(&UserId::from(one), &UserId::from(other));
    assert!(is_probe("~a~1", "~a~2"));
    let strangers =
        [("~a~1", "~a~1"), ("~a~1", "~b~2"), ("ann", "~a~1"), ("ann", "ben"), ("~a", "~a~1"), ("~", "~")];
    for (one, other) in strangers {
        assert!(!is_probe(one, other), "{one} {other}");
    }
}
