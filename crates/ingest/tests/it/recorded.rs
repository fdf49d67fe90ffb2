//! Requests as official SDKs sent them.
//!
//! Each body lies in `data/` under the name of its SDK; keys and project ids are those of the recording.

use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use http::Request;
use model::intake::ItemType;
use serde_json::Value;

use crate::world::{World, payloads};

/// The request of one line, with the key and project of the small world.
fn request(line: &Value, folder: &Path) -> Request<Body> {
    let text = |name: &str| line[name].as_str().unwrap_or_default();
    let body = std::fs::read(folder.join(text("body"))).unwrap();
    let uri = format!("{}?{}", text("path"), text("query"));
    let mut request = Request::builder().method(text("method")).uri(uri.trim_end_matches('?'));
    for pair in line["headers"].as_array().unwrap() {
        request = request.header(pair[0].as_str().unwrap(), pair[1].as_str().unwrap());
    }
    request.body(Body::from(body)).unwrap()
}

#[test]
fn recorded_requests_are_taken_whole() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let list = std::fs::read_to_string(folder.join("requests.jsonl")).unwrap();
    for line in list.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let (got, world): (_, Arc<World>) = World::new().send(request(&line, &folder));
        let name = line["body"].as_str().unwrap();
        assert_eq!(u64::from(got.status.as_u16()), line["status"], "{name}: {}", got.body);
        let mut types = Vec::new();
        for (_, record) in world.records() {
            for (item, payload) in record.items.iter().zip(payloads(&record)) {
                let first = payload.first().copied();
                let is_json = matches!(first, Some(b'{' | b'['));
                assert!(
                    is_json
                        || item.item_type == ItemType::Attachment
                        || item.item_type == ItemType::ReplayRecording,
                    "{name}: {}",
                    item.header
                );
                types.push(item.item_type.name());
            }
        }
        assert_eq!(Value::from(types), line["items"], "{name}");
    }
}
