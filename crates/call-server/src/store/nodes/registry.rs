//! Which nodes live and which devices are connected to them, by the database's own clock; and what a node reads again
//! and again to miss nothing. PostgreSQL only: several nodes share no file.

use crate::store::{
    Store,
    engine::{
        query::{Query, query},
        row::Row,
        session::Session,
    },
};
use crate::{model::Visit, store::StoreError};
use call_protocol::{CallId, ConversationId, DeviceId, UserId};
use call_rules::Moment;
use std::{collections::HashSet, time::Duration};

/// A node among others.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its id, new at every start.
    pub id: String,
    /// Silence after which it counts as dead.
    pub dead_after: Duration,
}

/// What a node learns when it says that it lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beat {
    /// Whether the others know it; otherwise it has to join.
    pub known: bool,
    /// Whether other nodes live.
    pub others: bool,
}

/// What the database says about a seat of a live call.
#[derive(Clone, Debug)]
pub struct SeatNote {
    /// The call.
    pub call: CallId,
    /// Which version of the call.
    pub version: i64,
    /// Whose seat.
    pub user: UserId,
    /// The last proof of life that any node wrote.
    pub last_seen: Option<Moment>,
    /// The last report of flowing media that any node wrote.
    pub media_seen: Option<Moment>,
    /// Whether the device in the seat is connected to another node that is alive.
    pub elsewhere: bool,
}

/// The devices `d` at nodes that are alive; `$1` is how many milliseconds a node may be silent.
const AT_LIVE_NODES: &str = "node_devices d JOIN nodes n ON n.id = d.node \
    AND n.beat > clock_timestamp() - interval '1 millisecond' * $1";

