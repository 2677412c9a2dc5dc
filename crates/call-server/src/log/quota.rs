//! How many lines of one kind a person may cause in a minute; the others are counted. Pure: the time is an argument.
//! Never counts what was asked for by a level below info: whoever asks for that wants all of it.

use std::{
    collections::{HashMap, hash_map::Entry},
    time::Duration,
};

/// After this, everything is counted anew, and it is told what was left out.
const PERIOD: Duration = Duration::from_secs(60);
/// Lines of one kind about one person. Nobody does anything this often by hand.
const OF_A_PERSON: u32 = 20;
/// Lines of one kind about nobody in particular.
const OF_NOBODY: u32 = 600;
/// Kinds and people that are remembered in one period; there is no line for more.
const MOST: usize = 100_000;
/// Lines on what was left out, in one period; the rest of them is one sum.
const TOLD: usize = 50;

/// Which lines are of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    /// Where in the program they are written.
    pub(super) place: &'static str,
    /// Whom they are about.
    pub(super) person: Option<String>,
    /// What was refused, if that is what they tell: once is enough.
    pub(super) refusal: Option<String>,
}

impl Kind {
    const fn most(&self) -> u32 {
        match (&self.refusal, &self.person) {
            (Some(_), Some(_)) => 1,
            (None, Some(_)) => OF_A_PERSON,
            (_, None) => OF_NOBODY,
        }
    }
}

/// Lines that were not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LeftOut {
    /// Their kind; various ones when `None`.
    pub(super) kind: Option<Kind>,
    /// What the first of them said.
    pub(super) message: String,
    /// How many there were.
    pub(super) lines: u64,
}

/// The lines of this period.
#[derive(Debug, Default)]
pub(super) struct Quota {
    begun: Duration,
    written: HashMap<Kind, u32>,
    left_out: HashMap<Kind, (String, u64)>,
    others: u64,
}

impl Quota {
    /// Whether a line may be written.
    pub(super) fn admits(&mut self, kind: Kind, message: &str) -> bool {
        let most = kind.most();
        let full = self.written.len() >= MOST;
        match self.written.entry(kind.clone()) {
            Entry::Vacant(_) if full => {
                self.others += 1;
                false
            }
            Entry::Vacant(entry) => {
                entry.insert(1);
                true
            }
            Entry::Occupied(mut entry) if *entry.get() < most => {
                *entry.get_mut() += 1;
                true
            }
            Entry::Occupied(_) => {
                self.left_out.entry(kind).or_insert_with(|| (message.to_owned(), 0)).1 += 1;
                false
            }
        }
    }

    /// When a period is over, begins the next one; what was left out in it, most first.
    pub(super) fn turn(&mut self, now: Duration) -> Vec<LeftOut> {
        if now.saturating_sub(self.begun) < PERIOD {
            return Vec::new();
        }
        let ended = std::mem::take(self);
        self.begun = now;
        let mut told: Vec<_> = ended
            .left_out
            .into_iter()
            .map(|(kind, (message, lines))| LeftOut { kind: Some(kind), message, lines })
            .collect();
        told.sort_by_key(|left| std::cmp::Reverse(left.lines));
        let more = told.split_off(told.len().min(TOLD));
        let lines = ended.others + more.iter().map(|left| left.lines).sum::<u64>();
        told.extend((lines > 0).then(|| LeftOut { kind: None, message: "various".to_owned(), lines }));
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(person: Option<&str>, refusal: Option<&str>) -> Kind {
        Kind { place: "a.rs:1", person: person.map(str::to_owned), refusal: refusal.map(str::to_owned) }
    }

    fn admitted(quota: &mut Quota, kind: &Kind, tries: u32) -> u32 {
        (0..tries).map(|_| u32::from(quota.admits(kind.clone(), "it was so"))).sum()
    }

    #[test]
    fn a_refusal_is_told_once_a_minute_to_each_person_and_kind_and_then_how_often() {
        let mut quota = Quota::default();
        let (no_call, busy) = (kind(Some("anna"), Some("no_call")), kind(Some("anna"), Some("busy")));
        assert_eq!(admitted(&mut quota, &no_call, 20_000), 1);
        assert_eq!(admitted(&mut quota, &busy, 1), 1);
        assert_eq!(admitted(&mut quota, &kind(Some("ben"), Some("no_call")), 3), 1);
        assert_eq!(quota.turn(PERIOD - Duration::from_millis(1)), []);
        let told = quota.turn(PERIOD);
        assert_eq!((told.len(), &told[0].kind, told[0].lines), (2, &Some(no_call.clone()), 19_999));
        assert_eq!(told[0].message, "it was so");
        assert_eq!(admitted(&mut quota, &no_call, 1), 1, "the next minute");
        assert_eq!(quota.turn(2 * PERIOD), []);
    }

    #[test]
    fn what_a_person_does_by_hand_is_told_each_time_and_a_program_s_doing_in_part() {
        let mut quota = Quota::default();
        assert_eq!(admitted(&mut quota, &kind(Some("anna"), None), 20), 20);
        assert_eq!(admitted(&mut quota, &kind(Some("anna"), None), 1_000), 0);
        assert_eq!(admitted(&mut quota, &kind(None, None), 1_000), OF_NOBODY);
        assert_eq!(quota.turn(PERIOD).iter().map(|left| left.lines).collect::<Vec<_>>(), [1_000, 400]);
    }

    #[test]
    fn a_crowd_takes_no_more_memory_and_lines_than_there_is_room_for() {
        let mut quota = Quota::default();
        for n in 0..MOST + 1_000 {
            let crowd = kind(Some(&n.to_string()), Some("no_call"));
            quota.admits(crowd.clone(), "");
            quota.admits(crowd, "");
        }
        assert_eq!(quota.written.len(), MOST);
        let told = quota.turn(PERIOD);
        assert_eq!((told.len(), told.iter().map(|left| left.lines).sum::<u64>()), (TOLD + 1, 102_000));
    }
}
