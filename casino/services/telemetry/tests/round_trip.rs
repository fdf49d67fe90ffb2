//! One request through two services, with a real client of the SDK that keeps what it would send.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may be blunt")]

use std::sync::Arc;
use std::time::Duration;

use axum::routing::{get, post};
use axum::{Json, Router};
use casino_telemetry::call::{CallError, Service};
use casino_telemetry::flags::Flags;
use casino_telemetry::{ApiError, Request, Trust, observe};
use sentry::protocol::{Context, EnvelopeItem, Event, Transaction};
use sentry::test::TestTransport;
use sentry::{ClientOptions, Hub, TransactionOrSpan};
use serde_json::{Value, json};

const TRACE: &str = "771a43a4192642f0b136d5159a501700";
const FLAGS: &str = r#"{"flags": {"slow": {"state": "ENABLED", "variants": {"off": 0, "500ms": 500}, "defaultVariant": "off"}}}"#;

async fn listen(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// Answers with the headers it got.
async fn inner() -> String {
    let flags = Flags::from_text(FLAGS, "inner@1").unwrap();
    let seen = async move |headers: http::HeaderMap| {
        let slow = flags.number("slow");
        let headers: serde_json::Map<String, Value> = headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().into()))
            .collect();
        Json(json!({ "headers": headers, "slow": slow }))
    };
    let broken = async || -> Result<(), ApiError> { panic!("a table without legs") };
    let refuses = async || {
        ApiError::new(http::StatusCode::PAYMENT_REQUIRED, "payment_failed", "declined")
            .with("reason", "card")
    };
    let router = Router::new()
        .route("/seen/{id}", get(seen))
        .route("/broken", get(broken))
        .route("/refuses", post(refuses));
    listen(observe(router, Trust::Inside)).await
}

async fn outer(inner: Service) -> String {
    let gone = Service::new("wallet", "http://127.0.0.1:9", Duration::from_secs(1)).unwrap();
    let (seen, refuses) = (inner.clone(), inner);
    let router = Router::new()
        .route(
            "/seen",
            get(async move || {
                Ok::<_, ApiError>(Json(seen.get::<Value>("/seen/7?token=secret").await?))
            }),
        )
        .route(
            "/refused",
            get(async move || {
                Ok::<_, ApiError>(Json(refuses.post::<_, Value>("/refuses", &json!({})).await?))
            }),
        )
        .route("/gone", get(async move || Ok::<_, ApiError>(Json(gone.get::<Value>("/x").await?))));
    listen(observe(router, Trust::Inside)).await
}

fn sent(transport: &TestTransport) -> (Vec<Transaction<'static>>, Vec<Event<'static>>) {
    let (mut transactions, mut events) = (Vec::new(), Vec::new());
    for envelope in transport.fetch_and_clear_envelopes() {
        for item in envelope.into_items() {
            match item {
                EnvelopeItem::Transaction(transaction) => transactions.push(*transaction),
                EnvelopeItem::Event(event) => events.push(*event),
                _ => {}
            }
        }
    }
    (transactions, events)
}

fn trace_of(contexts: &sentry::protocol::Map<String, Context>) -> String {
    match contexts.get("trace") {
        Some(Context::Trace(trace)) => trace.trace_id.to_string(),
        other => panic!("no trace: {other:?}"),
    }
}

fn start() -> Arc<TestTransport> {
    let transport = TestTransport::new();
    let options = ClientOptions::new()
        .dsn("http://public@127.0.0.1:9/1")
        .traces_sample_rate(1.0)
        .transport(transport.clone());
    let client = sentry::Client::from(sentry::apply_defaults(options));
    Hub::main().bind_client(Some(Arc::new(client)));
    transport
}

/// One test: there is one main hub.
#[test]
fn a_request_through_two_services() {
    let transport = start();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let inner = Service::new("inner", &inner().await, Duration::from_secs(5)).unwrap();
        let outer = outer(inner.clone()).await;
        the_trace_and_the_player_go_along(&outer, &transport).await;
        a_service_that_is_away_is_named(&outer, &transport).await;
        a_refusal_goes_on_as_it_is(&outer, &transport).await;
        a_panic_is_an_answer_and_an_event(&inner, &transport).await;
        work_in_the_background_is_a_transaction(&transport).await;
    });
}

