//! The allocations of the relay: whose each is, whom it may reach, and how much it carried. Each has a port at an address
//! that no machine has (RFC 5737): it exists in this table only, so nobody but another allocation can be reached.
//! Pure: the time is an argument. Never reads a message, and decides nothing about calls.

#[cfg(test)]
mod tests;

use super::stun::Transaction;
use crate::{clock::Tick, config::Rate};
use call_protocol::{CallId, UserId};
use foldhash::fast::RandomState;
use std::{
    collections::{HashMap, HashSet},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

/// The address of every allocation.
pub(super) const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
/// The ports: those that RFC 8656, section 7.2 recommends.
const FIRST_PORT: u16 = 49_152;
/// Life of an allocation that is not refreshed.
pub(super) const LIFE: Duration = Duration::from_secs(600);
/// Life of a permission, and of a channel (RFC 8656, sections 9 and 12).
const PERMISSION: Duration = Duration::from_secs(300);
const CHANNEL: Duration = Duration::from_secs(600);
/// People whom one allocation may reach, and its channels: there is one person in a call, who may have several devices.
pub(super) const MOST_PERMISSIONS: usize = 8;
const MOST_CHANNELS: usize = 64;

/// Where an allocation's owner is: the address, and the stream, if it is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Client {
    pub(super) address: SocketAddr,
    /// The number of the stream; `None` for datagrams.
    pub(super) stream: Option<u64>,
}

/// What one client has at the relay.
#[derive(Debug)]
pub(super) struct Allocation {
    pub(super) client: Client,
    pub(super) person: UserId,
    /// The request that made it, which may come twice.
    pub(super) transaction: Transaction,
    port: u16,
    until: Tick,
    permissions: Vec<Permission>,
    channels: Vec<Channel>,
    bytes: u64,
}

#[derive(Debug)]
struct Permission {
    person: UserId,
    call: Option<CallId>,
    until: Tick,
}

#[derive(Clone, Copy, Debug)]
struct Channel {
    number: u16,
    port: u16,
    until: Tick,
}

/// What the log is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// A participant of a call may send through the relay.
    Begins(CallId, Client),
    /// An allocation that served a call is gone, after so many bytes.
    Over(CallId, Client, u64),
}

/// Where a packet goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) to: Client,
    /// The port that it comes from.
    pub(super) from: u16,
    /// The receiver's channel for that port, if there is one.
    pub(super) channel: Option<u16>,
}

/// Why a packet goes nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Lost {
    /// The sender has no allocation, or no such channel.
    Unknown,
    /// One of the two has not permitted it, or there is nobody at that port.
    Unpermitted,
    /// The sender sent too much lately.
    TooMuch,
}

/// All allocations.
#[derive(Debug)]
pub(super) struct Allocations {
    ports: Vec<Option<Box<Allocation>>>,
    free: Vec<u16>,
    of_client: HashMap<Client, u16, RandomState>,
    of_person: HashMap<UserId, Usage, RandomState>,
    rate: Option<Rate>,
    news: Vec<News>,
}

#[derive(Debug)]
struct Usage {
    held: usize,
    /// When as much as is allowed at once can be sent again.
    full_at: Duration,
}

