//! The casino's user service: who plays, with which token, and whether somebody may.

mod balances;
mod chores;
mod hot;
mod kyc;
mod lobby;
mod money;
mod names;
mod players;
mod routes;
mod sessions;
mod token;

use std::process::ExitCode;
use std::sync::Arc;

use casino_telemetry::call::{Service, TIMEOUT};
use casino_telemetry::db::Database;
use casino_telemetry::flags::Flags;
use casino_telemetry::{App, BoxError, variable, variable_or};

use crate::balances::Balances;
use crate::hot::Hot;
use crate::kyc::Office;
use crate::money::Money;
use crate::players::Players;
use crate::token::Signer;

const PORT: u16 = 4201;
const SCHEMA: &str = "users";
/// A slow query holds its connection for half a second: enough for forty spins a second.
const CONNECTIONS: usize = 20;

/// All parts.
pub(crate) struct User {
    pub(crate) database: Database,
    pub(crate) players: Players,
    pub(crate) balances: Balances,
    pub(crate) hot: Hot,
    pub(crate) money: Money,
    pub(crate) office: Office,
    pub(crate) signer: Signer,
    pub(crate) flags: Flags,
}

fn main() -> ExitCode {
    casino_telemetry::run("user", env!("CARGO_PKG_VERSION"), PORT, async |app| {
        let user = Arc::new(build(app).await?);
        tokio::spawn(user.office.clone().work(app.stop.clone()));
        tokio::spawn(chores::work(user.clone(), app.stop.clone()));
        Ok(routes::router(user))
    })
}

async fn build(app: &App) -> Result<User, BoxError> {
    let secret =
        variable("CASINO_TOKEN_SECRET").ok_or("CASINO_TOKEN_SECRET is needed to sign tokens")?;
    let postgres = variable_or("CASINO_POSTGRES", "postgres://casino:casino@127.0.0.1:4232/casino");
    let redis = variable_or("CASINO_REDIS", "redis://127.0.0.1:4279/0");
    let wallet = variable_or("CASINO_WALLET_URL", "http://127.0.0.1:4202");
    let database = Database::connect(&postgres, SCHEMA, CONNECTIONS).await?;
    database.migrate(SCHEMA, &[include_str!("schema.sql")]).await?;
    let players = Players { database: database.clone() };
    players.settle().await?;
    Ok(User {
        players,
        balances: Balances { database: database.clone() },
        hot: Hot::connect(&redis).await?,
        money: Money { wallet: Service::new("wallet", &wallet, TIMEOUT)? },
        office: Office::new(database.clone()),
        signer: Signer::new(&secret),
        flags: app.flags.clone(),
        database,
    })
}
