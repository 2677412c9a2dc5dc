//! How many devices one person has here at most: beyond that, the socket that was not used for longest is closed.
//! Never closes the device of a call: whoever asks names those that stay.

use super::{Hub, Person, device::Device};
use call_protocol::{DeviceId, UserId, close_code};
use std::sync::atomic::Ordering;

impl Hub {
    /// Closes the sockets of a person beyond so many, those of the longest unused devices, but none of these; and forgets
    /// the longest silent ones of as many that are gone. How many were closed.
    pub fn make_room(&self, user: &UserId, most: usize, keep: impl FnOnce() -> Vec<DeviceId>) -> usize {
        let mut registry = self.lock();
        match registry.people.get_mut(user) {
            Some(person) if person.devices.len() > most => person.make_room(most, &keep()),
            Some(_) | None => 0,
        }
    }
}

impl Person {
    fn make_room(&mut self, most: usize, keep: &[DeviceId]) -> usize {
        let gone = self.beyond(
            most,
            keep,
            |device| device.link.is_none(),
            |device| u64::try_from(device.signs.last_proof().0.as_nanos()).unwrap_or(u64::MAX),
        );
        gone.iter().for_each(|device| drop(self.devices.remove(device)));
        let closed =
            self.beyond(most, keep, Device::is_open, |device| device.signs.last_use.load(Ordering::Relaxed));
        for device in &closed {
            if let Some(link) = self.devices.get_mut(device).and_then(|device| device.link.as_mut()) {
                link.close(close_code::REPLACED);
            }
        }
        closed.len()
    }

    /// The first of some devices in an order, so many that the limit is kept.
    fn beyond(
        &self,
        most: usize,
        keep: &[DeviceId],
        those: impl Fn(&Device) -> bool,
        order: impl Fn(&Device) -> u64,
    ) -> Vec<DeviceId> {
        let mut devices: Vec<_> = self.devices.iter().filter(|(_, device)| those(device)).collect();
        let excess = devices.len().saturating_sub(most);
        devices.retain(|(id, _)| !keep.contains(id));
        devices.sort_unstable_by_key(|(_, device)| order(device));
        devices.into_iter().take(excess).map(|(id, _)| id.clone()).collect()
    }
}
