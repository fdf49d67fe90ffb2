//! Services that answer with what they were asked, and a gateway in front of them.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::{Json, Router};
use casino_telemetry::flags::Flags;
use casino_telemetry::{Sayer, Stop, Trust, observe};
use serde_json::{Map, Value, json};

use super::tables;
use crate::doors::Gateway;
use crate::routes;
use crate::wishes::Wishes;

const FLAGS: &str = r#"{"flags": {
    "adminLeak": {"state": "ENABLED", "variants": {"off": 0, "10x": 10}, "defaultVariant": "off"},
    "angularError": {"state": "ENABLED", "variants": {"off": false, "on": true}, "defaultVariant": "off"}
}}"#;

#[derive(Clone)]
struct Fake {
    seen: Arc<Mutex<Vec<String>>>,
    admission: Arc<Mutex<Value>>,
    canary: bool,
}

pub(super) struct Casino {
    pub(super) url: String,
    pub(super) client: reqwest::Client,
    pub(super) sayer: Sayer,
    fake: Fake,
}

impl Casino {
    pub(super) fn asked(&self) -> Vec<String> {
        self.fake.seen.lock().unwrap().clone()
    }

    pub(super) fn admit(&self, answer: Value) {
        *self.fake.admission.lock().unwrap() = answer;
    }
}

async fn answer(State(fake): State<Fake>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().unwrap().to_string();
    let asked = format!("{} {path}", parts.method);
    if path == "/health" {
        return StatusCode::OK.into_response();
    }
    fake.seen.lock().unwrap().push(asked.clone());
    if path.ends_with("/admission") {
        return Json(fake.admission.lock().unwrap().clone()).into_response();
    }
    if path == "/payments/withdraw" {
        let error =
            json!({ "error": { "code": "kyc_required", "message": "no", "reason": "kyc" } });
        return (StatusCode::FORBIDDEN, Json(error)).into_response();
    }
    let text = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let headers: Map<String, Value> = parts
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().into()))
        .collect();
    let body: Value = serde_json::from_slice(&text).unwrap_or_default();
    Json(json!({ "asked": asked, "headers": headers, "body": body, "canary": fake.canary }))
        .into_response()
}

async fn listen(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    url
}

pub(super) async fn casino() -> Casino {
    casino_with(&[]).await
}

/// `SERVICES` and `CANARY` in a setting stand for the addresses of the fakes.
pub(super) async fn casino_with(settings: &[(&str, &str)]) -> Casino {
    let fake = Fake {
        seen: Arc::default(),
        admission: Arc::new(Mutex::new(json!({ "allowed": true, "balance_minor": 5 }))),
        canary: false,
    };
    let table = Router::new().route("/ws/tables/roulette", axum::routing::get(tables::engine));
    let services = listen(table.fallback(answer).with_state(fake.clone())).await;
    let canary = Fake { canary: true, ..fake.clone() };
    let canary = listen(Router::new().fallback(answer).with_state(canary)).await;
    let lookup = |name: &str| {
        let set =
            settings.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let set = set.map(|value| value.replace("SERVICES", &services).replace("CANARY", &canary));
        match name {
            "CASINO_TOKEN_SECRET" => Some("secret".to_owned()),
            "CASINO_USER_URL"
            | "CASINO_ENGINE_URL"
            | "CASINO_PAYMENT_URL"
            | "CASINO_ANALYTICS_URL" => set.or(Some(services.clone())),
            _ => set,
        }
    };
    let wishes = Wishes::from_lookup(&lookup).unwrap();
    let (sayer, stop) = Stop::by_hand();
    let flags = Flags::from_text(FLAGS, "gateway@1").unwrap();
    let gateway = Gateway::new(&wishes, flags, stop).unwrap();
    let url = listen(observe(routes::router(gateway, &wishes), Trust::Outside)).await;
    Casino { url, client: reqwest::Client::new(), sayer, fake }
}
