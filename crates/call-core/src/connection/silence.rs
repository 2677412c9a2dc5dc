//! Detects from counts of received bytes that nothing arrives on a connection any more. Never reports a silence that has
//! another explanation: the other side sends nothing on purpose, or this page itself was paused.
//!
//! The counts are the browser's, which goes on counting while the page is busy: a page that is late reads a count that
//! has grown. Whatever the other page does, its transport acknowledges what is sent on the data channel; so a quiet
//! connection is asked, and the acknowledgement counts. Neither needs the main thread of the other page.

use crate::effect::SlotState;
use crate::key::Time;
use crate::slot::Slots;
use crate::timing;
use core::time::Duration;

/// What a count says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Heard {
    /// Media has arrived since the last count.
    Media,
    /// Something has arrived since the last count, or it is not known whether.
    Packets,
    /// Nothing has; the other end is to be asked.
    Nothing,
    /// Nothing has for too long; said once.
    TooLongNothing,
    /// Nothing has, as was said.
    StillNothing,
}

#[derive(Clone, Debug, Hash)]
pub(super) struct SilenceDetector {
    counted_at: Option<Time>,
    /// For how long nothing has arrived, as far as this page was awake.
    quiet: Duration,
    /// Media was arriving when it became quiet.
    flowed: bool,
    /// The alarm was raised, and nothing has arrived since.
    alarmed: bool,
    /// How long media may be missing. Longer after each false alarm: this network has gaps.
    patience: Duration,
    /// Since when the other side has announced that it sends nothing.
    sends_nothing_since: Option<Time>,
    /// The other side announces what it sends. A client that does not may stop at any time.
    announces_slots: bool,
}

impl Default for SilenceDetector {
    fn default() -> Self {
        Self {
            counted_at: None,
            quiet: Duration::ZERO,
            flowed: false,
            alarmed: false,
            patience: timing::SILENCE,
            sends_nothing_since: None,
            announces_slots: false,
        }
    }
}

impl SilenceDetector {
    /// The other side announced the state of its slots. Media that was just switched on takes a moment to
    /// arrive.
    pub(super) fn remote_slots(&mut self, said: &Slots<SlotState>, now: Time) {
        self.announces_slots = true;
        let sends = said.iter().any(|(_, state)| *state == SlotState::On);
        self.sends_nothing_since = (!sends).then_some(now);
        self.flowed = false;
        self.quiet = Duration::ZERO;
    }