impl Store {
    /// A node says that it lives, and hears whether others do.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn beat(&self, node: &Node) -> Result<Beat, StoreError> {
        let mut write = self.write().await?;
        write.concerns_nobody();
        let update = "WITH beat AS (UPDATE nodes SET beat = clock_timestamp() WHERE id = $2 RETURNING id) \
             SELECT CAST((SELECT count(*) FROM beat) AS BIGINT) AS known, \
             CAST((SELECT count(*) FROM nodes n WHERE n.id <> $2 \
               AND n.beat > clock_timestamp() - interval '1 millisecond' * $1) AS BIGINT) AS others";
        let row = write.first(query(update).number(node.silence()).id(node.id.as_str())).await?;
        write.commit().await?;
        let row = row.ok_or(StoreError::Unreadable("beat"))?;
        let any = |name| Ok::<_, StoreError>(row.number_or_none(name)?.is_some_and(|count| count > 0));
        Ok(Beat { known: any("known")?, others: any("others")? })
    }

    /// A node begins, or begins again, with the devices that are connected to it; those that are connected to another
    /// living node by now are returned.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn join(&self, node: &Node, visits: &[Visit]) -> Result<Vec<Visit>, StoreError> {
        let mut write = self.write().await?;
        let insert = "INSERT INTO nodes (id, beat) VALUES ($1, clock_timestamp()) \
             ON CONFLICT (id) DO UPDATE SET beat = excluded.beat";
        write.run(query(insert).id(node.id.as_str())).await?;
        // What it wrote earlier may be over.
        write.run(query("DELETE FROM node_devices WHERE node = $1").id(node.id.as_str())).await?;
        let mut taken = Vec::new();
        for visit in visits {
            let upsert = query(
                "INSERT INTO node_devices (user_id, device_id, node, visit, since) \
                 VALUES ($2, $3, $4, $5, clock_timestamp()) ON CONFLICT (user_id, device_id) DO UPDATE \
                 SET node = excluded.node, visit = excluded.visit, since = excluded.since \
                 WHERE node_devices.node = excluded.node OR NOT EXISTS (SELECT 1 FROM nodes n \
                   WHERE n.id = node_devices.node AND n.beat > clock_timestamp() - interval '1 millisecond' * $1)",
            );
            let upsert = upsert.number(node.silence());
            if write.run(place(upsert, node, visit)).await? == 0 {
                taken.push(visit.clone());
            }
        }
        write.commit().await?;
        Ok(taken)
    }

    /// A node is alone, and nobody asks who is connected to it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn clear_out(&self, node: &Node) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        write.run(query("DELETE FROM node_devices WHERE node = $1").id(node.id.as_str())).await?;
        write.commit().await
    }

    /// A node ends; what was connected to it is found by the others, see [`Store::reap`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn leave(&self, node: &Node) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        write.run(query("DELETE FROM nodes WHERE id = $1").id(node.id.as_str())).await?;
        write.commit().await
    }

    /// Forgets nodes that are dead and the devices that were connected to them; their people. Each is told to one node only.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn reap(&self, node: &Node) -> Result<Vec<UserId>, StoreError> {
        let mut write = self.write().await?;
        let dead = "DELETE FROM nodes WHERE beat <= clock_timestamp() - interval '1 millisecond' * $1";
        write.run(query(dead).number(node.silence())).await?;
        let orphans = "DELETE FROM node_devices d WHERE NOT EXISTS (SELECT 1 FROM nodes n WHERE n.id = d.node) \
             RETURNING user_id";
        let rows = write.all(query(orphans)).await?;
        let people = rows.iter().map(|row| row.id("user_id").map(UserId)).collect::<Result<_, _>>()?;
        write.commit().await?;
        Ok(people)
    }

    /// A device connects to a node; the person's devices at other nodes, the same one included if it was there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn device_came(&self, node: &Node, visit: &Visit) -> Result<Vec<DeviceId>, StoreError> {
        let mut write = self.write().await?;
        let elsewhere = devices_elsewhere(&mut write, node, &visit.user).await?;
        let upsert = "INSERT INTO node_devices (user_id, device_id, node, visit, since) \
             VALUES ($1, $2, $3, $4, clock_timestamp()) ON CONFLICT (user_id, device_id) DO UPDATE \
             SET node = excluded.node, visit = excluded.visit, since = excluded.since";
        write.run(place(query(upsert), node, visit)).await?;
        write.commit().await?;
        Ok(elsewhere)
    }

    /// A connection of a device to a node ends; nothing, when a newer one of it exists.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn device_went(&self, node: &Node, visit: &Visit) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        let delete =
            "DELETE FROM node_devices WHERE user_id = $1 AND device_id = $2 AND node = $3 AND visit = $4";
        write.run(place(query(delete), node, visit)).await?;
        write.commit().await
    }

    /// Which connections the database believes to be at a node, by their numbers.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn visits_at(&self, node: &Node) -> Result<HashSet<i64>, StoreError> {
        let select = "SELECT visit FROM node_devices WHERE node = $1";
        let rows = self.read().await?.all(query(select).id(node.id.as_str())).await?;
        rows.iter().map(|row| Ok(row.number_or_none("visit")?.unwrap_or(0))).collect()
    }

    /// Whether the newest connection of a device is at another node.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_elsewhere(
        &self,
        node: &Node,
        user: &UserId,
        device: &DeviceId,
    ) -> Result<bool, StoreError> {
        Ok(devices_elsewhere(&mut *self.read().await?, node, user).await?.contains(device))
    }

    /// Whether a person has a device at another node.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn online_elsewhere(&self, node: &Node, user: &UserId) -> Result<bool, StoreError> {
        Ok(!devices_elsewhere(&mut *self.read().await?, node, user).await?.is_empty())
    }

    /// The devices at other nodes of a conversation's members, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn members_elsewhere(
        &self,
        node: &Node,
        conversation: &ConversationId,
    ) -> Result<Vec<(UserId, DeviceId)>, StoreError> {
        let select = format!(
            "SELECT d.user_id, d.device_id FROM {AT_LIVE_NODES} \
             JOIN conversation_members m ON m.user_id = d.user_id \
             WHERE m.conversation_id = $3 AND d.node <> $2 ORDER BY d.since DESC"
        );
        let select = query(select).number(node.silence()).id(node.id.as_str()).id(conversation.as_str());
        let rows = self.read().await?.all(select).await?;
        rows.iter().map(|row| Ok((UserId(row.id("user_id")?), DeviceId(row.text("device_id")?)))).collect()
    }

    /// A person's contacts that have a device at another node.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn contacts_elsewhere(&self, node: &Node, user: &UserId) -> Result<Vec<UserId>, StoreError> {
        let select = format!(
            "SELECT DISTINCT d.user_id FROM {AT_LIVE_NODES} JOIN contacts c ON c.accepted_at IS NOT NULL AND \
             ((c.requester_id = $3 AND c.addressee_id = d.user_id) OR (c.addressee_id = $3 AND c.requester_id = d.user_id)) \
             WHERE d.node <> $2"
        );
        let select = query(select).number(node.silence()).id(node.id.as_str()).id(user.as_str());
        let rows = self.read().await?.all(select).await?;
        rows.iter().map(|row| row.id("user_id").map(UserId)).collect()
    }

    /// Every seat of every live call: what a node compares with what it knows.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn live_seats(&self, node: &Node) -> Result<Vec<SeatNote>, StoreError> {
        let select = format!(
            "SELECT r.call_id, r.version, s.user_id, s.last_seen, s.media_seen, \
             CAST(CASE WHEN EXISTS (SELECT 1 FROM {AT_LIVE_NODES} WHERE d.user_id = s.user_id \
               AND d.device_id = s.device_id AND d.node <> $2) THEN 1 ELSE 0 END AS BIGINT) AS elsewhere \
             FROM call_runtime r JOIN call_seats s ON s.call_id = r.call_id WHERE r.live = 1"
        );
        let select = query(select).number(node.silence()).id(node.id.as_str());
        let rows = self.read().await?.all(select).await?;
        rows.iter().map(seat_note).collect()
    }
}

async fn devices_elsewhere(
    db: &mut Session,
    node: &Node,
    user: &UserId,
) -> Result<Vec<DeviceId>, StoreError> {
    let select = format!("SELECT d.device_id FROM {AT_LIVE_NODES} WHERE d.user_id = $3 AND d.node <> $2");
    let select = query(select).number(node.silence()).id(node.id.as_str()).id(user.as_str());
    let rows = db.all(select).await?;
    rows.iter().map(|row| row.text("device_id").map(DeviceId)).collect()
}

fn place<'q>(query: Query<'q>, node: &'q Node, visit: &'q Visit) -> Query<'q> {
    query.id(visit.user.as_str()).text(visit.device.as_str()).id(node.id.as_str()).number(visit.number)
}

fn seat_note(row: &Row) -> Result<SeatNote, StoreError> {
    Ok(SeatNote {
        call: CallId(row.id("call_id")?),
        version: row.number_or_none("version")?.unwrap_or(0),
        user: UserId(row.id("user_id")?),
        last_seen: row.moment_or_none("last_seen")?,
        media_seen: row.moment_or_none("media_seen")?,
        elsewhere: row.flag("elsewhere")?,
    })
}

impl Node {
    fn silence(&self) -> i64 {
        i64::try_from(self.dead_after.as_millis()).unwrap_or(i64::MAX)
    }
}
