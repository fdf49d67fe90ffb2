//! Players in PostgreSQL.

use casino_telemetry::ApiError;
use casino_telemetry::db::{Database, DbError};
use serde::Serialize;

use crate::names::{self, MARKETS, Market};

/// Those who are there from the beginning; they pay from their wallets.
const RESIDENTS: u32 = 500;
const COLUMNS: &str = "id, name, market, currency, kyc, pays, role, status, welcomed";
/// Nobody reads more on one page.
const MOST_LISTED: i64 = 500;

/// What others see of a player.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Player {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) market: String,
    pub(crate) currency: String,
    pub(crate) kyc: String,
    pub(crate) pays: String,
    #[serde(skip)]
    pub(crate) role: String,
    #[serde(skip)]
    pub(crate) status: String,
    #[serde(skip)]
    pub(crate) welcomed: bool,
}

/// A line of the admin's list.
#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    #[serde(flatten)]
    player: Player,
    status: String,
    balance_minor: Option<i64>,
    created_at: chrono::DateTime<chrono::Utc>,
    seen_at: chrono::DateTime<chrono::Utc>,
}

/// The table.
#[derive(Clone)]
pub(crate) struct Players {
    pub(crate) database: Database,
}

fn read(row: &casino_telemetry::db::Row) -> Result<Player, DbError> {
    Ok(Player {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        market: row.try_get("market")?,
        currency: row.try_get("currency")?,
        kyc: row.try_get("kyc")?,
        pays: row.try_get("pays")?,
        role: row.try_get("role")?,
        status: row.try_get("status")?,
        welcomed: row.try_get("welcomed")?,
    })
}

impl Players {
    /// The residents and the admin, unless they are there.
    pub(crate) async fn settle(&self) -> Result<(), DbError> {
        let (mut ids, mut names, mut markets, mut currencies, mut kyc) =
            (vec![], vec![], vec![], vec![], vec![]);
        for (number, market) in (1..=RESIDENTS).zip(MARKETS.iter().cycle()) {
            ids.push(names::id(number));
            names.push(market.name(number));
            markets.push(market.code);
            currencies.push(market.currency);
            kyc.push(if number % 5 == 0 { "none" } else { "verified" });
        }
        let sql = "INSERT INTO players (id, name, market, currency, kyc, pays)
            SELECT id, name, market, currency, kyc, 'wallet' FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
            AS resident (id, name, market, currency, kyc) ON CONFLICT DO NOTHING";
        self.database.execute(sql, &[&ids, &names, &markets, &currencies, &kyc]).await?;
        let sql = "INSERT INTO players (id, name, market, currency, pays, role)
            VALUES ('admin', 'Operator', 'de', 'EUR', 'wallet', 'admin') ON CONFLICT DO NOTHING";
        self.database.execute(sql, &[]).await?;
        Ok(())
    }

    /// A new guest, who pays per spin.
    pub(crate) async fn guest(&self, market: &Market) -> Result<Player, ApiError> {
        let row = self.database.query_one("SELECT nextval('guest_number')", &[]).await?;
        let number: i64 = row.try_get(0).map_err(DbError::from)?;
        let number = u32::try_from(number)
            .map_err(|error| ApiError::internal("no more guests").because(error))?;
        let (id, name) = (names::id(number), market.name(number));
        let sql = format!(
            "INSERT INTO players (id, name, market, currency, pays) VALUES ($1, $2, $3, $4, 'per_spin') RETURNING {COLUMNS}"
        );
        let row =
            self.database.query_one(&sql, &[&id, &name, &market.code, &market.currency]).await?;
        Ok(read(&row)?)
    }

    /// Somebody who is known.
    pub(crate) async fn get(&self, id: &str) -> Result<Player, ApiError> {
        let sql = format!("SELECT {COLUMNS} FROM players WHERE id = $1");
        let row = self.database.query_opt(&sql, &[&id]).await?;
        Ok(read(&row.ok_or_else(unknown)?)?)
    }

    /// Was here just now, and got the house's present.
    pub(crate) async fn came(&self, id: &str) -> Result<(), ApiError> {
        let sql = "UPDATE players SET seen_at = now(), welcomed = true WHERE id = $1";
        self.database.execute(sql, &[&id]).await?;
        Ok(())
    }

    /// For the admin: by a part of the name or of the id, who was here last comes first.
    pub(crate) async fn list(&self, search: &str, limit: i64) -> Result<Vec<Listed>, ApiError> {
        let limit = limit.clamp(1, MOST_LISTED);
        let sql = "SELECT p.*, b.balance_minor FROM players p LEFT JOIN latest_balances b ON b.player_id = p.id
            WHERE p.role = 'player' AND ($1 = '' OR position(lower($1) IN lower(p.name)) > 0 OR position($1 IN p.id) > 0)
            ORDER BY p.seen_at DESC, p.id LIMIT $2";
        let rows = self.database.query(sql, &[&search, &limit]).await?;
        let listed = rows.iter().map(|row| {
            Ok(Listed {
                player: read(row)?,
                status: row.try_get("status")?,
                balance_minor: row.try_get("balance_minor")?,
                created_at: row.try_get("created_at")?,
                seen_at: row.try_get("seen_at")?,
            })
        });
        Ok(listed.collect::<Result<_, DbError>>()?)
    }
}

pub(crate) fn unknown() -> ApiError {
    ApiError::not_found("there is no such player")
}
