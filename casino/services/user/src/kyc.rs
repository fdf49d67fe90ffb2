//! Who somebody really is (of people who do not exist): submitted, looked at, decided.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use casino_telemetry::db::{Database, DbError};
use casino_telemetry::{ApiError, Stop, transaction};

/// How long somebody looks at a document.
const LOOKS_AT: f64 = 2.0;
const ROUND: Duration = Duration::from_secs(1);
const LONGEST: usize = 64;

/// The office.
#[derive(Clone)]
pub(crate) struct Office {
    database: Database,
    /// There may be documents on the desk.
    busy: Arc<AtomicBool>,
}

impl Office {
    /// Documents from before a restart are still on the desk.
    pub(crate) fn new(database: Database) -> Self {
        Self { database, busy: Arc::new(AtomicBool::new(true)) }
    }

    /// Takes a document. Who is verified stays so.
    pub(crate) async fn submit(&self, player: &str, document: &str) -> Result<(), ApiError> {
        let sound = (1..=LONGEST).contains(&document.len())
            && document
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || "-_ .".contains(letter));
        if !sound {
            return Err(ApiError::invalid(
                "document must be 1 to 64 letters, digits, dots, dashes or spaces",
            ));
        }
        let sql = "UPDATE players SET kyc = 'submitted', kyc_document = $2, kyc_at = now() WHERE id = $1 AND kyc <> 'verified'";
        self.database.execute(sql, &[&player, &document]).await?;
        self.busy.store(true, Ordering::Release);
        Ok(())
    }

    /// Decides until `stop`.
    pub(crate) async fn work(self, stop: Stop) {
        let mut clock = tokio::time::interval(ROUND);
        loop {
            tokio::select! {
                _ = clock.tick() => {}
                () = stop.wait() => break,
            }
            if !self.busy.swap(false, Ordering::AcqRel) {
                continue;
            }
            match transaction("kyc decisions", "task", self.decide()).await {
                Ok(0) => {}
                Ok(_) => self.busy.store(true, Ordering::Release),
                Err(error) => {
                    casino_telemetry::warning!(
                        "decisions have to wait",
                        reason = error.to_string()
                    );
                    self.busy.store(true, Ordering::Release);
                }
            }
        }
    }

    /// How many are left for later. Names of documents say how it ends: `expired-…`, `rejected-…`.
    async fn decide(&self) -> Result<i64, DbError> {
        let sql = "UPDATE players SET kyc = CASE WHEN kyc_document LIKE 'expired%' THEN 'expired'
                WHEN kyc_document LIKE 'rejected%' THEN 'rejected' ELSE 'verified' END
            WHERE kyc = 'submitted' AND kyc_at < now() - make_interval(secs => $1)";
        let decided = self.database.execute(sql, &[&LOOKS_AT]).await?;
        if decided > 0 {
            casino_telemetry::info!("documents were decided", count = decided);
        }
        let row = self
            .database
            .query_one("SELECT count(*) FROM players WHERE kyc = 'submitted'", &[])
            .await?;
        Ok(row.try_get(0)?)
    }
}
