//! The casino's wallet: a double-entry ledger in PostgreSQL, which answers every request once and checks itself.

mod accounts;
mod checks;
mod metrics;
mod outside;
mod posting;
mod routes;
mod rules;
mod watch;

use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use casino_telemetry::db::Database;
use casino_telemetry::variable_or;

use crate::checks::Checks;
use crate::metrics::Metrics;
use crate::posting::Ledger;
use crate::watch::Said;

const PORT: u16 = 4202;
const DATABASE: &str = "postgres://casino:casino@127.0.0.1:4232/casino";
/// Postings wait for the disk most of the time, and PostgreSQL writes those that wait together at once.
const CONNECTIONS: usize = 12;
/// Steps of the schema; only ever add to the end.
const SCHEMA: [&str; 1] = [include_str!("schema.sql")];

/// What all requests share.
pub(crate) struct Wallet {
    pub(crate) ledger: Ledger,
    pub(crate) checks: Checks,
    pub(crate) metrics: Metrics,
    pub(crate) said: Mutex<Said>,
}

fn main() -> ExitCode {
    casino_telemetry::run("wallet", env!("CARGO_PKG_VERSION"), PORT, async |app| {
        let database =
            Database::connect(&variable_or("CASINO_POSTGRES", DATABASE), "ledger", CONNECTIONS)
                .await?;
        database.migrate("ledger", &SCHEMA).await?;
        let wallet = Arc::new(Wallet {
            ledger: Ledger::new(database.clone()),
            checks: Checks::new(database),
            metrics: Metrics::default(),
            said: Mutex::default(),
        });
        tokio::spawn(watch::watch(wallet.clone(), app.stop.clone()));
        Ok(routes::router(wallet))
    })
}
