//! What two people who know each other see and hear of each other. Whoever blocks somebody is offline for them, and hears
//! nothing that they do: neither can be told from somebody who is really offline.

/// One of two people, as far as it concerns what they and the other one see of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContactSide {
    /// Whether a device of theirs is connected.
    pub connected: bool,
    /// Whether they block the other one.
    pub blocks: bool,
}

impl ContactSide {
    /// Whether the other one sees them online.
    pub const fn looks_online(self) -> bool {
        self.connected && !self.blocks
    }

    /// Whether they hear of what the other one does: asks, agrees, or leaves their list.
    pub const fn hears(self) -> bool {
        !self.blocks
    }

    /// Whether the other one hears that they come online and go offline.
    pub const fn announces(self) -> bool {
        !self.blocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_blocks_somebody_is_offline_for_them_and_hears_nothing_of_them() {
        for (connected, blocks, looks_online, hears) in [
            (true, false, true, true),
            (false, false, false, true),
            (true, true, false, false),
            (false, true, false, false),
        ] {
            let side = ContactSide { connected, blocks };
            let found = (side.looks_online(), side.hears(), side.announces());
            assert_eq!(found, (looks_online, hears, hears), "{side:?}");
        }
    }
}
