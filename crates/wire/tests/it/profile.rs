//! Profiles: what is read, and what is refused.

use model::clock::Micros;
use model::profile::{Profile, Subject};
use proptest::prelude::*;
use serde_json::{Value, json};
use wire::profile::{chunk, transaction};

const RECEIVED: Micros = Micros(1_795_000_000_000_000);

/// A transaction profile with those parts of `profile`.
fn whole(profile: &Value) -> Value {
    json!({
        "version": "1",
        "event_id": "41fed0925670468bb0457f61a74688ec",
        "platform": "python",
        "timestamp": "2026-11-21T10:00:00.000000Z",
        "device": {"architecture": "x86_64"},
        "os": {"name": "Linux", "version": "6.1"},
        "runtime": {"name": "CPython", "version": "3.13.1"},
        "release": "bets@1.4.0",
        "environment": "prod",
        "transaction": {
            "id": "30976f2ddbe04ac9b6bffe6e35d4710c",
            "name": "/bets",
            "trace_id": "4b25bc58f14243d8b208d1e22a054164",
            "active_thread_id": 139_902,
        },
        "profile": profile,
    })
}

/// Samples given as `(stack, thread, nanoseconds)`, over two stacks of three frames.
fn samples(samples: &[(u64, &str, u64)]) -> Value {
    let sample = |(stack, thread, nanos): &(u64, &str, u64)| json!({"stack_id": stack, "thread_id": thread, "elapsed_since_start_ns": nanos.to_string()});
    json!({
        "frames": [
            {"function": "settle", "module": "casino.bets", "filename": "casino/bets.py",
             "abs_path": "/app/casino/bets.py", "lineno": 88, "in_app": true},
            {"name": "handle", "package": "casino.app", "file": "casino/app.py", "line": "12", "column": 3},
            {"instruction_addr": "0x7f00", "abs_path": "/usr/bin/python"},
        ],
        "stacks": [[0, 1], [1], [], [2, 1]],
        "samples": samples.iter().map(sample).collect::<Vec<_>>(),
        "thread_metadata": {"139902": {"name": "MainThread"}, "5": {"name": "unused"}},
    })
}

/// A line about a profile, or the reason it is refused for.
fn seen(json: &Value) -> String {
    let mut bytes = json.to_string().into_bytes();
    transaction(&mut bytes, RECEIVED).map_or_else(|e| e.reason().to_owned(), |p| summary(&p))
}

/// Threads, then samples as milliseconds, thread and functions from the innermost outwards.
fn summary(profile: &Profile<'_>) -> String {
    let threads = profile.threads.iter().map(|thread| format!("{}={} ", thread.id, thread.name));
    let samples = profile.samples.iter().map(|sample| {
        let frames = profile.calls(sample.stack).filter_map(|call| profile.frame(call.frame));
        let names: Vec<_> = frames.map(|frame| &*frame.function).collect();
        format!("{} {} {}", sample.offset / 1_000, sample.thread, names.join("<"))
    });
    let samples: Vec<_> = samples.collect();
    threads.chain(["| ".to_owned(), samples.join("| ")]).collect::<Vec<_>>().concat()
}

#[track_caller]
fn check(given: &[(u64, &str, u64)], expected: &str) {
    assert_eq!(seen(&whole(&samples(given))), expected);
}

const MS: u64 = 1_000_000;

#[test]
fn samples_are_in_order_and_threads_seen_once_are_dropped() {
    check(
        &[(0, "139902", 20 * MS), (1, "139902", 10 * MS), (1, "7", 15 * MS)],
        "139902=MainThread | 10 0 handle| 20 0 settle<handle",
    );
    check(
        &[(2, "1", 0), (1, "1", 10 * MS), (2, "1", 20 * MS), (1, "1", 30 * MS), (2, "1", 40 * MS)],
        "1= | 10 0 handle| 20 0 | 30 0 handle",
    );
    check(&[(3, "1", 0), (3, "1", MS)], "1= | 0 0 <handle| 1 0 <handle");
}