impl Allocations {
    /// Room for so many; each person may send so much.
    pub(super) fn new(most: usize, rate: Option<Rate>) -> Self {
        let most = u16::try_from(most).unwrap_or(u16::MAX).min(u16::MAX - FIRST_PORT);
        Self {
            ports: (0..most).map(|_| None).collect(),
            free: (0..most).collect(),
            of_client: HashMap::default(),
            of_person: HashMap::default(),
            rate,
            news: Vec::new(),
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.of_client.len()
    }

    /// How many a person has.
    pub(super) fn held_by(&self, person: &UserId) -> usize {
        self.of_person.get(person).map_or(0, |usage| usage.held)
    }

    /// That of a client.
    pub(super) fn of(&self, client: &Client) -> Option<&Allocation> {
        self.ports[usize::from(*self.of_client.get(client)?)].as_deref()
    }

    /// Whose port it is.
    pub(super) fn owner(&self, port: u16) -> Option<&UserId> {
        self.at(port).map(|allocation| &allocation.person)
    }

    fn at(&self, port: u16) -> Option<&Allocation> {
        self.ports.get(usize::from(port.checked_sub(FIRST_PORT)?))?.as_deref()
    }

    fn of_mut(&mut self, client: &Client) -> Option<&mut Allocation> {
        self.ports[usize::from(*self.of_client.get(client)?)].as_deref_mut()
    }

    /// Makes one, at a port that nobody can guess; nothing when there is no room.
    pub(super) fn open(
        &mut self,
        client: Client,
        person: UserId,
        transaction: Transaction,
        (random, now): (u32, Tick),
    ) -> Option<u16> {
        if self.free.is_empty() {
            return None;
        }
        let slot = self.free.swap_remove(random as usize % self.free.len());
        let port = FIRST_PORT + slot;
        let usage = self.of_person.entry(person.clone()).or_insert(Usage { held: 0, full_at: now.0 });
        usage.held += 1;
        self.of_client.insert(client, slot);
        self.ports[usize::from(slot)] = Some(Box::new(Allocation {
            client,
            person,
            transaction,
            port,
            until: after(now, LIFE),
            permissions: Vec::new(),
            channels: Vec::new(),
            bytes: 0,
        }));
        Some(port)
    }

    /// Ends a client's.
    pub(super) fn close(&mut self, client: &Client) {
        let Some(slot) = self.of_client.remove(client) else { return };
        let Some(gone) = self.ports[usize::from(slot)].take() else { return };
        self.free.push(slot);
        if let Some(usage) = self.of_person.get_mut(&gone.person) {
            usage.held -= 1; // what its person sent is remembered until it may be sent again
        }
        let call = gone.permissions.into_iter().rev().find_map(|permission| permission.call);
        self.news.extend(call.map(|call| News::Over(call, gone.client, gone.bytes)));
    }

    /// Keeps a client's for another while.
    pub(super) fn keep(&mut self, client: &Client, now: Tick) {
        if let Some(allocation) = self.of_mut(client) {
            allocation.until = after(now, LIFE);
        }
    }

    /// Lets a client and a person reach each other, as far as it is up to the client; `false` when there are too many.
    pub(super) fn permit(
        &mut self,
        client: &Client,
        person: &UserId,
        call: Option<CallId>,
        now: Tick,
    ) -> bool {
        let Some(allocation) = self.of_mut(client) else { return false };
        let until = after(now, PERMISSION);
        let permissions = &mut allocation.permissions;
        if let Some(known) =
            permissions.iter_mut().find(|known| known.person == *person && known.call == call)
        {
            known.until = until;
            return true;
        }
        permissions.retain(|known| known.until > now);
        if permissions.len() >= MOST_PERMISSIONS {
            return false;
        }
        permissions.push(Permission { person: person.clone(), call: call.clone(), until });
        self.news.extend(call.map(|call| News::Begins(call, *client)));
        true
    }

    /// The calls for which a client may reach these people already, if it serves a call at all.
    pub(super) fn known(&self, client: &Client, people: &[UserId]) -> Option<Vec<Option<CallId>>> {
        let permissions = &self.of(client)?.permissions;
        permissions.iter().find(|permission| permission.call.is_some())?;
        let call = |person: &UserId| permissions.iter().rev().find(|permission| permission.person == *person);
        people.iter().map(|person| call(person).map(|permission| permission.call.clone())).collect()
    }

    /// Binds a number to a port; `false` when one of them is bound to another, or there are too many.
    pub(super) fn bind(&mut self, client: &Client, number: u16, port: u16, now: Tick) -> bool {
        let Some(allocation) = self.of_mut(client) else { return false };
        let until = after(now, CHANNEL);
        let channels = &mut allocation.channels;
        channels.retain(|channel| channel.until > now);
        let room = channels.len() < MOST_CHANNELS;
        match channels.iter_mut().find(|channel| channel.number == number || channel.port == port) {
            Some(channel) if (channel.number, channel.port) == (number, port) => channel.until = until,
            None if room => channels.push(Channel { number, port, until }),
            Some(_) | None => return false,
        }
        true
    }

    /// The way of so many bytes that a client sends by a channel.
    pub(super) fn way_by_channel(
        &mut self,
        client: &Client,
        number: u16,
        bytes: usize,
        now: Tick,
    ) -> Result<Way, Lost> {
        let sender = self.of(client).ok_or(Lost::Unknown)?;
        let bound = sender.channels.iter().find(|channel| channel.number == number && channel.until > now);
        let port = bound.ok_or(Lost::Unknown)?.port;
        self.way_to(client, port, bytes, now)
    }

    /// The way of so many bytes that a client sends to a port.
    pub(super) fn way_to(
        &mut self,
        client: &Client,
        port: u16,
        bytes: usize,
        now: Tick,
    ) -> Result<Way, Lost> {
        let sender = self.of(client).ok_or(Lost::Unknown)?;
        let receiver = self.at(port).ok_or(Lost::Unpermitted)?;
        if !(sender.permits(&receiver.person, now) && receiver.permits(&sender.person, now)) {
            return Err(Lost::Unpermitted);
        }
        let own = sender.port;
        let known = receiver.channels.iter().find(|channel| channel.port == own && channel.until > now);
        let way = Way { to: receiver.client, from: own, channel: known.map(|channel| channel.number) };
        if !self.charge(client, bytes, now) {
            return Err(Lost::TooMuch);
        }
        Ok(way)
    }

    /// Counts what a client sends; whether it is within what its person may send.
    fn charge(&mut self, client: &Client, bytes: usize, now: Tick) -> bool {
        let Some(slot) = self.of_client.get(client) else { return false };
        let Some(sender) = self.ports[usize::from(*slot)].as_deref_mut() else { return false };
        if let (Some(Rate { burst, every }), Some(usage)) =
            (self.rate, self.of_person.get_mut(&sender.person))
        {
            let cost = every.saturating_mul(u32::try_from(bytes).unwrap_or(u32::MAX));
            let full_at = usage.full_at.max(now.0).saturating_add(cost);
            if full_at > now.0.saturating_add(every.saturating_mul(burst)) {
                return false;
            }
            usage.full_at = full_at;
        }
        sender.bytes += bytes as u64;
        true
    }

    /// Ends those whose time is over.
    pub(super) fn expire(&mut self, now: Tick) {
        let over = self.ports.iter().flatten().filter(|allocation| allocation.until <= now);
        let over: Vec<Client> = over.map(|allocation| allocation.client).collect();
        over.iter().for_each(|client| self.close(client));
        self.of_person.retain(|_, usage| usage.held > 0 || usage.full_at > now.0);
    }

    /// The calls that it serves.
    pub(super) fn calls(&self) -> HashSet<CallId> {
        let permissions = self.ports.iter().flatten().flat_map(|allocation| &allocation.permissions);
        permissions.filter_map(|permission| permission.call.clone()).collect()
    }

    /// Ends those that served calls which are over, and no other.
    pub(super) fn end(&mut self, over: &HashSet<CallId>) {
        let served = |allocation: &Allocation| {
            let mut calls = allocation.permissions.iter().filter_map(|permission| permission.call.as_ref());
            calls.clone().next().is_some() && calls.all(|call| over.contains(call))
        };
        let gone: Vec<Client> = self
            .ports
            .iter()
            .flatten()
            .filter(|allocation| served(allocation))
            .map(|allocation| allocation.client)
            .collect();
        gone.iter().for_each(|client| self.close(client));
        for allocation in self.ports.iter_mut().flatten() {
            allocation
                .permissions
                .retain(|permission| permission.call.as_ref().is_none_or(|call| !over.contains(call)));
        }
    }

    /// What is new for the log.
    pub(super) fn take_news(&mut self) -> Vec<News> {
        std::mem::take(&mut self.news)
    }
}

impl Allocation {
    /// Where others send to, to reach it.
    pub(super) fn relayed(&self) -> SocketAddr {
        SocketAddr::new(ADDRESS, self.port)
    }

    fn permits(&self, person: &UserId, now: Tick) -> bool {
        self.permissions.iter().any(|permission| permission.until > now && permission.person == *person)
    }
}

fn after(now: Tick, span: Duration) -> Tick {
    Tick(now.0 + span)
}
