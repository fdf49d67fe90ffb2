//! What an Alertmanager must hear again and again while it fires.

use model::clock::Micros;
use model::id::OrganizationId;
use rusqlite::{Connection, params};
use serde_json::Value;

use crate::database::Alarms;
use crate::delivery::{Delivery, NewDelivery};
use crate::error::AlarmError;
use crate::rows::{execute, json, rows, written};

/// Relays that are due at once at most.
const DUE_MAX: usize = 256;

/// A message that is repeated.
#[derive(Debug, Clone, PartialEq)]
pub struct Relay {
    /// Conversation and target.
    pub lane: String,
    /// Whose.
    pub organization: OrganizationId,
    /// Where it goes.
    pub target: Value,
    /// What is told.
    pub message: Value,
}

impl Alarms {
    /// Does not repeat it any more.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn end_relay(&self, lane: &str) -> Result<(), AlarmError> {
        self.write(|transaction| end(transaction, lane))
    }

    /// What is to be repeated now, of each organisation at most so many.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn due_relays(
        &self,
        now: Micros,
        of_organization: usize,
    ) -> Result<Vec<Relay>, AlarmError> {
        let sql = "SELECT lane, organization, target, message FROM (
                       SELECT *, row_number() OVER (PARTITION BY organization ORDER BY due) AS place
                       FROM relays WHERE due <= ?1)
                   WHERE place <= ?2 ORDER BY due LIMIT ?3";
        self.read(|connection| {
            rows(connection, sql, params![now.0, of_organization, DUE_MAX], |row| {
                Ok(Relay {
                    lane: row.get(0)?,
                    organization: OrganizationId(row.get(1)?),
                    target: json(row, 2)?,
                    message: json(row, 3)?,
                })
            })
        })
    }

    /// It is repeated now, and is due again at `next`.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn relayed(&self, lane: &str, next: Micros) -> Result<(), AlarmError> {
        self.write(|transaction| {
            let sql = "UPDATE relays SET due = ? WHERE lane = ?";
            execute(transaction, sql, params![next.0, lane]).map(drop)
        })
    }
}

/// Repeats a message from then on.
pub(crate) fn repeat(
    connection: &Connection,
    delivery: &Delivery,
    (message, due): (&Value, Micros),
) -> Result<(), AlarmError> {
    let sql = "INSERT INTO relays (lane, organization, thread, target, message, due)
               VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
               message = excluded.message, due = excluded.due";
    let NewDelivery { lane, target, .. } = &delivery.new;
    let thread = lane.split('|').nth(1).unwrap_or_default();
    let (target, message) = (written(target)?, written(message)?);
    let values = params![lane, delivery.organization.0, thread, target, message, due.0];
    execute(connection, sql, values).map(drop)
}

pub(crate) fn end(connection: &Connection, lane: &str) -> Result<(), AlarmError> {
    execute(connection, "DELETE FROM relays WHERE lane = ?", [lane]).map(drop)
}
