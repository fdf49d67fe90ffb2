//! What the user service last saw of balances. The wallet has the truth; admission must not wait for it.

use casino_telemetry::ApiError;
use casino_telemetry::db::{Database, DbError};
use casino_telemetry::flags::Flags;

/// Rows of history that are kept beside those of the schema.
const KEPT: i64 = 8000;
/// Visits that stay; more than there are in the beginning.
const VISITS_KEPT: i64 = 300_000;

/// Whether somebody may play, and what he had.
pub(crate) struct Standing {
    pub(crate) status: String,
    pub(crate) balance_minor: Option<i64>,
}

/// The tables.
#[derive(Clone)]
pub(crate) struct Balances {
    pub(crate) database: Database,
}

impl Balances {
    /// Remembers one.
    pub(crate) async fn saw(
        &self,
        player: &str,
        currency: &str,
        balance: i64,
    ) -> Result<(), ApiError> {
        let sql = "WITH seen AS (INSERT INTO balances_seen (player_id, currency, balance_minor) VALUES ($1, $2, $3))
            INSERT INTO latest_balances (player_id, currency, balance_minor) VALUES ($1, $2, $3)
            ON CONFLICT (player_id) DO UPDATE SET currency = $2, balance_minor = $3, seen_at = now()";
        self.database.execute(sql, &[&player, &currency, &balance]).await?;
        Ok(())
    }

    /// Under `userBalanceMissingIndex` from the history, which has no index for this.
    pub(crate) async fn standing(
        &self,
        player: &str,
        flags: &Flags,
    ) -> Result<Option<Standing>, ApiError> {
        let slow = flags.number("userBalanceMissingIndex");
        if slow > 0.0 {
            return self.read_history(player, slow).await;
        }
        let sql = "SELECT p.status, b.balance_minor FROM players p
            LEFT JOIN latest_balances b ON b.player_id = p.id WHERE p.id = $1";
        let row = self.database.query_opt(sql, &[&player]).await?;
        let standing = row.map(|row| {
            Ok::<_, DbError>(Standing { status: row.try_get(0)?, balance_minor: row.try_get(1)? })
        });
        Ok(standing.transpose()?)
    }

    async fn read_history(&self, player: &str, millis: f64) -> Result<Option<Standing>, ApiError> {
        let connection = self.database.connection().await?;
        let sql = "SELECT status FROM players WHERE id = $1";
        let Some(row) = connection.query_opt(sql, &[&player]).await? else { return Ok(None) };
        let status = row.try_get(0).map_err(DbError::from)?;
        // How slow the view's disk is, for this connection.
        let sql = "SELECT set_config('casino.scan_ms', $1, false)";
        connection.query_one(sql, &[&format!("{:.0}", millis.clamp(0.0, 5000.0))]).await?;
        let sql = "SELECT balance_minor, currency, seen_at FROM balance_history WHERE player_id = $1 ORDER BY seen_at DESC LIMIT 5";
        let rows = connection.query(sql, &[&player]).await?;
        let balance_minor =
            rows.first().map(|row| row.try_get(0)).transpose().map_err(DbError::from)?;
        Ok(Some(Standing { status, balance_minor }))
    }

    /// Forgets what is old, so that tables stay as large as they are.
    pub(crate) async fn tidy(&self) -> Result<(), DbError> {
        let sql = "DELETE FROM balances_seen WHERE id > $1 AND id <= (SELECT max(id) FROM balances_seen) - $1";
        self.database.execute(sql, &[&KEPT]).await?;
        let sql = "DELETE FROM visits WHERE id <= (SELECT max(id) FROM visits) - $1";
        self.database.execute(sql, &[&VISITS_KEPT]).await?;
        Ok(())
    }
}
