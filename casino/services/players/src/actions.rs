//! What each action of the plan does.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::gateway::{Ask, Gateway, Got};
use crate::people::{Known, Person, Session};
use crate::plan::{Action, Step};
use crate::strategy::Strategy;
use crate::truth::Truth;

/// Pictures of the games, as the lobby names them.
const PICTURES: [&str; 3] =
    ["/api/assets/slot.svg", "/api/assets/roulette.svg", "/api/assets/blackjack.svg"];
/// Of ten launches, so many go to the live table.
const TO_THE_TABLE: u32 = 3;
/// What a bot does right after it came in.
const BOT_SPINS: u32 = 10;
const BOT_PAUSE: Duration = Duration::from_millis(30);
const LOGIN_PATIENCE: Duration = Duration::from_secs(30);

/// What all players share.
pub(crate) struct House {
    pub(crate) gateway: Gateway,
    pub(crate) strategy: Strategy,
    pub(crate) known: Known,
    /// Connections to the live table.
    pub(crate) tables: Semaphore,
    pub(crate) hasty: bool,
}

/// Somebody who is logged in and does something.
pub(crate) struct Visit<'a> {
    pub(crate) house: &'a House,
    pub(crate) person: &'a Person,
    pub(crate) session: &'a Session,
}

impl Visit<'_> {
    pub(crate) async fn ask(&self, ask: Ask<'_>) -> Got {
        self.house.gateway.ask_as(self.person, self.session, ask).await
    }

    pub(crate) fn truth(&self) -> &Truth {
        &self.house.gateway.truth
    }

    async fn get(&self, kind: &'static str, path: &str) -> Got {
        self.ask(Ask { kind, method: Method::GET, path, body: None }).await
    }

    async fn launch(&self, rng: &mut ChaCha8Rng) {
        if rng.random_range(0..10) < TO_THE_TABLE {
            return self.table(rng).await;
        }
        self.get("launch", PICTURES[rng.random_range(0..PICTURES.len())]).await;
    }
}

/// Does one step.
pub(crate) async fn act(house: Arc<House>, person: Arc<Person>, step: Step) {
    let name = format!("{:?}", step.action).to_lowercase();
    let work = async {
        perform(&house, &person, step).await;
        Ok::<(), std::convert::Infallible>(())
    };
    // A transaction, if these players have an SDK; else only the work. It cannot fail.
    let _ =
        casino_telemetry::transaction(&format!("player {name}"), "player.action", Box::pin(work))
            .await;
}

async fn perform(house: &House, person: &Person, step: Step) {
    let mut rng = ChaCha8Rng::seed_from_u64(step.seed);
    match step.action {
        Action::Index => {
            let ask = Ask { kind: "index", method: Method::GET, path: "/", body: None };
            house.gateway.ask(person, ask).await;
        }
        Action::Login => login(house, person, &mut rng).await,
        action => {
            let session = tokio::time::timeout(LOGIN_PATIENCE, person.session.wait()).await;
            let Ok(Some(session)) = session else {
                return house.gateway.truth.skipped("not logged in");
            };
            visit(&Visit { house, person, session }, action, &mut rng).await;
        }
    }
}

async fn visit(visit: &Visit<'_>, action: Action, rng: &mut ChaCha8Rng) {
    match action {
        Action::Index | Action::Login => {}
        Action::Lobby => drop(visit.get("lobby", "/api/lobby").await),
        Action::Launch => visit.launch(rng).await,
        Action::Spin => visit.spin("spin", rng).await,
        Action::Roulette => visit.roulette(rng).await,
        Action::Blackjack => visit.blackjack(rng).await,
        Action::Deposit => visit.deposit(rng).await,
        Action::Withdraw => visit.withdraw(rng).await,
        Action::Profile => drop(visit.get("profile", "/api/me").await),
    }
}

/// A fresh guest, or one who was here before. Bots are always fresh, and play at once.
async fn login(house: &House, person: &Person, rng: &mut ChaCha8Rng) {
    let returning = if person.is_bot { None } else { house.known.returning(rng) };
    let body = match &returning {
        Some((player, market)) => {
            json!({ "player": player, "market": market, "device": person.device })
        }
        None => json!({ "market": person.market, "device": person.device }),
    };
    let kind = if person.is_bot { "bot_login" } else { "login" };
    let ask = Ask { kind, method: Method::POST, path: "/api/sessions", body: Some(body) };
    let got = house.gateway.ask(person, ask).await;
    let session = got.ok().then(|| Session::of(&got.body)).flatten();
    if let Some(session) = session.as_ref().filter(|_| returning.is_none() && !person.is_bot) {
        house.known.remember(&session.player, person.market);
    }
    // Only this action sets it.
    let _ = person.session.set(session);
    if let Some(Some(session)) = person.session.get().filter(|_| person.is_bot) {
        let visit = Visit { house, person, session };
        for _ in 0..BOT_SPINS {
            visit.spin("bot_spin", rng).await;
            tokio::time::sleep(BOT_PAUSE).await;
        }
    }
}
