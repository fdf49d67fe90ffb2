//! What can be played, and how many play it.

use casino_telemetry::db::{Database, DbError};
use casino_telemetry::flags::Flags;
use casino_telemetry::{ApiError, warning};
use serde::Serialize;

use crate::hot::Hot;

#[derive(Debug, Serialize)]
pub(crate) struct Game {
    pub(crate) id: String,
    name: String,
    provider: String,
    rtp: f64,
    players: i64,
    asset: String,
}

/// All games. Under `lobbyNPlusOne` the database is asked once more for each.
pub(crate) async fn games(
    database: &Database,
    hot: &Hot,
    flags: &Flags,
) -> Result<Vec<Game>, ApiError> {
    let sql = "SELECT id, name, provider, rtp, asset FROM games ORDER BY place";
    let rows = database.query(sql, &[]).await?;
    let mut games: Vec<Game> = rows.iter().map(read).collect::<Result<_, DbError>>()?;
    if flags.on("lobbyNPlusOne") {
        for game in &mut games {
            game.players = visitors(database, &game.id).await?;
        }
        return Ok(games);
    }
    let ids: Vec<String> = games.iter().map(|game| game.id.clone()).collect();
    match hot.players_of(&ids).await {
        Ok(counts) => {
            for (game, count) in games.iter_mut().zip(counts) {
                game.players = i64::try_from(count).unwrap_or(i64::MAX);
            }
        }
        // A lobby without numbers is better than none.
        Err(error) => warning!("nobody knows how many play", reason = error.to_string()),
    }
    Ok(games)
}

async fn visitors(database: &Database, game: &str) -> Result<i64, ApiError> {
    let sql = "SELECT count(DISTINCT player_id) FROM visits WHERE game = $1 AND at > now() - interval '5 minutes'";
    let row = database.query_one(sql, &[&game]).await?;
    Ok(row.try_get(0).map_err(DbError::from)?)
}

fn read(row: &casino_telemetry::db::Row) -> Result<Game, DbError> {
    Ok(Game {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        provider: row.try_get(2)?,
        rtp: row.try_get(3)?,
        players: 0,
        asset: row.try_get(4)?,
    })
}
