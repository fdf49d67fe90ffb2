//! Messages on their way: a queue that survives restarts, in order for each conversation.

use model::clock::Micros;
use model::id::OrganizationId;
use rusqlite::{Connection, Row, params};
use serde_json::Value;

use crate::database::Alarms;
use crate::error::AlarmError;
use crate::relay;
use crate::rows::{execute, execute_one, insert, json, row, rows, written};

/// Peers that are spoken to in one round at most.
const PEERS_MAX: usize = 256;
/// Places that one conversation goes to at most.
const TARGETS_MAX: usize = 1_000;

/// A message to one target.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDelivery {
    /// Never changes, and comes never again.
    pub key: String,
    /// Conversation and target: order is kept within.
    pub lane: String,
    /// Who is spoken to; never twice at a time.
    pub peer: String,
    /// Where it goes; the deliverer's own form.
    pub target: Value,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum DeliveryState {
    Waiting,
    Delivered,
    Dead,
}

impl DeliveryState {
    const ALL: [(Self, &str); 3] =
        [(Self::Waiting, "waiting"), (Self::Delivered, "delivered"), (Self::Dead, "dead")];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(state, _)| *state)
    }
}

/// A message on its way, or there.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Which.
    pub id: u64,
    /// Whose.
    pub organization: OrganizationId,
    /// The notification that it carries.
    pub notification: u64,
    /// What was asked for.
    pub new: NewDelivery,
    /// What became of it.
    pub state: DeliveryState,
    /// Tries so far.
    pub attempts: u32,
    /// When it is tried next, if it waits.
    pub due: Micros,
    /// When it was decided.
    pub created: Micros,
    /// Since when it waits: decided, or asked for again.
    pub waits_since: Micros,
    /// When it was delivered or given up.
    pub closed: Option<Micros>,
}

/// A try to deliver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// When it began.
    pub at: Micros,
    /// Of HTTP or SMTP; `None` when there was no answer.
    pub status: Option<u16>,
    /// The peer's words, cut; or why there were none.
    pub answer: String,
    /// How long it took.
    pub millis: u64,
}

/// What follows from an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum After {
    /// It arrived; what the peer calls the conversation, which ends if there is `None`.
    Delivered {
        /// A message's id, an issue's key.
        reference: Option<String>,
        /// The channel that it belongs to.
        channel: u64,
        /// What the peer must hear again and again from now on, and when first; `None` ends it.
        repeats: Option<(Value, Micros)>,
    },
    /// It is tried again then.
    Again(Micros),
    /// It is given up.
    Dead,
}

/// Which deliveries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryQuery {
    /// Of this notification only.
    pub notification: Option<u64>,
    /// In this state only.
    pub state: Option<DeliveryState>,
    /// Rows to skip, and to answer at most.
    pub page: (usize, usize),
}

const COLUMNS: &str =
    "id, organization, notification, key, lane, peer, target, state, attempts, due,
    created, waits_since, closed";

pub(crate) fn enqueue(
    connection: &Connection,
    (organization, notification): (OrganizationId, u64),
    new: &NewDelivery,
    at: Micros,
) -> Result<(), AlarmError> {
    let sql = "INSERT INTO deliveries (organization, notification, key, lane, peer, target, state,
               attempts, due, created, waits_since)
               VALUES (?, ?, ?, ?, ?, ?, 'waiting', 0, ?7, ?7, ?7)";
    let values = params![
        organization.0,
        notification,
        new.key,
        new.lane,
        new.peer,
        written(&new.target)?,
        at.0
    ];
    insert(connection, sql, values).map(drop)
}

