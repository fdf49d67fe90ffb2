//! Events recorded from official SDKs: what their programs kept secret is not readable afterwards.

use scrub::ScrubSettings;
use serde_json::Value;

use crate::document::scrubbed;

const EVENTS: &str = include_str!("../data/corpus-secrets.jsonl");

#[test]
fn no_secret_of_a_recorded_event_is_left() {
    for line in EVENTS.lines() {
        let recorded: Value = serde_json::from_str(line).unwrap();
        let after = scrubbed(&ScrubSettings::default(), &recorded["event"]).to_string();
        for secret in recorded["secrets"].as_array().unwrap() {
            let secret = secret.as_str().unwrap();
            assert!(recorded["event"].to_string().contains(secret), "{secret} was there");
            assert!(!after.contains(secret), "{secret} in {}: {after}", recorded["scenario"]);
        }
    }
}
