//! Signatures, by known vectors.

use model::clock::Micros;
use notify::{SignatureError, sentry_signature, signature, verify_slack};

/// Computed by the reference.
#[test]
fn sentrys_signatures() {
    for (secret, body, expected) in [
        (
            "s3cret",
            "{\"action\":\"triggered\",\"n\":1}",
            "a5e6d0a7491fcabdf6352f450fcd865b363b922efeefd39d3572030c0fb3135b",
        ),
        (
            "s3cret",
            "{\"текст\": \"é €\"}",
            "28e5c2e72fd1d19b5c9560619898fb87875c276eb066932c02989adf14b01ce6",
        ),
        ("", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
    ] {
        assert_eq!(sentry_signature(secret, body.as_bytes()), expected);
    }
}

#[test]
fn our_signature_covers_the_time() {
    let at = |seconds: u64| signature("s3cret", Micros(seconds * 1_000_000), b"{}");
    assert!(at(1_795_255_200).starts_with("t=1795255200,v1="));
    assert_ne!(at(1)[4..], at(2)[4..]);
    let by_hand = sentry_signature("s3cret", b"1795255200.{}");
    assert_eq!(at(1_795_255_200), format!("t=1795255200,v1={by_hand}"));
}

/// The example of Slack's page "Verifying requests from Slack".
#[test]
fn slacks_requests_are_believed_only_if_signed_now() {
    let secret = "8f742231b10e8888abcd99yyyzzz85a5";
    let body = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    let sent = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
    let check = |timestamp: &str, sent: &str, body: &[u8], now: u64| {
        verify_slack(secret, (timestamp, sent), body, Micros(now * 1_000_000))
    };
    let time = "1531420618";
    assert_eq!(check(time, sent, body, 1_531_420_618), Ok(()));
    assert_eq!(check(time, sent, body, 1_531_420_918), Ok(()));
    assert_eq!(check(time, sent, body, 1_531_420_919), Err(SignatureError::Age));
    assert_eq!(check(time, sent, body, 1_531_420_317), Err(SignatureError::Age));
    assert_eq!(check(time, sent, b"{}", 1_531_420_618), Err(SignatureError::Wrong));
    assert_eq!(check("1531420619", sent, body, 1_531_420_618), Err(SignatureError::Wrong));
    assert_eq!(check("soon", sent, body, 1_531_420_618), Err(SignatureError::Timestamp));
    for broken in ["", "v0=", "v1=00", &sent[..66], &sent.replace('a', "é"), &sent[3..]] {
        assert_eq!(check(time, broken, body, 1_531_420_618), Err(SignatureError::Form), "{broken}");
    }
}
