//! 20,000 operations, doubled, out of order and dropped, while the wallet is killed again and again.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::deliveries::{Counts, Delivery, Way, deliveries, operations};
use crate::model::{Expected, Operation, Player};
use crate::server::{Database, Server};

const OPERATIONS: usize = 20_000;
const PLAYERS: usize = 160;
const WORKERS: usize = 16;
const KILLS: usize = 12;
const SEED: u64 = 20_000;
/// A wallet that was killed is back long before.
const PATIENCE: Duration = Duration::from_secs(30);

/// Somebody who plays, as this test and as the wallet sees him.
struct Seat {
    player: String,
    currency: &'static str,
    model: Player,
    queue: std::vec::IntoIter<Delivery>,
    posting_ids: HashMap<(&'static str, Uuid), String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_six_invariants_hold_through_duplicates_drops_disorder_and_kills() {
    let Some(database) = crate::database("storm").await else { return };
    let mut server = Server::start(&database).await;
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let (seats, counts) = seats(&mut rng);
    let sent = Arc::new(AtomicUsize::new(0));
    let began = Instant::now();
    let work = tokio::spawn(work_all(seats, server.address(), sent.clone()));
    for kill in kill_points(&mut rng) {
        while sent.load(Ordering::Relaxed) < kill && !work.is_finished() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        server.crash().await;
        // Also in the middle of everything, from one snapshot.
        assert_holds(&server.check().await);
    }
    let seats = work.await.unwrap();
    println!(
        "{} requests for {OPERATIONS} operations ({} doubled, {} out of order, {} dropped), {KILLS} kills, {:?}",
        sent.load(Ordering::Relaxed),
        counts.doubled,
        counts.reordered,
        counts.dropped,
        began.elapsed()
    );
    assert_conserved(&server, &database, &seats).await;
    drop(server);
    database.drop().await;
}

fn seats(rng: &mut ChaCha8Rng) -> (Vec<Seat>, Counts) {
    let mut counts = Counts::default();
    let seats = (0..PLAYERS)
        .map(|number| {
            let planned = operations(rng, OPERATIONS / PLAYERS);
            let (queue, here) = deliveries(rng, planned);
            counts.add(here);
            Seat {
                player: format!("t-{number:06}"),
                currency: if number % 4 == 0 { "SEK" } else { "EUR" },
                model: Player::default(),
                queue: queue.into_iter(),
                posting_ids: HashMap::new(),
            }
        })
        .collect();
    (seats, counts)
}

fn kill_points(rng: &mut ChaCha8Rng) -> Vec<usize> {
    let mut points: Vec<usize> = (0..KILLS).map(|_| rng.random_range(100..OPERATIONS)).collect();
    points.sort_unstable();
    points
}

/// Sixteen at a time; each has ten players and goes from one to the next.
async fn work_all(seats: Vec<Seat>, address: String, sent: Arc<AtomicUsize>) -> Vec<Seat> {
    let mut groups: Vec<Vec<Seat>> = (0..WORKERS).map(|_| Vec::new()).collect();
    for (number, seat) in seats.into_iter().enumerate() {
        groups.get_mut(number % WORKERS).unwrap().push(seat);
    }
    let workers: Vec<_> = groups
        .into_iter()
        .map(|group| {
            let caller = Caller {
                client: reqwest::Client::new(),
                url: format!("{address}/postings"),
                sent: sent.clone(),
            };
            tokio::spawn(work(group, caller))
        })
        .collect();
    let mut seats = Vec::new();
    for worker in workers {
        seats.extend(worker.await.unwrap());
    }
    seats
}

async fn work(mut group: Vec<Seat>, caller: Caller) -> Vec<Seat> {
    let mut left = true;
    while left {
        left = false;
        for seat in &mut group {
            if let Some(delivery) = seat.queue.next() {
                left = true;
                deliver(seat, &delivery, &caller).await;
            }
        }
    }
    group
}

async fn deliver(seat: &mut Seat, delivery: &Delivery, caller: &Caller) {
    let operation = &delivery.operation;
    let body = body(seat, operation);
    let answers = match delivery.way {
        Way::Lost => return,
        Way::Sent => vec![caller.ask(&body).await],
        Way::Doubled => {
            let (first, second) = tokio::join!(caller.ask(&body), caller.ask(&body));
            vec![first, second]
        }
        Way::AnswerLost => {
            caller.abandon(&body).await;
            vec![caller.ask(&body).await]
        }
    };
    for answer in answers {
        let expected = seat.model.expect(operation);
        assert_answer(seat, operation, &expected, &answer);
    }
}

fn body(seat: &Seat, operation: &Operation) -> Value {
    json!({
        "request_uuid": operation.transaction,
        "provider": operation.provider,
        "transaction_uuid": operation.transaction,
        "kind": operation.kind,
        "player": seat.player,
        "currency": seat.currency,
        "amount_minor": operation.amount,
        "references": operation.references,
    })
}

fn assert_answer(seat: &mut Seat, operation: &Operation, expected: &Expected, answer: &Value) {
    let said = answer.get("error").unwrap_or(answer);
    let code = said.get("code").and_then(Value::as_str).unwrap_or("ok");
    assert_eq!(code, expected.code, "{} {operation:?} {answer}", seat.player);
    let Some((available, reserved)) = expected.balances else { return };
    assert_eq!(
        (&said["balance_minor"], &said["reserved_minor"]),
        (&json!(available), &json!(reserved)),
        "{operation:?}"
    );
    let id = said["posting_id"].as_str().unwrap().to_owned();
    let first = seat
        .posting_ids
        .entry((operation.kind, operation.transaction))
        .or_insert_with(|| id.clone());
    assert_eq!(*first, id, "a replay has the first answer");
    // Two at once: which of them was first is not known here.
    assert!(said["replayed"].is_boolean());
}

struct Caller {
    client: reqwest::Client,
    url: String,
    sent: Arc<AtomicUsize>,
}

impl Caller {
    /// Until there is an answer: connections break when the wallet is killed.
    async fn ask(&self, body: &Value) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            self.sent.fetch_add(1, Ordering::Relaxed);
            let sent = self
                .client
                .post(&self.url)
                .json(body)
                .timeout(Duration::from_secs(10))
                .send()
                .await;
            if let Ok(response) = sent
                && let status = response.status()
                && let Ok(answer) = response.json::<Value>().await
            {
                assert!(status == 200 || status == 409 || status == 503, "{status} {answer}");
                if status != 503 {
                    return answer;
                }
            }
            assert!(Instant::now() < until, "no answer");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Goes away while the wallet works, or before it began, or after it was done.
    async fn abandon(&self, body: &Value) {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let sent = self.client.post(&self.url).json(body).send();
        let moment = Duration::from_micros(
            u64::try_from(self.sent.load(Ordering::Relaxed) % 8).unwrap() * 700,
        );
        let _ = tokio::time::timeout(moment, sent).await;
    }
}

fn assert_holds(report: &Value) {
    let invariants =
        report["invariants"].as_array().unwrap_or_else(|| panic!("no report: {report}"));
    assert_eq!(invariants.len(), 6);
    assert!(invariants.iter().all(|one| one["ok"] == true), "{report:#}");
    assert_eq!(report["ok"], true);
}

/// The ledger and the model hold the same, to the unit.
async fn assert_conserved(server: &Server, database: &Database, seats: &[Seat]) {
    let report = server.check().await;
    assert_holds(&report);
    let client = database.client().await;
    let rows = client.query(
        "SELECT owner, side, balance_minor FROM ledger.accounts WHERE balance_minor IS NOT NULL",
        &[],
    );
    let stored: HashMap<(String, String), i64> =
        rows.await.unwrap().iter().map(|row| ((row.get(0), row.get(1)), row.get(2))).collect();
    for seat in seats {
        let of = |side: &str| {
            stored.get(&(seat.player.clone(), side.to_owned())).copied().unwrap_or_default()
        };
        assert_eq!((of("available"), of("reserved")), seat.model.balances(), "{}", seat.player);
    }
    let postings: i64 =
        client.query_one("SELECT count(*) FROM ledger.postings", &[]).await.unwrap().get(0);
    assert_eq!(
        usize::try_from(postings).unwrap(),
        seats.iter().map(|seat| seat.model.stored()).sum::<usize>()
    );
    for currency in ["EUR", "SEK"] {
        let of = |pick: fn(&Player) -> i64| -> i64 {
            seats
                .iter()
                .filter(|seat| seat.currency == currency)
                .map(|seat| pick(&seat.model))
                .sum()
        };
        assert_eq!(total(&report, currency, "house"), of(|player| player.house));
        assert_eq!(total(&report, currency, "fees"), of(|player| player.fees));
        assert_eq!(total(&report, currency, "provider"), of(|player| player.provider));
    }
}

fn total(report: &Value, currency: &str, what: &str) -> i64 {
    let totals = report["totals"].as_array().unwrap();
    let found = totals.iter().find(|total| total["currency"] == currency && total["what"] == what);
    found.map_or(0, |total| total["amount_minor"].as_i64().unwrap())
}
