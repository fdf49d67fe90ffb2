//! Crashes of native programs: what of a request becomes which item.

use axum::body::Body;
use http::Request;
use ingest::Quota;
use model::category::Category;
use model::intake::{ItemType, Lane};
use wire::rate_limit_header::Scope;

use crate::world::{World, envelope, gzip, payloads, post};

const DUMP: &[u8] = b"MDMP\x93\xa7\0\0 and more";
const ID: &str = "9ec79c33-ec99-42ab-8353-589fcb2e04dc";

/// A form of `(field, file name, content)`; without a file name it is a text.
fn form(parts: &[(&str, &str, &[u8])]) -> Request<Body> {
    let mut request = post("/api/1/minidump/", parted("B", parts));
    let kind = "multipart/form-data; boundary=B".parse().unwrap();
    request.headers_mut().insert("content-type", kind);
    request
}

/// The body of a form.
fn parted(boundary: &str, parts: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (field, name, content) in parts {
        let name = if name.is_empty() { String::new() } else { format!("; filename=\"{name}\"") };
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{field}\"{name}\r\n\r\n"
        );
        body.extend([head.as_bytes(), content, b"\r\n"].concat());
    }
    body.extend(format!("--{boundary}--\r\n").into_bytes());
    body
}

/// Each item as its type and header, and its payload.
fn kept(request: Request<Body>) -> (String, Vec<(String, Vec<u8>)>) {
    let (got, world) = World::new().send(request);
    assert_eq!(got.status.as_u16(), 200, "{}", got.body);
    assert_eq!(got.header("content-type"), "text/plain; charset=utf-8");
    let records = world.records();
    let (lane, record) = &records[0];
    assert_eq!((records.len(), *lane), (1, Lane::Errors));
    let plain = got.body.replace('-', "");
    assert_eq!(record.header, format!("{{\"event_id\":\"{plain}\"}}"));
    let headers = record.items.iter().map(|item| item.header.clone());
    (got.body, headers.zip(payloads(record)).collect())
}

#[test]
fn a_form_becomes_items() {
    let (id, items) = kept(form(&[
        ("guid", "", b"12"),
        ("sentry", "", format!("{{\"event_id\": \"{ID}\"}}").as_bytes()),
        ("log", "a.log", b"line"),
        ("upload_file_minidump", "a.dmp", DUMP),
        ("__sentry-breadcrumb1", "b", b"\x80"),
        ("x", "gpu.nv-gpudmp", b"y"),
    ]));
    assert_eq!(id, ID);
    let expected = [
        r#"{"type":"form_data"}"#,
        r#"{"type":"attachment","filename":"a.dmp","attachment_type":"event.minidump"}"#,
        r#"{"type":"attachment","filename":"a.log"}"#,
        r#"{"type":"attachment","filename":"b","attachment_type":"event.breadcrumbs"}"#,
        r#"{"type":"attachment","filename":"gpu.nv-gpudmp","attachment_type":"event.nv_gpudmp"}"#,
    ];
    assert_eq!(items.iter().map(|(header, _)| header.as_str()).collect::<Vec<_>>(), expected);
    let fields = wire::form_data::read(&items[0].1);
    assert_eq!(fields[0], ("guid".to_owned(), "12".to_owned()));
    assert_eq!((items[1].1.as_slice(), items[2].1.as_slice()), (DUMP, &b"line"[..]));
}