    /// Takes a count: whether there are more bytes of media than last time, and of anything, if the browser counts that.
    pub(super) fn count(&mut self, media: bool, transport: Option<bool>, now: Time) -> Heard {
        let gap = self.counted_at.replace(now).map_or(Duration::ZERO, |at| now.since(at));
        if media || transport == Some(true) {
            if core::mem::replace(&mut self.alarmed, false) {
                self.patience = (self.patience * 2).min(timing::SILENCE_LONGEST);
            }
            self.quiet = Duration::ZERO;
            if media {
                // A muted microphone may still send silence, which proves that the path works; late packets prove
                // nothing about those to come.
                self.flowed = self.sends_nothing_since.is_none_or(|said| now.since(said) >= timing::TRAILING);
            }
            return if media { Heard::Media } else { Heard::Packets };
        }
        // A page that is late has seen no more of the silence than one that is in time.
        self.quiet += gap.min(timing::COUNTING_GAP);
        let limit = match (self.flowed, transport) {
            (true, Some(_)) => Some(self.patience),
            (true, None) => self.announces_slots.then_some(self.patience),
            (false, Some(_)) => Some(timing::UNANSWERED),
            (false, None) => None,
        };
        if self.alarmed {
            return Heard::StillNothing;
        }
        if limit.is_none_or(|limit| self.quiet < limit) {
            return Heard::Nothing;
        }
        self.alarmed = true;
        Heard::TooLongNothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slot::Slot;

    /// The microphone only.
    fn on() -> Slots<SlotState> {
        nothing().with(Slot::Microphone, SlotState::On)
    }

    fn nothing() -> Slots<SlotState> {
        Slots::from_fn(|_| SlotState::Off)
    }

    /// A browser that counts all that arrives, or media only.
    fn detector(said: &Slots<SlotState>) -> SilenceDetector {
        let mut silence = SilenceDetector::default();
        silence.remote_slots(said, Time(0));
        silence
    }

    const MEDIA: (bool, Option<bool>) = (true, Some(true));
    const OTHER: (bool, Option<bool>) = (false, Some(true));
    const NONE: (bool, Option<bool>) = (false, Some(false));

    /// Feeds counts, one each `every` milliseconds; returns when the first alarm is raised.
    fn feed(
        silence: &mut SilenceDetector,
        from: u64,
        every: u64,
        counts: &[(bool, Option<bool>)],
    ) -> Option<u64> {
        let mut moments = (0..).map(|step| from + step * every).zip(counts);
        let alarm = moments.find(|(at, (media, transport))| {
            silence.count(*media, *transport, Time(*at)) == Heard::TooLongNothing
        });
        alarm.map(|(at, _)| at)
    }

    #[test]
    fn a_path_that_carries_nothing_is_noticed_within_four_tenths_of_a_second_and_once() {
        let mut silence = detector(&on());
        assert_eq!(feed(&mut silence, 0, 100, &[NONE; 10]), None, "nothing has flowed yet");
        let cut = [MEDIA, MEDIA, MEDIA, NONE, NONE, NONE, NONE];
        assert_eq!(feed(&mut silence, 1_000, 100, &cut), Some(1_500));
        assert_eq!(feed(&mut silence, 1_600, 100, &[NONE; 100]), None, "once");
    }

    #[test]
    fn five_packets_lost_in_a_hundred_are_no_silence() {
        // Of fifty packets a second at least one arrives in each tenth of a second, for half an hour.
        let mut silence = detector(&on());
        let mut random = 7_u32;
        for step in 0..18_000_u64 {
            let mut arrived = false;
            for _ in 0..5 {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                arrived |= random >> 16 >= 3_277;
            }
            let heard = silence.count(arrived, Some(arrived), Time(step * 100));
            assert_ne!(heard, Heard::TooLongNothing, "at step {step}");
        }
    }

    #[test]
    fn a_page_whose_main_thread_stands_still_does_not_judge_by_it() {
        let mut silence = detector(&on());
        feed(&mut silence, 0, 100, &[MEDIA, MEDIA]);
        // The browser has counted meanwhile.
        assert_eq!(feed(&mut silence, 30_100, 100, &[MEDIA, MEDIA]), None);
        // The count was taken before the page stood still, and is read after it.
        assert_eq!(feed(&mut silence, 60_200, 100, &[NONE, MEDIA]), None);
        // Timers of a hidden page fire once a second: such a page needs two of them.
        assert_eq!(feed(&mut silence, 61_000, 1_000, &[MEDIA, NONE, NONE]), Some(63_000));
    }

    #[test]
    fn a_page_at_the_other_end_that_stands_still_goes_on_to_be_heard() {
        // It sends no media, and its transport acknowledges what it is asked, after up to two tenths of a second.
        let mut silence = detector(&nothing());
        let answers = [OTHER, NONE, NONE, OTHER, NONE].repeat(60);
        assert_eq!(feed(&mut silence, 0, 100, &answers), None);
        assert_eq!(
            feed(&mut silence, 30_000, 500, &[NONE; 20]),
            Some(33_000),
            "but a dead path does not answer"
        );
    }

    #[test]
    fn each_false_alarm_makes_it_more_patient() {
        let mut silence = detector(&on());
        let gap = [MEDIA, NONE, NONE, NONE, NONE, NONE, NONE];
        assert_eq!(feed(&mut silence, 0, 100, &gap), Some(300));
        assert_eq!(feed(&mut silence, 1_000, 100, &gap), Some(1_600));
        assert_eq!(feed(&mut silence, 2_000, 100, &gap), None);
    }

    #[test]
    fn somebody_who_sends_nothing_on_purpose_is_not_silent() {
        let media_only = |grew: bool| (grew, None);
        let mut silence = detector(&on());
        feed(&mut silence, 0, 100, &[true, true].map(media_only));
        silence.remote_slots(&nothing(), Time(200));
        assert_eq!(
            feed(&mut silence, 300, 100, &[true, false, false, false, false, false].map(media_only)),
            None
        );
        // Muted, but the microphone keeps sending silence, so the path is known to work.
        let silent = [true, true, false, false, false].map(media_only);
        assert_eq!(feed(&mut silence, 3_500, 100, &silent), Some(3_900));
    }

    #[test]
    fn a_client_that_never_announces_its_slots_may_stop_sending() {
        let mut silence = SilenceDetector::default();
        let counts = [true, true, false, false, false, false].map(|grew| (grew, None));
        assert_eq!(feed(&mut silence, 0, 500, &counts), None);
    }
}
