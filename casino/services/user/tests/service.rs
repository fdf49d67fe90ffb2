//! The real user service against a real PostgreSQL and Redis, with a wallet that only says what it was asked.
//!
//! Needs `CASINO_POSTGRES` and `CASINO_REDIS`; without them it says so and passes.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may be blunt")]

use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

type Seen = Arc<Mutex<Vec<String>>>;

const FLAGS: &str = r#"{"flags": {
    "userBalanceMissingIndex": {"state": "ENABLED", "variants": {"off": 0, "500ms": 500}, "defaultVariant": "off"},
    "lobbyNPlusOne": {"state": "ENABLED", "variants": {"off": false, "on": true}, "defaultVariant": "off"},
    "panicUser": {"state": "ENABLED", "variants": {"off": false, "on": true}, "defaultVariant": "off"}
}}"#;

async fn wallet(State(seen): State<Seen>, request: Request) -> Json<Value> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 16).await.unwrap();
    seen.lock().unwrap().push(format!(
        "{} {} {}",
        parts.method,
        parts.uri,
        String::from_utf8_lossy(&body)
    ));
    Json(json!({ "balance_minor": 1_000_000, "reserved_minor": 0 }))
}

struct Service {
    url: String,
    client: reqwest::Client,
    seen: Seen,
    child: Child,
}

