//! How often people may do things: one list of token buckets. Far above what a person does, far below what hurts another.
//! Never counts itself: `rates` does.

use std::time::Duration;

/// A token bucket: so many at once, then one each period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many at once.
    pub burst: u32,
    /// The period in which one more is allowed.
    pub every: Duration,
}

macro_rules! rates {
    ($($(#[$doc:meta])* $name:ident: $burst:literal, every $micros:literal;)*) => {
        /// How often people may do things; without a rate, as often as they like.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Rates {
            $($(#[$doc])* pub $name: Option<Rate>,)*
        }

        impl Default for Rates {
            fn default() -> Self {
                Self { $($name: Some(Rate { burst: $burst, every: Duration::from_micros($micros) }),)* }
            }
        }

        impl Rates {
            /// Every bucket larger and filled faster by a factor; none at all for 0.
            #[must_use]
            pub fn scaled(self, factor: u32) -> Self {
                Self { $($name: scaled(self.$name, factor),)* }
            }
        }
    };
}

// A burst, and the microseconds until there is one more.
rates! {
    /// New accounts from a network.
    register: 30, every 10_000_000;
    /// Tries to sign in from a network, by devices that have not signed in before.
    sign_in_by_address: 60, every 2_000_000;
    /// Failed tries to sign in by a name, from one network.
    sign_in_by_name: 20, every 6_000_000;
    /// Failed tries to sign in by a name, from all networks together; devices that have signed in before are not held by it.
    sign_in_by_name_anywhere: 500, every 10_000_000;
    /// Tries to sign in by a device that has signed in before.
    sign_in_by_device: 20, every 6_000_000;
    /// Tries of a password by somebody who is signed in.
    password_by_person: 20, every 6_000_000;
    /// Refresh tokens that no server of this secret has made, from a network.
    made_up_tokens: 60, every 1_000_000;
    /// Uses of the refresh tokens of one session.
    refresh_by_session: 30, every 30_000;
    /// Lines of the log about sign-ins and new accounts, of everybody together.
    door_lines: 300, every 100_000;
    /// Rows of the audit log about refused sign-ins, of everybody together.
    door_rows: 120, every 2_000_000;
    /// Requests of a person, those below among them.
    requests: 600, every 25_000;
    /// Endings of calls by a person; that of a call which rings or runs is not counted.
    endings: 60, every 1_000_000;
    /// Changes by a person: of contacts, blocks, settings.
    changes: 120, every 4_000_000;
    /// Changes by a person about one other: requests made and taken back, blocks and their ends.
    changes_by_pair: 12, every 30_000_000;
    /// Names that a person asks for, to be their contact.
    names: 40, every 10_000_000;
    /// Tries of a person to call, or to answer.
    call_tries: 60, every 1_000_000;
    /// Rings by a caller.
    calls_by_caller: 30, every 4_000_000;
    /// Rings between two people.
    calls_by_pair: 20, every 6_000_000;
    /// Rings at a callee, whoever calls.
    calls_to_callee: 60, every 2_000_000;
    /// Signals of a person; a call that is set up takes about twenty in a second.
    signals: 1_000, every 10_000;
    /// Bytes of signals of a person: a description has 5 to 10 KB, at most 32.
    signal_bytes: 1_048_576, every 32;
    /// Frames of a person that are no signals: a device in a call reports its media every 10 s.
    frames: 240, every 100_000;
    /// Messages of a person.
    messages: 60, every 500_000;
    /// Bytes of messages of a person.
    message_bytes: 524_288, every 1_000;
    /// Bytes of a person that the relay passes on: 8 Mbit/s; a video call has 1 to 3.
    relay_bytes: 4_194_304, every 1;
    /// Requests of a person to the relay that depend on their calls.
    relay_requests: 600, every 50_000;
    /// Answers of the relay to those of a network who have not shown who they are.
    relay_strangers: 600, every 5_000;
    /// Rows of the audit log about a person's sign-ins; those about calls are bounded by the calls.
    audit_rows: 120, every 30_000_000;
}

fn scaled(rate: Option<Rate>, factor: u32) -> Option<Rate> {
    rate.filter(|_| factor > 0).map(|Rate { burst, every }| Rate {
        burst: burst.saturating_mul(factor),
        every: (every / factor).max(Duration::from_nanos(1)),
    })
}
