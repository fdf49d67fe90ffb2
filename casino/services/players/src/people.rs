//! The synthetic people: where they come from, what they hold, and who comes back.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::sync::{Mutex, PoisonError};

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use tokio::sync::SetOnce;

const MARKETS: [&str; 5] = ["de", "es", "pt", "se", "uk"];
/// Of a hundred who log in.
const RETURNING: u32 = 40;
/// So many are remembered to come back.
const MOST_KNOWN: usize = 2000;

/// What a login gave.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) token: String,
    pub(crate) player: String,
    pub(crate) currency: String,
    pub(crate) verified: bool,
}

impl Session {
    /// From the answer to a login.
    pub(crate) fn of(answer: &Value) -> Option<Self> {
        let player = answer.get("player")?;
        let text = |from: &Value, name: &str| from.get(name)?.as_str().map(str::to_owned);
        Some(Self {
            token: text(answer, "token")?,
            player: text(player, "id")?,
            currency: text(answer, "currency").or_else(|| text(player, "currency"))?,
            verified: text(player, "kyc").as_deref() == Some("verified"),
        })
    }
}

/// Somebody at a seat. Actions wait for the login to end.
pub(crate) struct Person {
    pub(crate) market: &'static str,
    pub(crate) device: String,
    pub(crate) address: Ipv4Addr,
    pub(crate) is_bot: bool,
    pub(crate) session: SetOnce<Option<Session>>,
}

impl Person {
    /// An ordinary player: an address of the range for benchmarks, a device of his own.
    pub(crate) fn new(rng: &mut ChaCha8Rng) -> Self {
        let address =
            Ipv4Addr::new(198, rng.random_range(18..20), rng.random(), rng.random_range(1..255));
        let kind = ["phone", "desktop", "tablet"][rng.random_range(0..3)];
        Self {
            market: MARKETS[rng.random_range(0..MARKETS.len())],
            device: format!("{kind}-{:08x}", rng.random::<u32>()),
            address,
            is_bot: false,
            session: SetOnce::new(),
        }
    }

    /// One of a farm: all in one small network, on three devices.
    pub(crate) fn bot(rng: &mut ChaCha8Rng) -> Self {
        Self {
            address: Ipv4Addr::new(203, 0, 113, rng.random_range(1..255)),
            device: format!("headless-{}", rng.random_range(0..3)),
            is_bot: true,
            ..Self::new(rng)
        }
    }
}

/// Players of this run, some of whom come back.
#[derive(Default)]
pub(crate) struct Known {
    ids: Mutex<VecDeque<(String, &'static str)>>,
}

impl Known {
    /// He may come back.
    pub(crate) fn remember(&self, player: &str, market: &'static str) {
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        if ids.len() >= MOST_KNOWN {
            ids.pop_front();
        }
        ids.push_back((player.to_owned(), market));
    }

    /// Who comes back this time, if anybody.
    pub(crate) fn returning(&self, rng: &mut ChaCha8Rng) -> Option<(String, &'static str)> {
        if rng.random_range(0..100) >= RETURNING {
            return None;
        }
        let ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        (!ids.is_empty())
            .then(|| rng.random_range(0..ids.len()))
            .and_then(|chosen| ids.get(chosen).cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;
    use serde_json::json;

    #[test]
    fn a_login_is_read() {
        let answer = json!({ "token": "t", "currency": "SEK", "balance_minor": 1, "player": { "id": "p-1", "kyc": "verified" } });
        let session = Session::of(&answer).unwrap();
        assert!(session.verified && session.player == "p-1" && session.currency == "SEK");
        assert!(Session::of(&json!({ "error": {} })).is_none());
    }

    #[test]
    fn bots_share_a_network_and_people_do_not() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let bots: Vec<Person> = (0..50).map(|_| Person::bot(&mut rng)).collect();
        assert!(bots.iter().all(|bot| bot.is_bot && bot.address.octets()[..3] == [203, 0, 113]));
        let people: std::collections::HashSet<_> =
            (0..50).map(|_| Person::new(&mut rng).address).collect();
        assert!(people.len() > 45);
    }

    #[test]
    fn those_who_come_back_were_here() {
        let (known, mut rng) = (Known::default(), ChaCha8Rng::seed_from_u64(1));
        assert!((0..100).all(|_| known.returning(&mut rng).is_none()));
        (0..MOST_KNOWN + 10).for_each(|number| known.remember(&format!("p-{number}"), "de"));
        let back = (0..1000).filter_map(|_| known.returning(&mut rng)).count();
        assert!((340..460).contains(&back), "{back}");
    }
}