async fn ask(url: &str) -> (u16, Value) {
    let client = reqwest::Client::new();
    let answer = client
        .get(url)
        .header("sentry-trace", format!("{TRACE}-7d2b2d1c5f9e4a10-1"))
        .header("baggage", "sentry-trace_id=x,other=1")
        .header("x-casino-player", "p-000123")
        .header("x-casino-market", "de")
        .header("x-casino-fault", "slow=500ms")
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn the_trace_and_the_player_go_along(outer: &str, transport: &TestTransport) {
    let (status, body) = ask(&format!("{outer}/seen")).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["slow"], 500.0);
    let header = |name: &str| body["headers"][name].as_str().unwrap_or_default().to_owned();
    assert!(header("sentry-trace").starts_with(TRACE) && header("sentry-trace").ends_with("-1"));
    assert!(
        header("traceparent").starts_with(&format!("00-{TRACE}-"))
            && header("traceparent").ends_with("-01")
    );
    assert_eq!(header("baggage"), "sentry-trace_id=x,other=1");
    assert_eq!(
        (header("x-casino-player").as_str(), header("x-casino-market").as_str()),
        ("p-000123", "de")
    );
    assert_eq!(header("x-casino-fault"), "slow=500ms");

    let (transactions, events) = sent(transport);
    assert!(events.is_empty(), "{events:?}");
    let names: Vec<_> = transactions.iter().filter_map(|it| it.name.clone()).collect();
    assert_eq!(names, ["GET /seen/{id}", "GET /seen"]);
    let (below, above) = (&transactions[0], &transactions[1]);
    assert!(transactions.iter().all(|it| trace_of(&it.contexts) == TRACE));
    let span = &above.spans[0];
    assert_eq!((above.spans.len(), span.op.as_deref()), (1, Some("http.client")));
    assert!(!span.description.as_ref().unwrap().contains("secret"));
    match &below.contexts["trace"] {
        Context::Trace(trace) => assert_eq!(trace.parent_span_id, Some(span.span_id)),
        other => panic!("{other:?}"),
    }
    assert_eq!(below.tags["market"], "de");
    assert_eq!(below.user.as_ref().unwrap().id.as_deref(), Some("p-000123"));
    let flags = serde_json::to_value(&below.contexts["flags"]).unwrap();
    assert_eq!(flags["values"], json!([{ "flag": "slow", "result": "500ms" }]));
}

async fn a_service_that_is_away_is_named(outer: &str, transport: &TestTransport) {
    let (status, body) = ask(&format!("{outer}/gone")).await;
    assert_eq!((status, body["error"]["code"].as_str()), (503, Some("wallet_unavailable")));
    let (transactions, events) = sent(transport);
    let exception = &events[0].exception[0];
    assert_eq!(exception.ty, "WalletUnavailable");
    assert!(exception.value.as_ref().unwrap().contains("refused"), "{exception:?}");
    assert_eq!(events[0].transaction.as_deref(), Some("GET /gone"));
    assert_eq!(
        (events[0].tags["market"].as_str(), trace_of(&events[0].contexts).as_str()),
        ("de", TRACE)
    );
    assert_eq!(transactions[0].spans[0].status, Some(sentry::protocol::SpanStatus::Unavailable));
}

async fn a_refusal_goes_on_as_it_is(outer: &str, transport: &TestTransport) {
    let (status, body) = ask(&format!("{outer}/refused")).await;
    assert_eq!(status, 402);
    assert_eq!(
        body,
        json!({ "error": { "code": "payment_failed", "message": "declined", "reason": "card" } })
    );
    let (_, events) = sent(transport);
    assert!(events.is_empty(), "a refusal is no error of the server: {events:?}");
}

async fn a_panic_is_an_answer_and_an_event(inner: &Service, transport: &TestTransport) {
    let error = inner.get::<Value>("/broken").await.unwrap_err();
    assert!(matches!(&error, CallError::Refused { code, .. } if code == "internal"), "{error}");
    let (transactions, events) = sent(transport);
    assert_eq!(events.len(), 1, "the panic, and not the answer once more: {events:?}");
    let exception = &events[0].exception[0];
    assert_eq!(
        (exception.ty.as_str(), exception.value.as_deref()),
        ("panic", Some("a table without legs"))
    );
    assert!(exception.stacktrace.as_ref().is_some_and(|trace| trace.frames.len() > 3));
    assert_eq!(events[0].transaction.as_deref(), Some("GET /broken"));
    assert_eq!(transactions[0].tags.get("market"), None);
}

async fn work_in_the_background_is_a_transaction(transport: &TestTransport) {
    let result = casino_telemetry::transaction("check", "task", async {
        Request::current().unwrap().tag("game", "slot");
        let span = casino_telemetry::Span::start("db", "SELECT 1");
        span.ok(true);
        span.run(async {
            let inside = Hub::current().configure_scope(|scope| scope.get_span());
            assert!(matches!(inside, Some(TransactionOrSpan::Span(_))));
        })
        .await;
        Err::<(), _>("no")
    })
    .await;
    assert_eq!(result, Err("no"));
    let (transactions, _) = sent(transport);
    assert_eq!(transactions[0].name.as_deref(), Some("check"));
    assert_eq!((transactions[0].tags["game"].as_str(), transactions[0].spans.len()), ("slot", 1));
}
