//! Credentials in all their places.

use proptest::prelude::*;
use wire::auth::{AuthError, Sources, from_envelope, from_request};

const KEY: &str = "0123456789abcdef0123456789abcdef";

#[track_caller]
fn check(sources: &Sources<'_>, expected: &str) {
    let actual = match from_request(sources) {
        Ok(None) => "none".to_owned(),
        Ok(Some(found)) => {
            assert_eq!(found.key.as_str(), KEY);
            found.client.unwrap_or_else(|| "in".to_owned())
        }
        Err(error) => error.to_string(),
    };
    assert_eq!(actual, expected, "{sources:?}");
}

#[track_caller]
fn header(text: &str, expected: &str) {
    let text = text.replace("KEY", KEY);
    check(&Sources { x_sentry_auth: Some(&text), ..Sources::default() }, expected);
    check(&Sources { authorization: Some(&text), ..Sources::default() }, expected);
}

#[test]
fn headers() {
    header(
        "Sentry sentry_key=KEY, sentry_version=7, sentry_client=sentry.python/2.75.0",
        "sentry.python/2.75.0",
    );
    header("sentry sentry_key=KEY", "in");
    header("SENTRY sentry_timestamp=1, sentry_secret=x,sentry_key = KEY , other", "in");
    header("Sentry sentry_key=KEY, sentry_version=7.0", "in");
    header("Sentry sentry_key=KEY.no-cache", "in");
    header("Bearer x", "none");
    header("", "none");
    header("Sentry sentry_version=7", "bad sentry authentication header: no sentry_key");
    header("Sentry sentry_key=abc", "bad sentry DSN public key");
    header("Sentry sentry_key=KEY, sentry_version=8", "unsupported protocol version (8)");
    header(
        "Sentry sentry_key=KEY, sentry_version=x",
        "bad sentry authentication header: sentry_version is not a number",
    );
}

#[test]
fn other_places() {
    let query = format!("a=b&sentry_version=7&sentry_key={KEY}&sentry_client=js%2F11+x");
    check(&Sources { query: Some(&query), ..Sources::default() }, "js/11 x");
    check(&Sources { query: Some("a=b"), ..Sources::default() }, "none");
    check(
        &Sources { query: Some("sentry_release=1"), ..Sources::default() },
        "bad sentry authentication header: no sentry_key",
    );
    check(&Sources { path_key: Some(KEY), ..Sources::default() }, "in");
    check(&Sources { path_key: Some("x"), ..Sources::default() }, "bad sentry DSN public key");
    // base64 of "0123456789abcdef0123456789abcdef:" and with a password.
    let basic = "Basic MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY6";
    check(&Sources { authorization: Some(basic), ..Sources::default() }, "in");
    let basic = "basic MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY6cHc=";
    check(&Sources { authorization: Some(basic), ..Sources::default() }, "in");
    let both = Sources { authorization: Some(basic), path_key: Some(KEY), ..Sources::default() };
    check(&both, "multiple authorization payloads detected");
}

#[test]
fn envelopes_speak_for_themselves() {
    let body = format!("{{\"dsn\":\"https://{KEY}@h/42\"}}\n{{\"type\":\"event\"}}\n{{}}");
    let dsn = from_envelope(body.as_bytes()).unwrap();
    assert_eq!((dsn.key.as_str(), dsn.project.0), (KEY, 42));
    for body in ["", "{}", "{\"dsn\":\"x\"}", "nothing"] {
        assert_eq!(from_envelope(body.as_bytes()), Err(AuthError::BadEnvelope), "{body}");
    }
}

proptest! {
    #[test]
    fn any_header_is_credentials_or_an_error(text: String, query: String) {
        for prefix in ["Sentry ", "Basic ", ""] {
            let header = format!("{prefix}{text}");
            let sources = Sources {
                x_sentry_auth: Some(&text),
                authorization: Some(&header),
                query: Some(&query),
                path_key: None,
            };
            let _answer = from_request(&sources);
        }
    }
}
