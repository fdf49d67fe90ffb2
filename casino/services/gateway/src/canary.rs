//! Payment's second release: a tenth of payment's requests, exactly every tenth, while it is well.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use casino_telemetry::call::{Answer, Ask, CallError, Service};
use casino_telemetry::{Request, Stop};
use http::Method;

use crate::balance::Balanced;

const EVERY: u64 = 10;
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Payment, in one or two releases.
pub(crate) struct Payment {
    stable: Balanced,
    canary: Option<Service>,
    canary_is_well: AtomicBool,
    count: AtomicU64,
}

impl Payment {
    pub(crate) fn new(stable: Balanced, canary: Option<Service>) -> Arc<Self> {
        Arc::new(Self {
            stable,
            canary,
            canary_is_well: AtomicBool::new(false),
            count: AtomicU64::new(0),
        })
    }

    /// Looks after the canary until `stop`: it is only there while its fault is on.
    pub(crate) fn watch(self: &Arc<Self>, stop: Stop) {
        let Some(canary) = self.canary.clone() else { return };
        let payment = self.clone();
        tokio::spawn(async move {
            let mut clock = tokio::time::interval(LOOK_EVERY);
            loop {
                tokio::select! {
                    _ = clock.tick() => payment.look(&canary).await,
                    () = stop.wait() => break,
                }
            }
        });
    }

    async fn look(&self, canary: &Service) {
        let ask = Ask { method: Method::GET, path: "/health".to_owned(), ..Ask::default() };
        let well = canary.ask(ask).await.is_ok_and(|answer| answer.status.is_success());
        if self.canary_is_well.swap(well, Ordering::Relaxed) != well {
            casino_telemetry::info!("the canary of payment has changed", well = well);
        }
    }

    pub(crate) async fn ask(&self, ask: Ask) -> Result<Answer, CallError> {
        let Some(canary) = self.chosen() else { return self.stable.ask(ask).await };
        if let Some(request) = Request::current() {
            request.tag("canary", "payment");
        }
        match canary.ask(ask.clone()).await {
            Err(error) if error.is_unasked() => {
                self.canary_is_well.store(false, Ordering::Relaxed);
                self.stable.ask(ask).await
            }
            result => result,
        }
    }

    fn chosen(&self) -> Option<&Service> {
        let canary =
            self.canary.as_ref().filter(|_| self.canary_is_well.load(Ordering::Relaxed))?;
        (self.count.fetch_add(1, Ordering::Relaxed) % EVERY == EVERY - 1).then_some(canary)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tenth_request_goes_to_a_canary_that_is_well() {
        let address = ["http://127.0.0.1:9".to_owned()];
        let stable = Balanced::new("payment", &address, LOOK_EVERY).unwrap();
        let canary = Service::new("payment", "http://127.0.0.1:9", LOOK_EVERY).unwrap();
        let payment = Payment::new(stable, Some(canary));
        assert!((0..100).all(|_| payment.chosen().is_none()), "it is not well yet");
        payment.canary_is_well.store(true, Ordering::Relaxed);
        let chosen = (0..1000).filter(|_| payment.chosen().is_some()).count();
        assert_eq!(chosen, 100);
    }
}