#[test]
fn what_shows_nothing_is_refused() {
    check(&[], "profiling_not_enough_samples");
    check(&[(0, "1", 0), (0, "2", MS)], "profiling_not_enough_samples");
    check(&[(2, "1", 0), (2, "1", MS)], "profiling_not_enough_samples");
    check(&[(0, "1", MS), (0, "1", MS)], "profiling_duration_is_zero");
    check(&[(0, "1", 0), (0, "1", 30_001 * MS)], "profiling_duration_is_too_long");
    check(&[(0, "1", 0), (0, "1", u64::MAX)], "profiling_duration_is_too_long");
    check(&[(0, "1", 0), (4, "1", MS)], "profiling_malformed_samples");
}

#[track_caller]
fn check_change(pointer: &str, value: Value, expected: &str) {
    let mut json = whole(&samples(&[(0, "139902", 0), (1, "139902", MS)]));
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = json.pointer_mut(parent).unwrap();
    match parent {
        Value::Array(items) => items[key.parse::<usize>().unwrap()] = value,
        parent if value.is_null() => drop(parent.as_object_mut().unwrap().remove(key)),
        parent => parent[key] = value,
    }
    assert!(seen(&json).starts_with(expected), "{}", seen(&json));
}

#[test]
fn what_is_broken_is_refused() {
    check_change("/version", json!("2"), "profiling_platform_not_supported");
    check_change("/version", json!(1), "139902");
    check_change("/version", Value::Null, "139902");
    check_change("/event_id", json!("x"), "profiling_invalid_profile_metadata");
    check_change("/event_id", json!(5), "profiling_invalid_profile_metadata");
    check_change("/transaction", Value::Null, "profiling_invalid_transaction_metadata");
    check_change("/transaction/id", json!(""), "profiling_invalid_transaction_metadata");
    check_change("/transaction/trace_id", json!([]), "139902");
    check_change("/profile", json!("x"), "profiling_invalid_json");
    check_change("/profile/stacks/1", json!([3]), "profiling_malformed_stacks");
    check_change("/profile/stacks/1", json!([-1]), "profiling_malformed_stacks");
    check_change("/profile/stacks/1", json!("x"), "profiling_malformed_stacks");
    check_change("/profile/stacks", Value::Null, "profiling_malformed_samples");
    check_change("/profile/samples/0", json!({}), "profiling_malformed_samples");
    check_change("/profile/samples/0", json!(null), "profiling_malformed_samples");
    check_change("/profile/frames/0", json!("x"), "139902");
    check_change("/device", json!(7), "139902");
    check_change("/timestamp", json!("soon"), "139902");
    assert_eq!(seen(&json!([])), "profiling_invalid_profile_metadata");
}

#[test]
fn what_is_known_of_it_is_kept() {
    let mut json = whole(&samples(&[(0, "139902", 0), (1, "139902", MS)]));
    json["measurements"] = json!({
        "memory_footprint": {"unit": "bytes", "values": [
            {"elapsed_since_start_ns": "2000", "value": 7}, {"elapsed_since_start_ns": 1000, "value": "5.5"},
            {"elapsed_since_start_ns": 3000, "value": "x"}]},
        "nothing": {"unit": "hz", "values": []},
    });
    json["debug_meta"] = json!({"images": [{"type": "macho", "code_file": "/app", "debug_id": "d",
        "image_addr": "0x10", "image_size": 32}]});
    let mut bytes = json.to_string().into_bytes();
    let profile = transaction(&mut bytes, RECEIVED).unwrap();
    assert_eq!(profile.id.to_string(), "41fed0925670468bb0457f61a74688ec");
    let Subject::Transaction { event, name, trace, span, active_thread } = &profile.subject else {
        panic!("of a transaction");
    };
    assert_eq!(event.to_string(), "30976f2ddbe04ac9b6bffe6e35d4710c");
    assert_eq!((name.as_ref(), *span, *active_thread), ("/bets", None, Some(0)));
    assert_eq!(trace.unwrap().to_string(), "4b25bc58f14243d8b208d1e22a054164");
    assert_eq!((profile.start.0, profile.end.0), (1_795_255_200_000_000, 1_795_255_200_001_000));
    assert_eq!((&*profile.release, &*profile.environment), ("bets@1.4.0", "prod"));
    assert_eq!((&*profile.os.name, &*profile.runtime.version), ("Linux", "3.13.1"));
    let handle = profile.frames.iter().find(|frame| frame.function == "handle").unwrap();
    assert_eq!((&*handle.module, &*handle.file), ("casino.app", "casino/app.py"));
    assert_eq!((handle.line, handle.column, handle.in_app), (12, 3, false));
    let memory = &profile.measurements[0];
    assert_eq!((&*memory.name, &*memory.unit), ("memory_footprint", "byte"));
    let points: Vec<_> = memory.points.iter().map(|point| (point.offset, point.value)).collect();
    assert_eq!(points, [(1, 5.5), (2, 7.0)]);
    assert_eq!(profile.measurements.len(), 1);
    assert_eq!((profile.images[0].address, profile.images[0].size), (16, 32));
}

