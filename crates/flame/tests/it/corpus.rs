//! Profiles as official SDKs sent them, against what the recordings say must be seen in them.

use std::fs;
use std::io::Read;
use std::path::PathBuf;

use flame::{Clip, Statistics, Tree, decode, encode};
use model::clock::Micros;
use model::profile::{Profile, Subject};
use serde_json::Value;
use wire::envelope::Envelope;
use wire::profile;

fn folder(scenario: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../conformance/corpus/dev").join(scenario)
}

/// The payloads of one item type in a scenario, each with the platform of its header.
fn payloads(scenario: &str, item_type: &str) -> Vec<(Option<String>, Vec<u8>)> {
    let requests = fs::read_to_string(folder(scenario).join("requests.jsonl")).unwrap();
    let mut payloads = Vec::new();
    for request in requests.lines() {
        let request: Value = serde_json::from_str(request).unwrap();
        let Some(file) = request["body_file"].as_str() else { continue };
        let mut body = fs::read(folder(scenario).join(file)).unwrap();
        if body.starts_with(&[0x1f, 0x8b]) {
            let mut plain = Vec::new();
            flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut plain).unwrap();
            body = plain;
        }
        let Ok(envelope) = Envelope::parse(&body) else { continue };
        for item in &envelope.items {
            let header: Value = serde_json::from_str(&item.header_line).unwrap();
            if header["type"] == item_type {
                let platform = header["platform"].as_str().map(str::to_owned);
                payloads.push((platform, item.payload.to_vec()));
            }
        }
    }
    payloads
}

fn expected(scenario: &str) -> Value {
    serde_json::from_slice(&fs::read(folder(scenario).join("expect.json")).unwrap()).unwrap()
}

/// Samples in which that function is the innermost of the customer's own.
fn samples_of(profile: &Profile<'_>, function: &str) -> usize {
    let innermost = |stack| {
        let mut frames = profile.calls(stack).filter_map(|call| profile.frame(call.frame));
        frames.find(|frame| frame.in_app)
    };
    let names = profile.samples.iter().filter_map(|sample| innermost(sample.stack));
    names.filter(|frame| frame.function == function).count()
}

#[track_caller]
fn assert_stored_form(profile: &Profile<'_>, sent: usize) {
    let stored = encode(profile);
    assert!(stored.len() * 2 < sent, "{} of {sent} bytes", stored.len());
    assert_eq!(decode(&stored).as_ref(), Ok(profile));
}

#[test]
fn transaction_profiles() {
    let scenario = "python/profiling-transaction";
    let expected = expected(scenario);
    let payloads = payloads(scenario, "profile");
    assert_eq!(payloads.len(), 2);
    for (mut payload, expected) in
        payloads.into_iter().map(|(_, bytes)| bytes).zip(expected["profiles"].as_array().unwrap())
    {
        let sent = payload.len();
        let profile = profile::transaction(&mut payload, Micros(0)).unwrap();
        assert_stored_form(&profile, sent);
        assert_eq!(profile.id.to_string(), expected["event_id"]);
        assert_eq!(profile.samples.len(), expected["samples"]);
        let Subject::Transaction { name, trace, active_thread, .. } = &profile.subject else {
            panic!("of a transaction");
        };
        assert_eq!(**name, *expected["transaction"].as_str().unwrap());
        assert_eq!(trace.unwrap().to_string(), expected["trace_id"]);
        let hottest = &expected["hottest_in_app"][0];
        let name = hottest["function"].as_str().unwrap();
        assert_eq!(samples_of(&profile, name), hottest["samples"]);

        let thread = &profile.threads[usize::try_from(active_thread.unwrap()).unwrap()];
        let clip = Clip { thread: Some(&thread.id), ..Clip::default() };
        let mut statistics = Statistics::default();
        statistics.add(profile.id, &Tree::of(&profile, &clip));
        let own = statistics.functions().into_iter().find(|known| known.function.in_app).unwrap();
        assert_eq!(own.function.name, name);
    }
}

#[track_caller]
fn check_chunks(scenario: &str) {
    let expected = &expected(scenario)["profile_chunks"][0];
    let payloads = payloads(scenario, "profile_chunk");
    assert_eq!(payloads.len(), expected["chunks"]);
    // The recording counts the hottest function within one chunk.
    let (mut samples, mut hottest_samples) = (0, 0);
    let hottest = &expected["hottest_in_app"][0];
    for (platform, mut payload) in payloads {
        let sent = payload.len();
        let profile = profile::chunk(&mut payload, platform.as_deref()).unwrap();
        assert_stored_form(&profile, sent);
        let Subject::Process { profiler } = profile.subject else { panic!("of a process") };
        assert_eq!(profiler.to_string(), expected["profiler_id"]);
        assert_eq!(profile.platform, expected["platform"].as_str().unwrap());
        samples += profile.samples.len();
        let seen = samples_of(&profile, hottest["function"].as_str().unwrap());
        hottest_samples = hottest_samples.max(seen);
    }
    assert_eq!(samples, expected["samples"]);
    assert_eq!(hottest_samples, hottest["samples"]);
}

#[test]
fn continuous_profiles_of_python() {
    check_chunks("python/profiling-continuous");
}

#[test]
fn continuous_profiles_of_node() {
    check_chunks("node/profiling-v11");
}

#[test]
fn continuous_profiles_of_browsers() {
    check_chunks("browser/casino-web-v11-profiling");
}
