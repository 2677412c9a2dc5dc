//! Detects from byte counts that the other side's media has stopped. Never reports a silence that has another
//! explanation: the other side sends nothing on purpose, or this page itself was paused.

use crate::effect::SlotState;
use crate::key::Time;
use crate::slot::Slots;
use crate::timing;
use core::time::Duration;

#[derive(Debug, Default)]
pub(super) struct SilenceDetector {
    counted_at: Option<Time>,
    /// How long the byte counts have not grown.
    quiet: Duration,
    /// Bytes have arrived since the last alarm.
    flowed: bool,
    /// Since when the other side has announced that it sends nothing.
    sends_nothing_since: Option<Time>,
    /// The other side announces what it sends. A client that does not may stop at any time.
    announces_slots: bool,
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

    /// Takes a byte count; returns `true` once when media that was flowing has been missing for too long.
    pub(super) fn count(&mut self, grew: bool, now: Time) -> bool {
        let gap = self.counted_at.replace(now).map_or(Duration::ZERO, |at| now.since(at));
        if grew {
            // A muted microphone may still send silence, which proves that the path works; late packets prove
            // nothing.
            let trails = self.sends_nothing_since.is_some_and(|said| now.since(said) < timing::TRAILING);
            self.flowed = !trails;
            self.quiet = Duration::ZERO;
            return false;
        }
        self.quiet = if gap > timing::COUNTING_GAP { Duration::ZERO } else { self.quiet + gap };
        let alarm = self.announces_slots && self.flowed && self.quiet >= timing::SILENCE;
        self.flowed &= !alarm;
        alarm
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

    /// Feeds a byte count every half second; returns the time at which one of them raised the alarm.
    fn count(silence: &mut SilenceDetector, from: u64, grew: &[bool]) -> Option<u64> {
        let mut moments = (0..).map(|step| from + step * 500).zip(grew);
        moments.find(|(at, grew)| silence.count(**grew, Time(*at))).map(|(at, _)| at)
    }

    #[test]
    fn media_that_stops_is_missed_after_a_second_and_a_half() {
        let mut silence = SilenceDetector::default();
        silence.remote_slots(&on(), Time(0));
        assert_eq!(count(&mut silence, 0, &[false; 20]), None, "nothing has flowed yet");
        assert_eq!(
            count(&mut silence, 10_000, &[true, true, false, false, true, false, false, false]),
            Some(13_500)
        );
        assert_eq!(count(&mut silence, 14_000, &[false; 20]), None, "once");
    }

    #[test]
    fn a_paused_page_does_not_take_its_own_pause_for_silence() {
        let mut silence = SilenceDetector::default();
        silence.remote_slots(&on(), Time(0));
        count(&mut silence, 0, &[true, true]);
        assert_eq!(count(&mut silence, 60_000, &[false, false, false]), None);
        assert_eq!(count(&mut silence, 61_500, &[false]), Some(61_500), "but what is silent after it is");
    }

    #[test]
    fn somebody_who_sends_nothing_on_purpose_is_not_silent() {
        let mut silence = SilenceDetector::default();
        silence.remote_slots(&on(), Time(0));
        count(&mut silence, 0, &[true, true]);
        silence.remote_slots(&nothing(), Time(1_000));
        assert_eq!(count(&mut silence, 1_000, &[true, false, false, false, false]), None);
        // Muted, but the microphone keeps sending silence, so the path is known to work.
        assert_eq!(count(&mut silence, 3_500, &[true, true, false, false, false]), Some(5_500));
    }

    #[test]
    fn a_client_that_never_announces_its_slots_may_stop_sending() {
        let mut silence = SilenceDetector::default();
        assert_eq!(count(&mut silence, 0, &[true, true, false, false, false, false]), None);
    }
}