#[test]
fn of_a_very_deep_stack_the_middle_is_left_out() {
    let mut json = whole(&samples(&[(0, "1", 0), (0, "1", MS)]));
    json["profile"]["frames"] =
        (0..5_000).map(|number| json!({"function": format!("f{number}")})).collect();
    json["profile"]["stacks"][0] = (0..5_000).collect();
    let mut bytes = json.to_string().into_bytes();
    let profile = transaction(&mut bytes, RECEIVED).unwrap();
    let calls: Vec<_> = profile.calls(profile.samples[0].stack).collect();
    let name = |place: usize| &*profile.frame(calls[place].frame).unwrap().function;
    assert_eq!(calls.len(), 1_024);
    assert_eq!((name(0), name(511), name(1_023)), ("f0", "(frames left out)", "f4999"));
}

fn chunk_of(samples: &[(u64, &str, f64)]) -> Value {
    let sample = |(stack, thread, seconds): &(u64, &str, f64)| json!({"stack_id": stack, "thread_id": thread, "timestamp": seconds});
    json!({
        "version": "2",
        "chunk_id": "acbf2acb538849cf9f7e5f21b6e495b4",
        "profiler_id": "6dbad0623e94478b9d3b4e8b02281427",
        "platform": "node",
        "release": "casino@7",
        "client_sdk": {"name": "sentry.javascript.node", "version": "11.1.0"},
        "measurements": {"cpu_usage": {"unit": "percent", "values": [{"timestamp": 1000.5, "value": 9}]}},
        "profile": {
            "frames": [
                {"function": "spin", "abs_path": "/app/spin.js", "filename": "/app/spin.js"},
                {"function": "emit", "abs_path": "node:events"},
                {"function": "spin", "abs_path": "/app/spin.js", "filename": "/app/spin.js"},
            ],
            "stacks": [[0, 1], [2, 1], []],
            "samples": samples.iter().map(sample).collect::<Vec<_>>(),
            "thread_metadata": {"0": {"name": "main"}},
        },
    })
}

#[track_caller]
fn check_chunk(json: &Value, platform: Option<&str>, expected: &str) {
    let mut bytes = json.to_string().into_bytes();
    let seen = chunk(&mut bytes, platform)
        .map_or_else(|error| error.reason().to_owned(), |profile| summary(&profile));
    assert_eq!(seen, expected);
}

#[test]
fn chunks() {
    let given = [(1, "0", 1001.25), (0, "0", 1001.0), (2, "0", 1002.0)];
    let good = chunk_of(&given);
    check_chunk(&good, Some("node"), "0=main | 0 0 spin<emit| 250 0 spin<emit| 1000 0 ");
    check_chunk(&good, Some("python"), "profiling_invalid_profile_type");
    check_chunk(&good, None, "profiling_invalid_profile_type");
    for (version, reason) in [
        ("1", "profiling_invalid_profile_type"),
        ("2.android-trace", "profiling_platform_not_supported"),
    ] {
        let mut other = good.clone();
        other["version"] = json!(version);
        check_chunk(&other, Some("node"), reason);
    }
    for key in ["chunk_id", "profiler_id"] {
        let mut other = good.clone();
        other[key] = json!("00000000000000000000000000000000");
        check_chunk(&other, Some("node"), "profiling_invalid_profile_metadata");
    }
    let long = chunk_of(&[(0, "0", 1000.0), (0, "0", 1066.1)]);
    check_chunk(&long, Some("node"), "profiling_duration_is_too_long");
    check_chunk(
        &chunk_of(&[(0, "0", 1e300), (0, "0", 2e300)]),
        Some("node"),
        "profiling_malformed_samples",
    );
}

