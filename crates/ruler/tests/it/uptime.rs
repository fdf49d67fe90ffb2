//! Probes of servers on this machine, friendly and not.

use std::sync::Arc;
use std::time::Duration;

use alarm::UptimeAsk;
use model::clock::Micros;
use ruler::{Answered, Failure, Probe as _, Web, judge};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::Mutex;

const DAY: u64 = 86_400_000_000;

fn asks(url: &str) -> UptimeAsk {
    UptimeAsk {
        url: url.to_owned(),
        method: "GET".to_owned(),
        body: None,
        interval_seconds: 60,
        timeout_millis: 1_000,
        status: vec![(200, 299)],
        expected_body: String::new(),
        latency_max_millis: None,
        follows_redirects: true,
        certificate_days_min: None,
        failure_threshold: 1,
        recovery_threshold: 1,
    }
}

/// A server that says the same to everybody, and what it was asked.
struct Server {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn saying(answer: impl Into<String>) -> Self {
        let answer = answer.into();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let notes = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (answer, notes) =
                    (answer.replace("PORT", &port.to_string()), Arc::clone(&notes));
                tokio::spawn(async move {
                    let mut request = vec![0; 4_096];
                    let length = stream.read(&mut request).await.unwrap_or(0);
                    notes
                        .lock()
                        .await
                        .push(String::from_utf8_lossy(&request[..length]).into_owned());
                    drop(stream.write_all(answer.as_bytes()).await);
                });
            }
        });
        Self { port, heard }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/health?deep=1", self.port)
    }
}

fn web() -> Web {
    Web::new(vec!["127.0.0.1".parse().unwrap()])
}

async fn ask(url: &str) -> Result<Answered, Failure> {
    web().ask(&asks(url), &[]).await
}

fn reason(answer: Result<Answered, Failure>) -> &'static str {
    answer.unwrap_err().reason
}

#[tokio::test]
async fn an_answer_is_read_and_what_was_asked_is_what_was_said() {
    let server =
        Server::saying("HTTP/1.1 418 teapot\r\ncontent-length: 5\r\n\r\nshort and stout").await;
    let mut asks = asks(&server.url());
    asks.method = "POST".to_owned();
    asks.body = Some("tea".to_owned());
    let headers = [("X-Key".to_owned(), "s3cret".to_owned())];
    let answered = web().ask(&asks, &headers).await.unwrap();
    assert_eq!((answered.status, answered.body.as_slice()), (Some(418), b"short".as_slice()));
    let heard = server.heard.lock().await.remove(0);
    assert!(heard.starts_with("POST /health?deep=1 HTTP/1.1\r\n"), "{heard}");
    assert!(heard.contains("x-key: s3cret\r\n") && heard.ends_with("\r\n\r\ntea"), "{heard}");
    assert!(heard.contains(&format!("host: 127.0.0.1:{}\r\n", server.port)), "{heard}");
}

#[tokio::test]
async fn redirects_are_followed_to_their_end_without_secrets() {
    let there = Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nhere").await;
    let to =
        format!("HTTP/1.1 302 Found\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n", there.url());
    let here = Server::saying(to).await;
    let headers = [("X-Key".to_owned(), "s3cret".to_owned())];
    let answered = web().ask(&asks(&here.url()), &headers).await.unwrap();
    assert_eq!(answered.body, b"here");
    assert!(here.heard.lock().await[0].contains("s3cret"));
    assert!(!there.heard.lock().await[0].contains("s3cret"), "another server, another port");
    let stay = UptimeAsk { follows_redirects: false, ..asks(&here.url()) };
    assert_eq!(web().ask(&stay, &[]).await.unwrap().status, Some(302));
    let round =
        "HTTP/1.1 301 Moved\r\nlocation: http://127.0.0.1:PORT/x\r\ncontent-length: 0\r\n\r\n";
    let round = Server::saying(round).await;
    assert_eq!(reason(ask(&round.url()).await), "redirect_error");
    assert_eq!(round.heard.lock().await.len(), 6, "and not for ever");
    let away = Server::saying("HTTP/1.1 302 Found\r\nlocation: file:///etc/passwd\r\n\r\n").await;
    assert_eq!(reason(ask(&away.url()).await), "redirect_error");
}

