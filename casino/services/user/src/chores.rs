//! What has to be done every now and then: counting who is here, forgetting what is old.

use std::sync::Arc;
use std::time::Duration;

use casino_telemetry::sentry::metrics;
use casino_telemetry::{ApiError, Stop, transaction, warning};

use crate::User;

const COUNT_EVERY: Duration = Duration::from_secs(10);
/// In rounds of counting.
const TIDY_EVERY: u32 = 6;

pub(crate) async fn work(user: Arc<User>, stop: Stop) {
    let mut clock = tokio::time::interval(COUNT_EVERY);
    let mut round = 0_u32;
    loop {
        tokio::select! {
            _ = clock.tick() => {}
            () = stop.wait() => break,
        }
        if let Err(error) = count(&user).await {
            warning!("nobody knows who is here", reason = error.to_string());
        }
        round = round.wrapping_add(1);
        if round.is_multiple_of(TIDY_EVERY) {
            let tidied = transaction("tidy up", "task", tidy(&user)).await;
            if let Err(error) = tidied {
                warning!("old rows stay", reason = error.to_string());
            }
        }
    }
}

async fn count(user: &User) -> Result<(), ApiError> {
    let here = u32::try_from(user.hot.count().await?).unwrap_or(u32::MAX);
    metrics::gauge("casino.active_sessions", here).capture();
    Ok(())
}

async fn tidy(user: &User) -> Result<(), ApiError> {
    for game in ["slot", "roulette", "blackjack"] {
        user.hot.forget(&format!("plays:{game}")).await?;
    }
    Ok(user.balances.tidy().await?)
}
