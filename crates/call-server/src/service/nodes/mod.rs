//! One node among several: announces that it lives, knows who is connected to it, and takes over from nodes that died.
//! Never the truth about a call: whatever another node did is read from the database.

mod by_database;
mod catch_up;
mod listen;
mod notices;
mod others;

pub use by_database::{overhear, tell};
pub use catch_up::{refresh, reread};
pub use listen::listen;

use super::Calls;
use crate::{
    bus::{Bus, Rejected},
    clock::{Clock, Tick},
    hub::Hub,
    model::Visit,
    repeats::Repeats,
    store::{Node, Store, StoreError},
};
use call_protocol::{CallId, ConversationId, DeviceId, User, UserId, close_code};
use call_rules::Timings;
use others::Others;
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::{sync::Notify, time::sleep};

/// The pause between two rounds of new snapshots for those who may be behind.
const ROUND: Duration = Duration::from_secs(1);

/// This node, where there are several.
#[derive(Debug)]
pub struct Nodes {
    node: Node,
    bus: Bus,
    clock: Clock,
    others: Others,
    visits: AtomicI64,
    present: Mutex<HashMap<UserId, Present>>,
    watch: Mutex<Option<Watch>>,
    /// Calls that had changed at the last look, without a notice so far.
    unannounced: Mutex<HashSet<CallId>>,
    behind: Mutex<Behind>,
    /// Wakes `heal`.
    lost: Notify,
    /// Messages on the bus that no node wrote.
    rejected: Repeats<Rejected>,
}

/// Who may have missed something that was told on the bus.
#[derive(Debug, Default)]
enum Behind {
    #[default]
    Nobody,
    These(HashSet<UserId>),
    Everybody,
}

/// Somebody who is connected to this node.
#[derive(Debug)]
struct Present {
    person: User,
    devices: HashMap<DeviceId, i64>,
}

/// Since when the database was read without a gap, and when it last was.
#[derive(Clone, Copy, Debug)]
struct Watch {
    since: Tick,
    last: Tick,
}

/// A device that came, to be handed back when it goes.
#[derive(Debug, Default)]
pub struct Arrival {
    /// The person's devices at other nodes.
    pub elsewhere: Vec<DeviceId>,
    visit: Option<Visit>,
}

impl Nodes {
    /// A node that nobody knows yet.
    pub fn new(bus: Bus, dead_after: Duration, id: String, clock: Clock) -> Self {
        Self {
            node: Node { id, dead_after },
            bus,
            clock,
            others: Others::default(),
            visits: AtomicI64::new(1),
            present: Mutex::default(),
            watch: Mutex::default(),
            unannounced: Mutex::default(),
            behind: Mutex::default(),
            lost: Notify::new(),
            rejected: Repeats::default(),
        }
    }

    /// Whether this node hears the others at once, and they it, as far as is known.
    pub fn is_joined(&self) -> bool {
        self.has_others() && self.bus.is_up()
    }

    /// How long silence has been watched for: what was written before that, or while nothing could be read, proves
    /// nothing about who is silent.
    pub fn watched(&self, now: Tick) -> Duration {
        let watch = *self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        watch.map_or(Duration::ZERO, |watch| now.0.saturating_sub(watch.since.0))
    }

    /// Those of the changed calls that had changed at the last look already.
    fn unannounced(&self, changed: &HashSet<CallId>) -> HashSet<CallId> {
        let mut before = self.unannounced.lock().unwrap_or_else(PoisonError::into_inner);
        let overdue = changed.intersection(&before).cloned().collect();
        before.clone_from(changed);
        overdue
    }

    /// Everybody who is connected here may have missed something.
    fn mark_everybody_behind(&self) {
        *self.behind.lock().unwrap_or_else(PoisonError::into_inner) = Behind::Everybody;
        self.lost.notify_one();
    }

    /// These people may have missed something.
    fn mark_behind(&self, people: Vec<UserId>) {
        let mut behind = self.behind.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *behind {
            Behind::Nobody => *behind = Behind::These(people.into_iter().collect()),
            Behind::These(these) => these.extend(people),
            Behind::Everybody => {}
        }
        drop(behind);
        self.lost.notify_one();
    }

