//! The wallet as its callers meet it: a process, PostgreSQL, and everything that goes wrong between them.
//!
//! `CASINO_POSTGRES` names a server where databases may be created; without it these tests say that they are skipped.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may be blunt")]

mod deliveries;
mod model;
mod server;
mod storm;
mod tampering;

use server::Database;

/// The database for one test, or none with a word about it.
async fn database(test: &str) -> Option<Database> {
    let found = Database::create(test).await;
    if found.is_none() {
        // Written past the capture of the test harness, so that nobody takes it for a pass.
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), "{test}: skipped, CASINO_POSTGRES is not set");
    }
    found
}
