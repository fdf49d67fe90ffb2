//! The whole gateway between a client and services that say what they were asked.

mod fakes;
mod tables;

use std::time::Duration;

use serde_json::{Value, json};

use self::fakes::{Casino, casino, casino_with};
use crate::token::tests::token;

async fn body(answer: reqwest::Response) -> (u16, Value) {
    (answer.status().as_u16(), answer.json().await.unwrap())
}

impl Casino {
    fn get(&self, path: &str, role: &str) -> reqwest::RequestBuilder {
        self.client.get(format!("{}{path}", self.url)).bearer_auth(token("secret", role, 60))
    }

    fn post(&self, path: &str, body: &Value) -> reqwest::RequestBuilder {
        let request = self.client.post(format!("{}{path}", self.url)).json(body);
        request.bearer_auth(token("secret", "player", 60))
    }
}

#[tokio::test]
async fn a_spin_is_admitted_and_then_played() {
    let casino = casino().await;
    let spin = casino.post("/api/games/slot/spin", &json!({ "stake_minor": 100 }));
    let spin =
        spin.header("x-casino-player", "p-999999").header("x-casino-fault", "providerSlow=off");
    let (status, said) = body(spin.send().await.unwrap()).await;
    assert_eq!((status, said["asked"].as_str()), (200, Some("POST /slot/spin")));
    assert_eq!(said["body"], json!({ "stake_minor": 100 }));
    let headers = &said["headers"];
    assert_eq!(headers["x-casino-player"], "p-000123", "nobody may say who he is");
    assert_eq!(
        (headers["x-casino-market"].as_str(), headers["x-casino-pays"].as_str()),
        (Some("de"), Some("wallet"))
    );
    assert_eq!(headers["x-casino-fault"], "providerSlow=off");
    assert!(headers.get("authorization").is_none(), "the token stays at the gateway");
    assert_eq!(casino.asked(), ["POST /players/p-000123/admission", "POST /slot/spin"]);
}

#[tokio::test]
async fn who_is_not_admitted_does_not_play() {
    let casino = casino().await;
    casino.admit(json!({ "allowed": false, "reason": "blocked" }));
    let (status, said) =
        body(casino.post("/api/games/blackjack/deal", &json!({})).send().await.unwrap()).await;
    assert_eq!(
        (status, said["error"]["code"].as_str(), said["error"]["reason"].as_str()),
        (403, Some("not_admitted"), Some("blocked"))
    );
    assert_eq!(casino.asked(), ["POST /players/p-000123/admission"]);
}

#[tokio::test]
async fn tokens_and_roles_are_checked() {
    let casino = casino().await;
    let (status, said) =
        body(casino.client.get(format!("{}/api/lobby", casino.url)).send().await.unwrap()).await;
    assert_eq!((status, said["error"]["code"].as_str()), (401, Some("token_missing")));
    let (status, _) = body(casino.get("/api/admin/players", "player").send().await.unwrap()).await;
    assert_eq!(status, 403);
    let (status, said) =
        body(casino.get("/api/admin/players?search=a&limit=2", "admin").send().await.unwrap())
            .await;
    assert_eq!((status, said["asked"].as_str()), (200, Some("GET /players?search=a&limit=2")));
    assert_eq!(said["headers"]["x-casino-role"], "admin");
}

#[tokio::test]
async fn addresses_lead_where_they_should() {
    let casino = casino().await;
    for (outside, inside) in [
        ("/api/me", "GET /players/p-000123/account"),
        ("/api/payments?limit=3", "GET /payments?limit=3"),
        ("/api/payments/abc-1", "GET /payments/abc-1"),
        ("/api/games/rounds/r-1", "GET /rounds/r-1"),
        ("/api/analytics/summary", "GET /summary"),
        ("/api/assets/slot.svg", "GET /assets/slot.svg"),
    ] {
        let (status, said) = body(casino.get(outside, "player").send().await.unwrap()).await;
        assert_eq!((status, said["asked"].as_str()), (200, Some(inside)), "{outside}");
    }
    for nowhere in
        ["/api/payments/%2e%2e", "/api/payments/a%2Fb", "/api/nothing", "/api/assets/..%2f.svg"]
    {
        let (status, said) = body(casino.get(nowhere, "player").send().await.unwrap()).await;
        assert_eq!((status, said["error"]["code"].as_str()), (404, Some("not_found")), "{nowhere}");
    }
}

#[tokio::test]
async fn a_player_who_asks_too_often_is_told_when_to_come_again() {
    let casino = casino_with(&[("CASINO_RATE_PLAYER", "2")]).await;
    let mut statuses = Vec::new();
    for _ in 0..6 {
        let answer = casino.get("/api/lobby", "player").send().await.unwrap();
        if answer.status() == 429 {
            assert_eq!(answer.headers()["retry-after"], "1");
        }
        statuses.push(answer.status().as_u16());
    }
    assert_eq!(statuses[..4], [200; 4]);
    assert!(statuses[4..].contains(&429), "{statuses:?}");
}

