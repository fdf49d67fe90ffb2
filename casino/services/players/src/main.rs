//! The casino's players: a seeded, open load that keeps its own record of the truth.

mod actions;
mod arguments;
mod cashier;
mod day;
mod games;
mod gateway;
mod people;
mod plan;
mod strategy;
mod table;
mod truth;

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use casino_telemetry::{App, BoxError};
use clap::Parser as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::actions::{House, act};
use crate::arguments::Arguments;
use crate::gateway::Gateway;
use crate::people::{Known, Person};
use crate::plan::{Action, Plan, Step, Wish};
use crate::strategy::Strategy;
use crate::truth::Truth;

const INTERVAL: Duration = Duration::from_secs(10);
/// Actions under way at once; one more is not started and is counted as skipped.
const MOST_AT_ONCE: u32 = 8192;
const MOST_TABLES: usize = 200;
/// After the last action: as long as a request may take. After a signal: what is left of five seconds.
const LAST_ANSWERS: Duration = Duration::from_secs(30);
const LAST_ANSWERS_STOPPED: Duration = Duration::from_secs(2);
/// Of ten logins under `botAsn`.
const BOTS: u32 = 1;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    casino_telemetry::run_without_server("players", env!("CARGO_PKG_VERSION"), 0, async |app| {
        play(app, &arguments).await
    })
}

async fn play(app: App, arguments: &Arguments) -> Result<(), BoxError> {
    let wish = arguments.wish();
    let truth = Arc::new(Truth::new(arguments.truth.as_deref())?);
    let house = Arc::new(House {
        gateway: Gateway::new(arguments.gateway(), truth.clone())?,
        strategy: Strategy::compute(),
        known: Known::default(),
        tables: Semaphore::new(MOST_TABLES),
        hasty: arguments.hasty,
    });
    let about = about(&wish, &house.gateway.address);
    truth.write("start", about.clone());
    casino_telemetry::log::info("players come", &[("load", about.clone())]);
    let at_once = Arc::new(Semaphore::new(usize::try_from(MOST_AT_ONCE)?));
    let stopped = {
        let load = load(&app, &house, Plan::new(wish)?, &at_once);
        tokio::select! {
            stopped = load => stopped,
            () = report(&truth) => true,
        }
    };
    let patience = if stopped { LAST_ANSWERS_STOPPED } else { LAST_ANSWERS };
    tokio::select! {
        _ = at_once.acquire_many(MOST_AT_ONCE) => {}
        () = tokio::time::sleep(patience) => {}
        () = app.stop.wait(), if !stopped => {}
    }
    let unanswered = usize::try_from(MOST_AT_ONCE)?.saturating_sub(at_once.available_permits());
    let mut summary = truth.summary();
    if let (Some(summary), serde_json::Value::Object(about)) = (summary.as_object_mut(), about) {
        summary.extend(about);
        summary.insert("unanswered".to_owned(), unanswered.into());
        summary.insert("stopped".to_owned(), stopped.into());
    }
    truth.interval();
    truth.write("summary", summary.clone());
    if let Some(path) = &arguments.summary {
        std::fs::write(path, format!("{summary}\n"))?;
    }
    casino_telemetry::log::info("players go", &[("summary", summary)]);
    Ok(())
}

fn about(wish: &Wish, gateway: &str) -> serde_json::Value {
    json!({
        "seed": wish.seed,
        "rate": wish.rate,
        "wished_seconds": wish.length.as_secs(),
        "gateway": gateway,
        "began": std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs(),
    })
}

async fn report(truth: &Truth) {
    let mut clock = tokio::time::interval(INTERVAL);
    clock.tick().await;
    loop {
        clock.tick().await;
        truth.interval();
    }
}

/// Starts every step at its time. Says whether it was stopped before the last.
async fn load(app: &App, house: &Arc<House>, plan: Plan, at_once: &Arc<Semaphore>) -> bool {
    let truth = &house.gateway.truth;
    let mut seats: HashMap<usize, Arc<Person>> = HashMap::new();
    let began = Instant::now();
    for step in plan {
        let due = began + step.at;
        tokio::select! {
            biased;
            () = app.stop.wait() => return true,
            () = tokio::time::sleep_until(due) => {}
        }
        let Ok(permit) = at_once.clone().try_acquire_owned() else {
            truth.skipped("too many under way");
            continue;
        };
        if step.action == Action::Login {
            seats.insert(step.seat, Arc::new(newcomer(app, step)));
        }
        let Some(person) = seats.get(&step.seat).cloned() else {
            truth.skipped("nobody there");
            continue;
        };
        truth.action(&format!("{:?}", step.action).to_lowercase(), due.elapsed());
        let house = house.clone();
        tokio::spawn(async move {
            act(house, person, step).await;
            drop(permit);
        });
    }
    false
}

/// Under `botAsn` one of ten who come in is a bot.
fn newcomer(app: &App, step: Step) -> Person {
    let mut rng = ChaCha8Rng::seed_from_u64(step.seed);
    let is_bot = rng.random_range(0..10) < BOTS && app.flags.on("botAsn");
    if is_bot { Person::bot(&mut rng) } else { Person::new(&mut rng) }
}
