//! Caps and categories of items.

use model::limits;
use wire::categories::quantities;
use wire::envelope::Envelope;
use wire::size_caps;

/// An envelope of items given as `(header fields, payload bytes)`.
fn envelope(items: &[(&str, usize)]) -> Vec<u8> {
    let mut body = b"{}\n".to_vec();
    for (header, len) in items {
        body.extend(format!("{{{header},\"length\":{len}}}\n").bytes());
        body.resize(body.len() + len, b'x');
        body.push(b'\n');
    }
    body
}

#[track_caller]
fn check(items: &[(&str, usize)], expected: &str) {
    let body = envelope(items);
    let answer = size_caps::check(&Envelope::parse(&body).unwrap().items);
    assert_eq!(answer.map_or_else(|error| error.reason(), |()| "fits".to_owned()), expected);
}

#[test]
fn items_have_caps() {
    let mib = 1 << 20;
    let kib = 1 << 10;
    check(&[], "fits");
    check(&[("\"type\":\"event\"", mib)], "fits");
    check(&[("\"type\":\"event\"", mib + 1)], "too_large:event");
    check(&[("\"type\":\"event\"", 9), ("\"type\":\"event\"", 9)], "too_large:event");
    check(&[("\"type\":\"event\"", 9), ("\"type\":\"feedback\"", 9)], "too_large:feedback");
    check(&[("\"type\":\"event\"", 9), ("\"type\":\"attachment\"", 2 * mib)], "fits");
    check(&[("\"type\":\"attachment\"", 9); 31], "too_large:attachment:attachment");
    let dump = "\"type\":\"attachment\",\"attachment_type\":\"event.minidump\"";
    check(&[(dump, limits::ATTACHMENTS_BYTES_MAX + 1)], "too_large:attachment:minidump");
    check(&[("\"type\":\"session\"", 9); 100], "fits");
    check(&[("\"type\":\"session\"", 9); 101], "too_large:session");
    check(&[("\"type\":\"client_report\"", 60 * kib); 2], "too_large:client_report");
    check(&[("\"type\":\"check_in\"", 9); 2], "too_large:check_in");
    check(&[("\"type\":\"log\",\"item_count\":10", 11 * mib)], "fits");
    check(&[("\"type\":\"log\",\"item_count\":2", 5 * mib)], "too_large:log");
    check(&[("\"type\":\"span\"", 9); 25], "fits");
    check(&[("\"type\":\"span\"", 9); 26], "too_large:span");
    let container =
        "\"type\":\"span\",\"content_type\":\"application/vnd.sentry.items.span.v2+json\"";
    check(&[(container, 9); 2], "too_large:span");
    check(&[("\"type\":\"hologram\"", 20 * mib)], "fits");
}

#[test]
fn the_message_is_as_sdks_know_it() {
    let body = envelope(&[("\"type\":\"check_in\"", 200_000)]);
    let error = size_caps::check(&Envelope::parse(&body).unwrap().items).unwrap_err();
    assert_eq!(
        error.to_string(),
        "envelope exceeded size limits for type 'check_in' (https://develop.sentry.dev/sdk/envelopes/#size-limits)"
    );
}

#[track_caller]
fn counts(header: &str, expected: &str) {
    let body = envelope(&[(header, 7)]);
    let envelope = Envelope::parse(&body).unwrap();
    let list = quantities(&envelope.items[0].header, 7);
    let text: Vec<String> = list.map(|(category, count)| format!("{category} {count}")).collect();
    assert_eq!(text.join(", "), expected, "{header}");
}

#[test]
fn items_count_as_categories() {
    counts("\"type\":\"event\"", "error 1");
    counts("\"type\":\"attachment\"", "attachment 7, attachment_item 1");
    counts(
        "\"type\":\"attachment\",\"attachment_type\":\"event.minidump\"",
        "attachment 7, attachment_item 1, error 1",
    );
    counts("\"type\":\"user_report\"", "feedback 1");
    counts("\"type\":\"log\",\"item_count\":5", "log_item 5, log_byte 7");
    counts("\"type\":\"span\",\"item_count\":3", "span 3");
    counts("\"type\":\"profile_chunk\"", "");
    counts("\"type\":\"profile_chunk\",\"platform\":\"python\"", "profile_chunk 1");
    counts("\"type\":\"client_report\"", "");
    counts("\"type\":\"hologram\"", "");
}
