//! Texts made to be slow: half a megabyte of what each detector begins on and never finishes.

use scrub::{ScrubSettings, Scrubber};
use serde_json::json;

use crate::document::event;

/// Large enough that a detector whose work grows with the square of its text would not finish.
const BYTES: usize = 1 << 19;

#[test]
fn half_a_megabyte_of_beginnings() {
    let scrubber = Scrubber::new(&ScrubSettings::default()).unwrap();
    for piece in [
        "token:",
        "token:'",
        "password=",
        "password=\"",
        "pin=\\\"'",
        "1 ",
        "4111-",
        "41111111",
        "eyJhbGciOiJIUzI1NiJ9.",
        "-----BEGIN PRIVATE KEY-----",
        "://a:",
        "://a:b@",
        "cvv:",
        "+1 ",
        "+356 12 ",
        "DE89",
        "078-05-",
        "078-05-1120 ",
        "Bearer ",
        "sk_live_",
        "sk_live_abc.",
        "\0",
        "\u{1F600}=",
        "a:b::",
        "[secret]",
        "\"",
        "://",
        "security code ",
    ] {
        let text = piece.repeat(BYTES / piece.len());
        let mut event = event(&json!({
            "exception": {"values": [{"value": text}]},
            "extra": {"text": text},
            "logentry": {"formatted": text},
        }));
        scrubber.apply(&mut event);
        scrubber.scrub_bytes("log.txt", &mut text.into_bytes());
    }
}