#[test]
fn the_dump_may_be_alone_or_packed() {
    let mut packed = post("/api/1/minidump", gzip(DUMP));
    packed.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
    let inner = parted("C", &[("upload_file_minidump", "a.dmp", DUMP)]);
    for request in [
        post("/api/1/minidump/", DUMP),
        packed,
        post("/api/1/minidump/", gzip(DUMP)),
        post("/api/1/minidump/", zstd::encode_all(DUMP, 1).unwrap()),
        form(&[("upload_file_minidump", "", DUMP)]),
        form(&[("upload_file_minidump", "a.dmp", &gzip(DUMP))]),
        // As old versions of Electron did.
        form(&[("upload_file_minidump", "a.dmp", &inner)]),
    ] {
        let (_, items) = kept(request);
        let [(header, dump)] = &items[..] else { panic!("one item: {items:?}") };
        assert!(header.ends_with(r#""attachment_type":"event.minidump"}"#), "{header}");
        assert_eq!(dump, DUMP);
    }
}

#[test]
fn ids_are_taken_from_wherever_they_are() {
    let plain = ID.replace('-', "");
    let packed = [b"\x81\xa8event_id\xd9\x20", plain.as_bytes()].concat();
    for (field, name, content) in [
        ("sentry[event_id]", "", plain.as_bytes()),
        ("sentry__1", "", format!("{{\"event_id\":\"{plain}\"}}").as_bytes()),
        ("__sentry-event", "e", &packed),
    ] {
        let (id, _) = kept(form(&[("upload_file_minidump", "a", DUMP), (field, name, content)]));
        assert_eq!(id, ID, "{field}");
    }
}

#[test]
fn what_is_no_dump_is_refused() {
    let check = |request, status: u16, words: &str, account: &str| {
        let (got, world) = World::new().send(request);
        assert_eq!(got.status.as_u16(), status, "{}", got.body);
        assert!(got.body.contains(words), "{}", got.body);
        assert!(world.records().is_empty());
        assert_eq!(world.accounts(), [account]);
    };
    let invalid = "default invalid invalid_minidump 1";
    check(post("/api/1/minidump/", "hello"), 400, "does not begin with MDMP", invalid);
    check(post("/api/1/minidump/", &b"\xfd7zXZ\0..."[..]), 400, "compressed with xz", invalid);
    check(post("/api/1/minidump/", gzip(b"hello")), 400, "does not begin", invalid);
    let missing = "default invalid missing_minidump_upload 1";
    check(form(&[("log", "a.log", DUMP)]), 400, "missing minidump", missing);
    let empty = "default invalid empty_body 1";
    check(post("/api/1/minidump/", ""), 400, "empty request body", empty);
    let mut cut = form(&[("upload_file_minidump", "a", DUMP)]);
    let kind = "multipart/form-data; boundary=C".parse().unwrap();
    cut.headers_mut().insert("content-type", kind);
    check(cut, 400, "invalid multipart data", "default invalid invalid_multipart 1");
    let large = vec![b'x'; model::limits::EVENT_BYTES_MAX + 1];
    let request = form(&[("upload_file_minidump", "a", DUMP), ("sentry", "", &large)]);
    check(request, 413, "too large", "default invalid request_too_large 1");
    let many: Vec<_> = (0..40).map(|_| ("f", "a", &b"x"[..])).collect();
    check(form(&many), 413, "too large", "default invalid request_too_large 1");
}

fn quota(limit: u64) -> World {
    let quota = Quota {
        id: "errors".to_owned(),
        scope: Scope::Project,
        scope_id: 1,
        categories: vec![Category::Error],
        window_secs: 60,
        limit,
        reason: "quota_exceeded".to_owned(),
    };
    World { quotas: vec![quota], ..World::default() }
}

#[test]
fn reporters_are_not_told_about_quotas() {
    let (got, world) = quota(0).send(post("/api/1/minidump/", DUMP));
    assert_eq!(got.status.as_u16(), 200, "they would try again");
    assert!(world.records().is_empty());
    assert!(world.accounts().contains(&"error rate_limited quota_exceeded 1".to_owned()));
}

#[test]
fn a_dump_beside_an_event_is_the_same_event() {
    let mut body = envelope(&[("event", "{}")]);
    let header = format!(
        "{{\"type\":\"attachment\",\"attachment_type\":\"event.minidump\",\"length\":{}}}\n",
        DUMP.len()
    );
    body.extend([header.as_bytes(), DUMP].concat());
    let (got, world) = quota(1).send(post("/api/1/envelope/", body));
    assert_eq!(got.status.as_u16(), 200, "{}", got.body);
    let types: Vec<_> = world.records()[0].1.items.iter().map(|item| item.item_type).collect();
    assert_eq!(types, [ItemType::Event, ItemType::Attachment]);
}