#[tokio::test]
async fn inner_addresses_are_called_only_where_they_are_allowed() {
    let server = Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let strict = Web::new(Vec::new());
    for url in [
        server.url(),
        format!("http://localhost:{}/", server.port),
        format!("http://[::1]:{}/", server.port),
        format!("http://[::ffff:127.0.0.1]:{}/", server.port),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://10.0.0.1/".to_owned(),
        "http://0x7f.1/".to_owned(),
        format!("tcp://127.0.0.1:{}", server.port),
    ] {
        assert_eq!(reason(strict.ask(&asks(&url), &[]).await), "forbidden", "{url}");
    }
    // Allowed to begin with, but it points elsewhere.
    let away = "HTTP/1.1 302 Found\r\nlocation: http://10.0.0.1/\r\ncontent-length: 0\r\n\r\n";
    let away = Server::saying(away).await;
    assert_eq!(reason(ask(&away.url()).await), "forbidden");
    assert_eq!(*server.heard.lock().await, [""; 0]);
}

#[tokio::test]
async fn what_is_no_answer_is_a_failure() {
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    };
    assert_eq!(reason(ask(&format!("http://127.0.0.1:{closed}/")).await), "connection_error");
    assert_eq!(reason(ask(&format!("tcp://127.0.0.1:{closed}")).await), "connection_error");
    let mumbles = Server::saying("I am no web server").await;
    assert_eq!(reason(ask(&mumbles.url()).await), "http_error");
    let https = format!("https://127.0.0.1:{}/", mumbles.port);
    assert_eq!(reason(ask(&https).await), "tls_error");
    assert_eq!(
        ask(&format!("tcp://127.0.0.1:{}", mumbles.port)).await.unwrap(),
        Answered::default()
    );
    assert_eq!(reason(ask("http://no-such-name.invalid/").await), "dns_error");
    let huge = Server::saying(format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(2_000_000))).await;
    assert_eq!(ask(&huge.url()).await.unwrap().body.len(), 256 * 1_024);
    let head = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "x".repeat(200_000));
    let head = Server::saying(head).await;
    assert_eq!(reason(ask(&head.url()).await), "http_error");
}

#[tokio::test]
async fn one_that_never_ends_is_left() {
    let endless = Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nnot").await;
    let asks = asks(&endless.url());
    let web = web();
    let answer = tokio::time::timeout(Duration::from_secs(5), web.ask(&asks, &[])).await;
    // The server hangs up: the answer is cut off.
    assert_eq!(reason(answer.unwrap()), "http_error");
}

#[test]
fn answers_are_judged_in_order() {
    let mut asks = asks("https://shop.example/");
    asks.status = vec![(200, 204), (404, 404)];
    asks.expected_body = "ok".to_owned();
    asks.latency_max_millis = Some(200);
    asks.certificate_days_min = Some(14);
    let now = Micros(1_795_255_200_000_000);
    let ends = |days: u64| Some(Micros(now.0 + days * DAY));
    let check = |status, body: &str, millis: u64, days| {
        let answered = Answered {
            status: Some(status),
            body: body.as_bytes().to_vec(),
            certificate_ends: days,
        };
        judge(&asks, &answered, millis * 1_000, now).map_err(|failure| failure.sentence)
    };
    assert_eq!(check(200, "all ok", 200, ends(14)), Ok(()));
    assert_eq!(check(404, "ok", 1, None), Ok(()));
    let wrong = |sentence: &str| Err(sentence.to_owned());
    assert_eq!(check(205, "", 999, ends(1)), wrong("the status is 205"));
    assert_eq!(check(200, "o", 999, ends(1)), wrong("the answer does not have the expected text"));
    assert_eq!(check(200, "ok", 201, ends(1)), wrong("the answer took 201 ms, more than 200"));
    assert_eq!(check(200, "ok", 200, ends(13)), wrong("the certificate ends in 13 days"));
}
