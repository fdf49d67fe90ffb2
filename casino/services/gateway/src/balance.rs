//! Several addresses of one service: in turn, without those that failed a moment ago.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use casino_telemetry::call::{Answer, Ask, CallError, Service};

/// How long an address that failed is left alone.
const REST: Duration = Duration::from_secs(5);
/// How many addresses are tried for one request.
const TRIES: usize = 3;

struct Target {
    service: Service,
    address: String,
    /// Milliseconds after `began` until which it rests; 0 for well.
    rests_until: AtomicU64,
}

/// A service behind one or more addresses.
pub(crate) struct Balanced {
    targets: Vec<Target>,
    next: AtomicUsize,
    began: Instant,
}

impl Balanced {
    pub(crate) fn new(
        name: &'static str,
        addresses: &[String],
        timeout: Duration,
    ) -> Result<Self, CallError> {
        let mut targets = Vec::new();
        for address in addresses {
            let service = Service::new(name, address, timeout)?;
            targets.push(Target {
                service,
                address: address.clone(),
                rests_until: AtomicU64::new(0),
            });
        }
        Ok(Self { targets, next: AtomicUsize::new(0), began: Instant::now() })
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// All addresses, beginning with whose turn it is; those that rest come last, as a last resort.
    fn in_turn(&self) -> Vec<&Target> {
        let first = self.next.fetch_add(1, Ordering::Relaxed) % self.targets.len().max(1);
        let now = self.now();
        let round = self.targets.iter().cycle().skip(first).take(self.targets.len());
        let (well, resting): (Vec<_>, Vec<_>) =
            round.partition(|target| target.rests_until.load(Ordering::Relaxed) <= now);
        well.into_iter().chain(resting).take(TRIES).collect()
    }

    /// Asks one. Another is asked only if the first surely knows nothing of it: money must not move twice.
    pub(crate) async fn ask(&self, ask: Ask) -> Result<Answer, CallError> {
        let mut last = None;
        for target in self.in_turn() {
            match target.service.ask(ask.clone()).await {
                Ok(answer) => {
                    target.rests_until.store(0, Ordering::Relaxed);
                    return Ok(answer);
                }
                Err(error) => {
                    self.rest(target, &error);
                    let again = error.is_unasked();
                    last = Some(error);
                    if !again {
                        break;
                    }
                }
            }
        }
        Err(last.unwrap_or(CallError::Unavailable {
            service: "nobody",
            reason: "there is no address".to_owned(),
            unasked: true,
        }))
    }

    fn rest(&self, target: &Target, error: &CallError) {
        let until = self.now() + u64::try_from(REST.as_millis()).unwrap_or_default();
        target.rests_until.store(until, Ordering::Relaxed);
        let (address, reason) = (target.address.as_str(), error.to_string());
        casino_telemetry::warning!(
            "an address does not answer",
            address = address,
            reason = reason
        );
    }

    /// The address for a connection that stays.
    pub(crate) fn address(&self) -> &str {
        self.in_turn().first().map_or("", |target| target.address.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Balanced {
        let addresses = ["http://a", "http://b", "http://c"].map(str::to_owned);
        Balanced::new("x", &addresses, REST).unwrap()
    }

    #[test]
    fn addresses_take_turns() {
        let balanced = three();
        let seen: Vec<_> = (0..4).map(|_| balanced.address().to_owned()).collect();
        assert_eq!(seen, ["http://a", "http://b", "http://c", "http://a"]);
    }

    #[test]
    fn who_failed_rests_and_is_the_last_resort() {
        let balanced = three();
        let error =
            CallError::Unavailable { service: "x", reason: "gone".to_owned(), unasked: true };
        balanced.rest(&balanced.targets[1], &error);
        let seen: Vec<_> = (0..6).map(|_| balanced.address().to_owned()).collect();
        assert!(!seen.contains(&"http://b".to_owned()), "{seen:?}");
        let order: Vec<_> = balanced.in_turn().iter().map(|it| it.address.as_str()).collect();
        assert_eq!(order.last(), Some(&"http://b"));
        for target in &balanced.targets {
            balanced.rest(target, &error);
        }
        assert!(!balanced.address().is_empty(), "with all away somebody is asked");
    }
}