impl Service {
    async fn start(postgres: &str, redis: &str) -> Self {
        let seen = Seen::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let wallet_url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(wallet).with_state(seen.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let flags =
            std::env::temp_dir().join(format!("casino-user-flags-{}.json", std::process::id()));
        std::fs::write(&flags, FLAGS).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_casino-user"))
            .env_remove("SENTRY_DSN")
            .env("CASINO_LISTEN", free.to_string())
            .env("CASINO_POSTGRES", postgres)
            .env("CASINO_REDIS", redis)
            .env("CASINO_WALLET_URL", wallet_url)
            .env("CASINO_TOKEN_SECRET", "secret")
            .env("CASINO_FLAGS", flags)
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let service =
            Self { url: format!("http://{free}"), client: reqwest::Client::new(), seen, child };
        for _ in 0..300 {
            if service.client.get(format!("{}/health", service.url)).send().await.is_ok() {
                return service;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the service does not start");
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> (u16, Value) {
        self.send(self.client.get(format!("{}{path}", self.url)), headers).await
    }

    async fn post(&self, path: &str, body: Value, headers: &[(&str, &str)]) -> (u16, Value) {
        self.send(self.client.post(format!("{}{path}", self.url)).json(&body), headers).await
    }

    async fn send(
        &self,
        mut request: reqwest::RequestBuilder,
        headers: &[(&str, &str)],
    ) -> (u16, Value) {
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }
}

#[tokio::test]
async fn players_come_and_play() {
    let (Ok(postgres), Ok(redis)) =
        (std::env::var("CASINO_POSTGRES"), std::env::var("CASINO_REDIS"))
    else {
        eprintln!("SKIPPED: CASINO_POSTGRES and CASINO_REDIS are not set");
        return;
    };
    let mut service = Service::start(&postgres, &redis).await;
    let guest = a_guest_gets_a_present_once(&service).await;
    residents_and_strangers(&service).await;
    documents_are_decided(&service, &guest).await;
    admission_is_slow_under_its_flag(&service, &guest).await;
    the_lobby_counts_players(&service, &guest).await;
    a_panic_is_an_answer(&service, &guest).await;
    only_admins_see_all(&service, &guest).await;
    it_stops_when_it_is_told(&mut service).await;
}

async fn a_guest_gets_a_present_once(service: &Service) -> String {
    let wish = json!({ "market": "se", "device": "phone" });
    let (status, said) = service.post("/sessions", wish, &[]).await;
    assert_eq!(
        (status, said["balance_minor"].as_i64(), said["currency"].as_str()),
        (200, Some(1_000_000), Some("SEK"))
    );
    let player = &said["player"];
    assert_eq!(
        (player["market"].as_str(), player["kyc"].as_str(), player["pays"].as_str()),
        (Some("se"), Some("none"), Some("per_spin"))
    );
    assert_eq!(said["token"].as_str().unwrap().split('.').count(), 3);
    let id = player["id"].as_str().unwrap().to_owned();
    let (status, _) = service.post("/sessions", json!({ "player": id }), &[]).await;
    assert_eq!(status, 200);
    let (status, me) = service.get(&format!("/players/{id}/account"), &[]).await;
    assert_eq!(
        (status, me["player"]["id"].as_str(), me["reserved_minor"].as_i64()),
        (200, Some(id.as_str()), Some(0))
    );
    let seen = service.seen.lock().unwrap().clone();
    assert_eq!(seen.len(), 3, "{seen:?}");
    assert!(
        seen[0].starts_with("POST /postings") && seen[0].contains(r#""kind":"bonus""#),
        "{seen:?}"
    );
    assert!(
        seen[1..].iter().all(|it| it.starts_with(&format!("GET /accounts/{id}?currency=SEK"))),
        "{seen:?}"
    );
    id
}

async fn residents_and_strangers(service: &Service) {
    let (status, said) = service.post("/sessions", json!({ "player": "p-000123" }), &[]).await;
    assert_eq!((status, said["player"]["pays"].as_str()), (200, Some("wallet")));
    let (status, said) = service.post("/sessions", json!({ "player": "p-999999" }), &[]).await;
    assert_eq!((status, said["error"]["code"].as_str()), (404, Some("not_found")));
    for wrong in [json!({ "market": "fr" }), json!({ "device": "<b>" }), json!([])] {
        let (status, said) = service.post("/sessions", wrong, &[]).await;
        assert_eq!((status, said["error"]["code"].as_str()), (400, Some("invalid")));
    }
}

async fn documents_are_decided(service: &Service, guest: &str) {
    let path = format!("/players/{guest}/kyc");
    for (document, expected) in [("rejected-passport", "rejected"), ("passport", "verified")] {
        let (status, player) = service.post(&path, json!({ "document": document }), &[]).await;
        assert_eq!((status, player["kyc"].as_str()), (200, Some("submitted")));
        let until = Instant::now() + Duration::from_secs(10);
        loop {
            let (_, player) = service.get(&format!("/players/{guest}"), &[]).await;
            if player["kyc"] == expected {
                break;
            }
            assert!(Instant::now() < until, "still {}", player["kyc"]);
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
    let (_, player) = service.post(&path, json!({ "document": "rejected-passport" }), &[]).await;
    assert_eq!(player["kyc"], "verified", "who is verified stays so");
}

async fn admission_is_slow_under_its_flag(service: &Service, guest: &str) {
    let path = format!("/players/{guest}/admission");
    let slot = || json!({ "game": "slot" });
    let (status, said) = service.post(&path, slot(), &[]).await;
    assert_eq!((status, said), (200, json!({ "allowed": true, "balance_minor": 1_000_000 })));
    let began = Instant::now();
    let fault = ("x-casino-fault", "userBalanceMissingIndex=500ms");
    let (status, said) = service.post(&path, slot(), &[fault]).await;
    let took = began.elapsed();
    assert_eq!((status, said), (200, json!({ "allowed": true, "balance_minor": 1_000_000 })));
    assert!(took >= Duration::from_millis(490), "{took:?}");
    let (status, _) = service.post("/players/p-999999/admission", slot(), &[fault]).await;
    assert_eq!(status, 404);
    let (status, _) = service.post(&path, json!({ "game": "chess" }), &[]).await;
    assert_eq!(status, 404);
}

async fn the_lobby_counts_players(service: &Service, guest: &str) {
    for fault in ["lobbyNPlusOne=off", "lobbyNPlusOne=on"] {
        let headers = [("x-casino-fault", fault), ("x-casino-player", guest)];
        let (status, said) = service.get("/lobby", &headers).await;
        let games = said["games"].as_array().unwrap();
        assert_eq!(
            (status, games.len(), games[0]["id"].as_str()),
            (200, 12, Some("slot")),
            "{fault}"
        );
        assert!(games[0]["players"].as_i64().unwrap() >= 1, "{fault}: {}", games[0]);
        assert!((games[0]["rtp"].as_f64().unwrap() - 10117.0 / 10648.0).abs() < 1e-12);
    }
}

async fn a_panic_is_an_answer(service: &Service, guest: &str) {
    let path = format!("/players/{guest}");
    let (status, said) = service.get(&path, &[("x-casino-fault", "panicUser=on")]).await;
    assert_eq!((status, said["error"]["code"].as_str()), (500, Some("internal")));
    assert_eq!(service.get(&path, &[]).await.0, 200);
}

async fn only_admins_see_all(service: &Service, guest: &str) {
    assert_eq!(service.get("/players", &[("x-casino-role", "player")]).await.0, 403);
    let (status, said) = service
        .get(&format!("/players?search={guest}&limit=5"), &[("x-casino-role", "admin")])
        .await;
    let players = said["players"].as_array().unwrap();
    assert_eq!((status, players.len()), (200, 1));
    assert_eq!(
        (players[0]["id"].as_str(), players[0]["balance_minor"].as_i64()),
        (Some(guest), Some(1_000_000))
    );
    let (_, said) = service.get("/players?limit=7", &[("x-casino-role", "admin")]).await;
    assert_eq!(said["players"].as_array().unwrap().len(), 7);
}

async fn it_stops_when_it_is_told(service: &mut Service) {
    let id = service.child.id().unwrap().to_string();
    let told = Command::new("kill").args(["-TERM", &id]).status().await.unwrap();
    assert!(told.success());
    let ended = tokio::time::timeout(Duration::from_secs(5), service.child.wait()).await;
    assert!(matches!(ended, Ok(Ok(status)) if status.success()), "within five seconds: {ended:?}");
}
