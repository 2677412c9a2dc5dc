//! 128 bits that name a state of the world, whenever it is reached: moments count by their distance from now, and long
//! ago is long ago. Never looks at what the values mean.

use call_core::Time;
use core::hash::{Hash, Hasher};

/// When a search begins. Every number that is at least half of it is a moment.
pub(super) const BEGIN: Time = Time(1 << 40);

/// From here on numbers are byte counts, which only ever grow: all of them count as one.
pub(super) const BYTES: u64 = 1 << 60;

/// Longer ago than everything that the machine, the rules and the browsers measure.
const LONG_AGO_MS: i64 = 130_000;

struct Fingerprint {
    now: i64,
    lanes: (u64, u64),
}

pub(super) fn fingerprint(value: &impl Hash, now: Time) -> u128 {
    let mut hasher =
        Fingerprint { now: signed(now.0), lanes: (0x9E37_79B9_7F4A_7C15, 0xD1B5_4A32_D192_ED03) };
    value.hash(&mut hasher);
    let (first, second) = hasher.lanes;
    u128::from(mix(first ^ second.rotate_left(32))) << 64 | u128::from(mix(second.wrapping_add(first)))
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn mix(mut lane: u64) -> u64 {
    lane = (lane ^ (lane >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    lane = (lane ^ (lane >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    lane ^ (lane >> 31)
}

impl Fingerprint {
    fn add(&mut self, word: u64) {
        let (first, second) = self.lanes;
        self.lanes = (
            (first ^ word).wrapping_mul(0xFF51_AFD7_ED55_8CCD).rotate_left(29),
            (second ^ word.rotate_left(17)).wrapping_mul(0xC4CE_B9FE_1A85_EC53).rotate_left(31),
        );
    }

    fn moment(&mut self, at: i64) {
        self.add((at - self.now).max(-LONG_AGO_MS) as u64);
    }
}

impl Hasher for Fingerprint {
    fn finish(&self) -> u64 {
        self.lanes.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // A moment as text, in a call as clients see it: nothing depends on it.
        if bytes.len() == 13 && bytes.iter().all(u8::is_ascii_digit) {
            return;
        }
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.add(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, number: u8) {
        self.add(number.into());
    }

    fn write_u32(&mut self, number: u32) {
        self.add(number.into());
    }

    fn write_u64(&mut self, number: u64) {
        match number {
            BYTES.. => self.add(BYTES),
            number if number >= BEGIN.0 / 2 => self.moment(signed(number)),
            number => self.add(number),
        }
    }

    fn write_i64(&mut self, number: i64) {
        if number >= signed(BEGIN.0 / 2) { self.moment(number) } else { self.add(number as u64) }
    }

    fn write_usize(&mut self, number: usize) {
        self.add(number as u64);
    }

    fn write_isize(&mut self, number: isize) {
        self.add(number as u64);
    }
}

#[test]
fn the_same_waits_at_another_time_are_the_same_state() {
    let waits = |now: u64| fingerprint(&(Time(now + 500), "call 1", Some(Time(now - 200))), Time(now));
    assert_eq!(waits(BEGIN.0), waits(BEGIN.0 + 90_000));
    assert_ne!(
        waits(BEGIN.0),
        fingerprint(&(Time(BEGIN.0 + 501), "call 1", Some(Time(BEGIN.0 - 200))), BEGIN)
    );
}