impl Alarms {
    /// What is to be sent now: of each peer one message, of each conversation the oldest that waits, and of
    /// each organisation at most so many.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn due_deliveries(
        &self,
        now: Micros,
        of_organization: usize,
    ) -> Result<Vec<Delivery>, AlarmError> {
        self.read(|connection| {
            let sql = format!(
                "WITH heads AS (
                     SELECT min(id) AS id FROM deliveries AS head
                     WHERE state = 'waiting' AND due <= ?1 AND NOT EXISTS (
                         SELECT 1 FROM deliveries AS before WHERE before.state = 'waiting'
                         AND before.lane = head.lane AND before.id < head.id)
                     GROUP BY peer),
                 placed AS (
                     SELECT id, row_number() OVER (PARTITION BY organization ORDER BY due, id)
                     AS place FROM deliveries WHERE id IN (SELECT id FROM heads))
                 SELECT {COLUMNS} FROM deliveries
                 WHERE id IN (SELECT id FROM placed WHERE place <= ?2)
                 ORDER BY due, id LIMIT ?3"
            );
            rows(connection, &sql, params![now.0, of_organization, PEERS_MAX], read)
        })
    }

    /// When the next message is due, if one waits.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn next_due(&self) -> Result<Option<Micros>, AlarmError> {
        self.read(|connection| {
            let sql = "SELECT min(due) FROM deliveries WHERE state = 'waiting'";
            let due: Option<Option<u64>> = row(connection, sql, [], |row| row.get(0))?;
            Ok(due.flatten().map(Micros))
        })
    }

    /// Where a conversation with a receiver has gone since it last was over, each place once: what does not
    /// arrive does not count.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn told_targets(
        &self,
        organization: OrganizationId,
        thread: &str,
        receiver: &str,
    ) -> Result<Vec<Value>, AlarmError> {
        self.read(|connection| {
            let sql = "SELECT d.target, max(d.id) AS newest FROM notifications AS n
                       JOIN deliveries AS d
                       ON d.organization = n.organization AND d.notification = n.id
                       WHERE n.organization = ?1 AND n.thread = ?2 AND n.receiver = ?3
                       AND n.id > (SELECT coalesce(max(id), 0) FROM notifications
                           WHERE organization = ?1 AND thread = ?2 AND receiver = ?3
                           AND kind = 'resolved')
                       AND d.state != 'dead' GROUP BY d.lane ORDER BY newest LIMIT ?4";
            let values = params![organization.0, thread, receiver, TARGETS_MAX];
            rows(connection, sql, values, |row| json(row, 0))
        })
    }

    /// What people are told by a notification.
    ///
    /// # Errors
    /// [`AlarmError::Missing`].
    pub fn payload(
        &self,
        organization: OrganizationId,
        notification: u64,
    ) -> Result<Value, AlarmError> {
        self.read(|connection| {
            let sql = "SELECT payload FROM notifications WHERE organization = ? AND id = ?";
            row(connection, sql, params![organization.0, notification], |row| json(row, 0))?
                .ok_or(AlarmError::Missing("notification"))
        })
    }

    /// What the peer calls a conversation.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn reference(&self, lane: &str) -> Result<Option<String>, AlarmError> {
        self.read(|connection| {
            let sql = "SELECT reference FROM conversations WHERE lane = ?";
            row(connection, sql, [lane], |row| row.get(0))
        })
    }

    /// The conversation that a channel's peer calls so: its lane.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn lane_of(&self, channel: u64, reference: &str) -> Result<Option<String>, AlarmError> {
        self.read(|connection| {
            let sql = "SELECT lane FROM conversations WHERE channel = ? AND reference = ?";
            row(connection, sql, params![channel, reference], |row| row.get(0))
        })
    }

    /// The newest notification that was told in a conversation.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn newest_in_lane(&self, lane: &str) -> Result<Option<(OrganizationId, u64)>, AlarmError> {
        self.read(|connection| {
            let sql = "SELECT organization, notification FROM deliveries WHERE lane = ?
                       ORDER BY id DESC LIMIT 1";
            row(connection, sql, [lane], |row| Ok((OrganizationId(row.get(0)?), row.get(1)?)))
        })
    }

    /// Notes that a try begins: if nothing more is ever heard of it, it may have arrived.
    ///
    /// # Errors
    /// [`AlarmError::Missing`] when the delivery does not wait any more.
    pub fn attempt(&self, delivery: u64) -> Result<(), AlarmError> {
        self.write(|transaction| {
            let sql = "UPDATE deliveries SET attempts = attempts + 1
                       WHERE id = ? AND state = 'waiting'";
            execute_one(transaction, "delivery", sql, [delivery])
        })
    }

    /// Notes how a try ended, and what follows.
    ///
    /// # Errors
    /// [`AlarmError::Missing`] when the delivery does not wait any more.
    pub fn attempted(
        &self,
        delivery: &Delivery,
        attempt: &Attempt,
        after: &After,
        now: Micros,
    ) -> Result<(), AlarmError> {
        self.write(|transaction| {
            let (state, due, closed) = match after {
                After::Delivered { .. } => (DeliveryState::Delivered, now, Some(now)),
                After::Again(due) => (DeliveryState::Waiting, *due, None),
                After::Dead => (DeliveryState::Dead, now, Some(now)),
            };
            let sql = "UPDATE deliveries SET state = ?, due = ?, closed = ?
                       WHERE id = ? AND state = 'waiting'";
            let values = params![state.name(), due.0, closed.map(|closed| closed.0), delivery.id];
            execute_one(transaction, "delivery", sql, values)?;
            let sql = "INSERT INTO attempts (delivery, number, at, status, answer, millis)
                       SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5
                       FROM attempts WHERE delivery = ?1";
            let values =
                params![delivery.id, attempt.at.0, attempt.status, attempt.answer, attempt.millis];
            execute(transaction, sql, values)?;
            let After::Delivered { reference, channel, repeats } = after else { return Ok(()) };
            match repeats {
                Some((message, due)) => relay::repeat(transaction, delivery, (message, *due))?,
                None => relay::end(transaction, &delivery.new.lane)?,
            }
            let Some(reference) = reference else {
                let sql = "DELETE FROM conversations WHERE lane = ?";
                return execute(transaction, sql, [&delivery.new.lane]).map(drop);
            };
            let sql = "INSERT INTO conversations (lane, organization, channel, reference, at)
                       VALUES (?, ?, ?, ?, ?)
                       ON CONFLICT DO UPDATE SET reference = excluded.reference, at = excluded.at";
            let values =
                params![delivery.new.lane, delivery.organization.0, channel, reference, now.0];
            execute(transaction, sql, values).map(drop)
        })
    }

    /// Tries a message again that was given up.
    ///
    /// # Errors
    /// [`AlarmError::Missing`] when there is none that was.
    pub fn revive(
        &self,
        organization: OrganizationId,
        delivery: u64,
        now: Micros,
    ) -> Result<(), AlarmError> {
        self.write(|transaction| {
            let sql = "UPDATE deliveries SET state = 'waiting', due = ?1, waits_since = ?1,
                       closed = NULL WHERE organization = ?2 AND id = ?3 AND state = 'dead'";
            execute_one(transaction, "dead delivery", sql, params![now.0, organization.0, delivery])
        })
    }

    /// Deliveries, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn deliveries(
        &self,
        organization: OrganizationId,
        query: &DeliveryQuery,
    ) -> Result<Vec<Delivery>, AlarmError> {
        self.read(|connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM deliveries WHERE organization = ?1
                 AND (?2 IS NULL OR notification = ?2) AND (?3 IS NULL OR state = ?3)
                 ORDER BY id DESC LIMIT ?5 OFFSET ?4"
            );
            let values = params![
                organization.0,
                query.notification,
                query.state.map(DeliveryState::name),
                query.page.0,
                query.page.1
            ];
            rows(connection, &sql, values, read)
        })
    }

    /// One delivery.
    ///
    /// # Errors
    /// [`AlarmError::Missing`].
    pub fn delivery(&self, organization: OrganizationId, id: u64) -> Result<Delivery, AlarmError> {
        self.read(|connection| {
            let sql = format!("SELECT {COLUMNS} FROM deliveries WHERE organization = ? AND id = ?");
            row(connection, &sql, params![organization.0, id], read)?
                .ok_or(AlarmError::Missing("delivery"))
        })
    }

    /// All tries of a delivery, in order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn attempts(&self, delivery: u64) -> Result<Vec<Attempt>, AlarmError> {
        self.read(|connection| {
            let sql = "SELECT at, status, answer, millis FROM attempts WHERE delivery = ?
                       ORDER BY number LIMIT 1000";
            rows(connection, sql, [delivery], |row| {
                Ok(Attempt {
                    at: Micros(row.get(0)?),
                    status: row.get(1)?,
                    answer: row.get(2)?,
                    millis: row.get(3)?,
                })
            })
        })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    let state: String = row.get(7)?;
    Ok(Delivery {
        id: row.get(0)?,
        organization: OrganizationId(row.get(1)?),
        notification: row.get(2)?,
        new: NewDelivery {
            key: row.get(3)?,
            lane: row.get(4)?,
            peer: row.get(5)?,
            target: json(row, 6)?,
        },
        state: DeliveryState::named(&state).ok_or(rusqlite::Error::InvalidQuery)?,
        attempts: row.get(8)?,
        due: Micros(row.get(9)?),
        created: Micros(row.get(10)?),
        waits_since: Micros(row.get(11)?),
        closed: row.get::<_, Option<u64>>(12)?.map(Micros),
    })
}