    /// Logs, once a minute, how many messages no node wrote.
    pub(super) fn log_refused(&self, now: Tick) {
        for (what, times) in self.rejected.due(now) {
            tracing::warn!(
                ?what,
                times,
                "what no node wrote still comes by the bus; nothing was done with it"
            );
        }
    }

    /// Writes down that this node lives, and takes over from nodes that died; returns the people who were connected to those
    /// and may be gone. A node that is alone takes over nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn beat(
        &self,
        (store, hub): (&Store, &Hub),
        timings: &Timings,
    ) -> Result<Vec<UserId>, StoreError> {
        self.bus.beat();
        let heard = store.beat(&self.node).await?;
        others::note(self, (store, hub), timings, heard).await?;
        if !self.has_others() {
            return Ok(Vec::new());
        }
        if !self.bus.hears_nats() {
            self.say_here();
        }
        if !heard.known {
            // It was silent for so long that another node removed it.
            tracing::warn!(node.id = %self.node.id, "node joins again");
            for visit in store.join(&self.node, &self.visits()).await? {
                hub.close_device(&visit.user, &visit.device, close_code::REPLACED);
            }
        }
        store.reap(&self.node).await
    }

    /// Reads what other nodes may have done without a notice; nothing for a node that is alone.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn look(&self, calls: &Calls) -> Result<(), StoreError> {
        if !self.has_others() {
            return Ok(());
        }
        catch_up::look(calls, self, catch_up::Patience::OneLook).await?;
        self.record_look(self.clock.tick());
        Ok(())
    }

    fn is_connected_here(&self, user: &UserId) -> bool {
        self.present().contains_key(user)
    }

    fn record_look(&self, now: Tick) {
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        let unbroken = watch.filter(|watch| now.0.saturating_sub(watch.last.0) < self.node.dead_after);
        *watch = Some(Watch { since: unbroken.map_or(now, |watch| watch.since), last: now });
    }

    /// The database could not be read: from here on nobody's silence is known.
    pub(super) fn mark_unwatched(&self) {
        *self.watch.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn present(&self) -> MutexGuard<'_, HashMap<UserId, Present>> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn visits(&self) -> Vec<Visit> {
        let visit = |(user, present): (&UserId, &Present)| {
            let devices = present.devices.iter();
            let visit = |(device, number): (&DeviceId, &i64)| Visit {
                user: user.clone(),
                device: device.clone(),
                number: *number,
            };
            devices.map(visit).collect::<Vec<_>>()
        };
        self.present().iter().flat_map(visit).collect()
    }
}

/// A device is about to connect: writes down where it is, and reads its person's calls again.
///
/// # Errors
/// When the database fails.
pub async fn arrive(calls: &Calls, person: &User, device: &DeviceId) -> Result<Arrival, StoreError> {
    let Some(nodes) = &calls.nodes else { return Ok(Arrival::default()) };
    let number = nodes.visits.fetch_add(1, Ordering::Relaxed);
    let visit = Visit { user: person.id.clone(), device: device.clone(), number };
    let fresh = || Present { person: person.clone(), devices: HashMap::new() };
    nodes.present().entry(person.id.clone()).or_insert_with(fresh).devices.insert(device.clone(), number);
    let arrival = Arrival { elsewhere: Vec::new(), visit: Some(visit.clone()) };
    if !nodes.has_others() {
        return Ok(arrival); // it is written down when there are others to read it
    }
    let came = async {
        let elsewhere = calls.store.device_came(&nodes.node, &visit).await?;
        refresh(calls, &person.id).await?;
        Ok(elsewhere)
    };
    match came.await {
        Ok(elsewhere) => {
            if elsewhere.contains(device) {
                nodes.device_moved(&person.id, device);
            }
            Ok(Arrival { elsewhere, ..arrival })
        }
        Err(error) => {
            depart(calls, arrival).await;
            Err(error)
        }
    }
}

