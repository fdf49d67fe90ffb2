//! The load generator against a casino that only counts: what it says afterwards must be what was asked.

#![expect(clippy::unwrap_used, reason = "tests may be blunt")]

mod casino;

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use casino::Casino;

fn players(casino: &Casino, more: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_casino-players"))
        .args(["--gateway", &casino.address, "--seed", "7", "--hasty"])
        .args(more)
        .env_remove("SENTRY_DSN")
        .env_remove("CASINO_SEED")
        .env_remove("CASINO_FLAGS")
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

async fn end(mut child: Child, within: Duration) {
    let until = Instant::now() + within;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{status}");
            return;
        }
        assert!(Instant::now() < until, "it does not end");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn read(path: &std::path::Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    std::fs::remove_file(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn file(name: &str) -> std::path::PathBuf {
    std::env::temp_dir().join(format!("casino-players-{name}-{}.json", std::process::id()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_it_says_is_what_was_asked() {
    let casino = Casino::start().await;
    let (truth, summary) = (file("truth"), file("summary"));
    let options = [
        "--rate",
        "150",
        "--for",
        "4s",
        "--truth",
        truth.to_str().unwrap(),
        "--summary",
        summary.to_str().unwrap(),
    ];
    end(players(&casino, &options), Duration::from_secs(45)).await;
    let summary = read(&summary).remove(0);
    let asked = casino.counts();
    for (kind, count) in &asked {
        let said = summary["kinds"][kind]["count"].as_u64().unwrap_or_default();
        assert_eq!(said, *count, "{kind} in {summary:#}");
    }
    assert_eq!(summary["requests"].as_u64(), Some(asked.values().sum()));
    assert!(
        [
            "spin",
            "login",
            "lobby",
            "index",
            "roulette",
            "blackjack_deal",
            "deposit",
            "table",
            "table_bet"
        ]
        .iter()
        .all(|kind| asked.contains_key(kind)),
        "{asked:?}"
    );
    let money = casino.money();
    assert_eq!(summary["money"]["EUR"]["staked_minor"], money.staked);
    assert_eq!(summary["money"]["EUR"]["won_minor"], money.won);
    assert_eq!(summary["money"]["EUR"]["deposited_minor"], money.deposited);
    assert_eq!(summary["payment_failures"]["total"], money.declined);
    assert!(money.declined > 0 && money.won > 0);
    let lines = read(&truth);
    assert_eq!(lines.first().unwrap()["type"], "start");
    assert_eq!(lines.last().unwrap()["type"], "summary");
    let requests = lines.iter().filter(|line| line["type"] == "request").count();
    assert_eq!(u64::try_from(requests).unwrap(), asked.values().sum::<u64>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_stops_it_and_it_still_says_what_was() {
    let casino = Casino::start().await;
    let summary = file("stopped");
    let child = players(&casino, &["--rate", "20", "--summary", summary.to_str().unwrap()]);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
    end(child, Duration::from_secs(5)).await;
    let summary = read(&summary).remove(0);
    assert_eq!(summary["stopped"], true);
    assert!(summary["requests"].as_u64().unwrap() > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_casino_that_is_away_is_counted_and_not_fatal() {
    let casino = Casino { address: "http://127.0.0.1:9".to_owned(), ..Casino::start().await };
    let summary = file("away");
    end(
        players(&casino, &["--rate", "50", "--for", "2s", "--summary", summary.to_str().unwrap()]),
        Duration::from_secs(20),
    )
    .await;
    let summary = read(&summary).remove(0);
    assert_eq!(summary["errors"], summary["requests"]);
    assert!(summary["kinds"]["login"]["statuses"]["0"].as_u64().unwrap() > 0);
    assert!(
        summary["skipped"]["not logged in"].as_u64().unwrap_or_default()
            + summary["requests"].as_u64().unwrap()
            > 50
    );
}