#[test]
fn a_chunk_has_moments_and_each_thing_once() {
    let mut bytes =
        chunk_of(&[(0, "0", 1001.0), (1, "0", 1001.25), (0, "0", 1002.0)]).to_string().into_bytes();
    let profile = chunk(&mut bytes, Some("node")).unwrap();
    assert_eq!((profile.start, profile.end), (Micros(1_001_000_000), Micros(1_002_000_000)));
    assert_eq!((profile.frames.len(), profile.stacks.len()), (2, 2));
    assert_eq!(profile.environment, "production");
    let in_app = |name| profile.frames.iter().find(|frame| frame.function == name).unwrap().in_app;
    assert!(in_app("spin") && !in_app("emit"));
    assert_eq!(profile.measurements[0].points[0].offset, -500_000);
    assert!(matches!(profile.subject, Subject::Process { profiler } if !profiler.is_nil()));
}

#[test]
fn too_many_values_are_refused_before_they_take_memory() {
    let mut bytes = vec![b'['; 3_000_001];
    assert_eq!(
        transaction(&mut bytes, RECEIVED).unwrap_err().reason(),
        "profiling_exceed_size_limit"
    );
    let mut bytes = vec![b' '; 50 * 1_024 * 1_024 + 1];
    assert_eq!(chunk(&mut bytes, None).unwrap_err().reason(), "profiling_exceed_size_limit");
    for broken in ["", "{", "[[[", "nul"] {
        let error = transaction(&mut broken.as_bytes().to_vec(), RECEIVED).unwrap_err();
        assert_eq!(error.reason(), "profiling_invalid_json", "{broken}");
    }
}

/// Any JSON, of the names that profiles have.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2_i64..40).prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-f0-9.é]{0,12}".prop_map(Value::from),
        Just(json!("41fed0925670468bb0457f61a74688ec")),
    ];
    let names = prop::sample::select(vec![
        "version",
        "event_id",
        "transaction",
        "transactions",
        "id",
        "profile",
        "frames",
        "stacks",
        "samples",
        "stack_id",
        "thread_id",
        "timestamp",
        "elapsed_since_start_ns",
        "measurements",
        "values",
        "value",
        "function",
        "in_app",
        "thread_metadata",
        "debug_meta",
        "images",
        "platform",
    ]);
    leaf.prop_recursive(6, 60, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..8).prop_map(|entries| {
                entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
            }),
        ]
    })
}

proptest! {
    #[test]
    fn any_value_anywhere_is_survived(
        value in any_json(),
        place in prop::sample::select(vec![
            "/profile", "/profile/frames", "/profile/frames/0", "/profile/stacks", "/profile/stacks/0",
            "/profile/samples", "/profile/samples/0", "/profile/samples/0/stack_id",
            "/profile/samples/0/thread_id", "/profile/samples/0/timestamp", "/profile/thread_metadata",
            "/measurements", "/client_sdk", "/platform", "/release",
        ]),
    ) {
        let mut json = chunk_of(&[(0, "0", 1001.0), (1, "0", 1001.25), (2, "0", 1002.0)]);
        *json.pointer_mut(place).unwrap() = value;
        let mut bytes = json.to_string().into_bytes();
        if let Ok(profile) = chunk(&mut bytes, Some("node")) {
            prop_assert!(profile.samples.windows(2).all(|pair| pair[0].offset <= pair[1].offset));
            for sample in &profile.samples {
                prop_assert!(profile.threads.len() > usize::try_from(sample.thread).unwrap());
                let mut calls = profile.calls(sample.stack);
                prop_assert!(calls.all(|call| profile.frame(call.frame).is_some()));
            }
        }
    }

    #[test]
    fn any_json_is_survived(value in any_json()) {
        let mut bytes = value.to_string().into_bytes();
        drop(transaction(&mut bytes.clone(), RECEIVED));
        drop(chunk(&mut bytes, Some("node")));
    }

    #[test]
    fn any_bytes_are_survived(mut bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(transaction(&mut bytes, RECEIVED).is_err());
    }
}