#[tokio::test]
async fn an_address_that_asks_too_often_is_told_too() {
    let casino = casino_with(&[("CASINO_RATE_ADDRESS", "1")]).await;
    let ask = || {
        casino
            .client
            .get(format!("{}/api/flags", casino.url))
            .header("x-forwarded-for", "203.0.113.7")
    };
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(ask().send().await.unwrap().status().as_u16());
    }
    assert_eq!(statuses, [200, 200, 429, 429]);
    let from_here = casino.client.get(format!("{}/api/flags", casino.url)).send().await.unwrap();
    assert_eq!(from_here.status(), 200);
}

#[tokio::test]
async fn large_bodies_are_refused() {
    let casino = casino().await;
    let large = json!({ "document": "x".repeat(300 << 10) });
    let (status, said) = body(casino.post("/api/me/kyc", &large).send().await.unwrap()).await;
    assert_eq!((status, said["error"]["code"].as_str()), (413, Some("too_large")));
    assert!(casino.asked().is_empty());
}

#[tokio::test]
async fn a_service_that_is_away_is_named_and_another_address_helps() {
    let nobody = "http://127.0.0.1:9";
    let casino = casino_with(&[
        ("CASINO_PAYMENT_URL", nobody),
        ("CASINO_ENGINE_URL", &format!("{nobody},SERVICES")),
    ])
    .await;
    let (status, said) = body(casino.get("/api/payments", "player").send().await.unwrap()).await;
    assert_eq!((status, said["error"]["code"].as_str()), (503, Some("payment_unavailable")));
    for _ in 0..3 {
        let (status, _) =
            body(casino.get("/api/games/rounds/r-1", "player").send().await.unwrap()).await;
        assert_eq!(status, 200);
    }
}

#[tokio::test]
async fn errors_of_services_go_on_as_they_are() {
    let casino = casino().await;
    let (status, said) =
        body(casino.post("/api/payments/withdraw", &json!({})).send().await.unwrap()).await;
    assert_eq!(
        (status, said),
        (403, json!({ "error": { "code": "kyc_required", "message": "no", "reason": "kyc" } }))
    );
}

#[tokio::test]
async fn a_tenth_of_payments_goes_to_the_canary() {
    let casino = casino_with(&[("CASINO_PAYMENT_CANARY_URL", "CANARY")]).await;
    // The gateway looks at the canary's health before it sends anybody there.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut canary = 0;
    for _ in 0..30 {
        let (_, said) = body(casino.get("/api/payments", "player").send().await.unwrap()).await;
        canary += usize::from(said["canary"] == true);
    }
    assert_eq!(canary, 3);
}

#[tokio::test]
async fn pages_are_told_their_settings_and_flags() {
    let casino = casino_with(&[
        ("CASINO_ADMIN_DSN", "http://key@here/9"),
        ("CASINO_PITWATCH_URL", "http://pitwatch"),
    ])
    .await;
    let answer =
        casino.client.get(format!("{}/api/config?page=admin", casino.url)).send().await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let (_, said) = body(answer).await;
    assert_eq!(
        (said["dsn"].as_str(), said["pitwatch"].as_str()),
        (Some("http://key@here/9"), Some("http://pitwatch"))
    );
    let flags = casino
        .client
        .get(format!("{}/api/flags", casino.url))
        .header("x-casino-fault", "adminLeak=10x");
    let (_, said) = body(flags.send().await.unwrap()).await;
    assert_eq!(said, json!({ "flags": { "adminLeak": 10, "angularError": false } }));
}

#[tokio::test]
async fn files_of_pages_are_served_with_the_right_headers() {
    let folder = std::env::temp_dir().join(format!("casino-pages-{}", std::process::id()));
    for (name, text) in [
        ("web/index.html", "web"),
        ("web/main-ABRDK5GG.js", "js"),
        ("admin/index.html", "admin"),
        ("secret.txt", "no"),
    ] {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let of = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let casino =
        casino_with(&[("CASINO_WEB_FILES", &of("web")), ("CASINO_ADMIN_FILES", &of("admin"))])
            .await;
    for (path, status, text, cache) in [
        ("/", 200, "web", "no-cache"),
        ("/slot", 200, "web", "no-cache"),
        ("/payments/abc-1", 200, "web", "no-cache"),
        ("/main-ABRDK5GG.js", 200, "js", "public, max-age=31536000, immutable"),
        ("/admin/", 200, "admin", "no-cache"),
        ("/admin/players/3", 200, "admin", "no-cache"),
    ] {
        let answer = casino.client.get(format!("{}{path}", casino.url)).send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["cache-control"]),
            (status, &cache.parse().unwrap()),
            "{path}"
        );
        assert_eq!(answer.headers()["document-policy"], "js-profiling");
        assert_eq!(answer.text().await.unwrap(), text, "{path}");
    }
    for path in ["/missing.js", "/%2e%2e/secret.txt", "/..%2fsecret.txt"] {
        let answer = casino.client.get(format!("{}{path}", casino.url)).send().await.unwrap();
        assert_ne!(answer.text().await.unwrap(), "no", "{path}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