/// A device's connection is over.
pub async fn depart(calls: &Calls, arrival: Arrival) {
    let (Some(nodes), Some(visit)) = (&calls.nodes, arrival.visit) else { return };
    {
        let mut present = nodes.present();
        if let Some(person) = present.get_mut(&visit.user) {
            person.devices.retain(|device, number| *device != visit.device || *number != visit.number);
            if person.devices.is_empty() {
                present.remove(&visit.user);
            }
        }
    }
    // On shutdown the other nodes take over this node's devices, and announce those that do not connect again.
    if calls.hub.is_closing() || !nodes.has_others() {
        return;
    }
    if let Err(error) = calls.store.device_went(&nodes.node, &visit).await {
        error.log("a device that went is still written down");
    }
}

/// The devices at other nodes of a conversation's members, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn members_elsewhere(
    (nodes, store): (Option<&Nodes>, &Store),
    conversation: &ConversationId,
) -> Result<Vec<(UserId, DeviceId)>, StoreError> {
    match nodes {
        None => Ok(Vec::new()),
        Some(nodes) => store.members_elsewhere(&nodes.node, conversation).await,
    }
}

/// Whether a person is connected to another node.
///
/// # Errors
/// When the database fails.
pub async fn is_elsewhere(
    (nodes, store): (Option<&Nodes>, &Store),
    user: &UserId,
) -> Result<bool, StoreError> {
    match nodes {
        None => Ok(false),
        Some(nodes) => store.online_elsewhere(&nodes.node, user).await,
    }
}

/// A person's contacts that are connected to other nodes.
///
/// # Errors
/// When the database fails.
pub async fn contacts_elsewhere(
    (nodes, store): (Option<&Nodes>, &Store),
    user: &UserId,
) -> Result<Vec<UserId>, StoreError> {
    match nodes {
        None => Ok(Vec::new()),
        Some(nodes) => store.contacts_elsewhere(&nodes.node, user).await,
    }
}

/// Registers a new node.
///
/// # Errors
/// When the database fails.
pub async fn join(nodes: &Nodes, store: &Store) -> Result<(), StoreError> {
    store.join(&nodes.node, &[]).await?;
    store.reap(&nodes.node).await?;
    if nodes.bus.is_configured() || store.beat(&nodes.node).await?.others {
        nodes.begin_among_others();
        tracing::info!(node.id = %nodes.node.id, "node joined");
    }
    Ok(())
}

/// Removes a node that stops, so that the others need not wait for its silence.
pub async fn leave(nodes: &Nodes, store: &Store) {
    if let Err(error) = store.leave(&nodes.node).await {
        tracing::warn!(%error, "the other nodes will notice in a moment that this one is gone");
    }
}

/// Reads which devices are connected, and where, as all nodes have written it.
///
/// # Errors
/// When the database fails.
pub async fn compare(calls: &Calls) -> Result<(), StoreError> {
    match calls.other_nodes() {
        None => Ok(()),
        Some(nodes) => catch_up::look(calls, nodes, catch_up::Patience::None).await,
    }
}

/// A change may have been committed without a notice: every node sends its people a new snapshot.
pub(super) fn may_have_missed(nodes: &Nodes) {
    nodes.tell_of_loss();
}

/// Reads a call and tells the devices here what is new in it.
///
/// # Errors
/// When the database fails.
pub(super) async fn read_call(calls: &Calls, id: &CallId) -> Result<(), StoreError> {
    catch_up::read_call(calls, id, None).await.map(drop)
}

/// Sends new snapshots to those who may have missed something, at most once a second.
pub async fn heal(calls: Arc<Calls>) {
    let Some(nodes) = &calls.nodes else { return };
    loop {
        nodes.lost.notified().await;
        let behind = std::mem::take(&mut *nodes.behind.lock().unwrap_or_else(PoisonError::into_inner));
        let healed = match behind {
            Behind::Nobody => Ok(()),
            Behind::These(people) => {
                tracing::debug!(people = people.len(), "notices came too late: they are told anew");
                catch_up::these(&calls, nodes, people).await
            }
            Behind::Everybody => {
                tracing::info!("something may have been lost between the nodes: everybody here is told anew");
                catch_up::everybody(&calls, nodes).await
            }
        };
        if let Err(error) = healed {
            error.log("what may have been lost could not be read");
            nodes.mark_everybody_behind();
        }
        sleep(ROUND).await;
    }
}
