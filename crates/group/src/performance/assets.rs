//! Bytes: large answers, assets that are not compressed, assets that block the first paint.

use super::calls::is_call;
use super::segment::{Segment, Span, groups, is_share, milliseconds, number, said, total};
use super::{Finding, Kind, Thresholds};

/// Bytes of what was sent, as it was sent.
fn encoded_bytes(span: Span<'_>) -> Option<u64> {
    number(span, &["http.response.body.size", "http.response_content_length"])
}

/// Bytes after unpacking.
fn decoded_bytes(span: Span<'_>) -> Option<u64> {
    number(
        span,
        &[
            "http.response.body.decoded_size",
            "http.decoded_response_content_length",
            "http.response_content_length_uncompressed",
        ],
    )
}

/// Bytes on the wire; 0 for what came from the browser's cache.
fn sent_bytes(span: Span<'_>) -> Option<u64> {
    number(span, &["http.response.size", "http.response_transfer_size"])
}

fn is_asset(span: Span<'_>) -> bool {
    matches!(&*span.op, "resource.script" | "resource.css" | "resource.link")
}

/// Findings about `spans`, one for each thing they are about.
fn about(segment: &Segment<'_>, kind: Kind, spans: Vec<(Span<'_>, u64)>) -> Vec<Finding> {
    let bytes: std::collections::HashMap<_, _> =
        spans.iter().map(|(span, bytes)| (span.span, *bytes)).collect();
    let groups = groups(spans.into_iter().map(|(span, _)| (said(span), span)));
    let found = groups.into_iter().filter_map(|spans| {
        let what = said(spans.first()?);
        let mut finding = segment.finding(kind, &what, &spans, &[&what]);
        let largest = spans.iter().filter_map(|span| bytes.get(&span.span)).max()?;
        finding.tell("URL", &spans.first()?.name);
        finding.tell("Size", &format!("{largest} bytes"));
        finding.saved_micros = total(&spans);
        Some(finding)
    });
    found.collect()
}

/// Answers of many bytes that took their time.
pub(super) fn large_payloads(segment: &Segment<'_>, thresholds: &Thresholds) -> Vec<Finding> {
    let large = segment
        .spans()
        .filter(|span| is_call(span) && span.duration >= thresholds.large_payload_micros_min);
    let large =
        large.filter_map(|span| Some((span, encoded_bytes(span).or_else(|| decoded_bytes(span))?)));
    about(
        segment,
        Kind::LargePayload,
        large.filter(|(_, bytes)| *bytes >= thresholds.large_payload_bytes_min).collect(),
    )
}

/// Assets as large on the wire as unpacked.
pub(super) fn uncompressed(segment: &Segment<'_>, thresholds: &Thresholds) -> Vec<Finding> {
    let large = segment.spans().filter_map(|span| {
        let (encoded, decoded) = (encoded_bytes(span)?, decoded_bytes(span)?);
        let is_one = is_asset(span)
            && encoded == decoded
            && encoded >= thresholds.uncompressed_asset_bytes_min
            && span.duration >= thresholds.uncompressed_asset_micros_min
            && sent_bytes(span) != Some(0);
        is_one.then_some((span, encoded))
    });
    about(segment, Kind::UncompressedAsset, large.collect())
}

/// Large assets that the first paint waits for. Where the paint is not known it is taken for the
/// earliest that matters.
pub(super) fn render_blocking(segment: &Segment<'_>, thresholds: &Thresholds) -> Vec<Finding> {
    let earliest = thresholds.render_blocking_asset_paint_micros_min;
    let paint = segment.root.and_then(|root| number(root, &["browser.web_vital.fcp.value", "fcp"]));
    let paint = paint.map_or(earliest, |millis| millis.saturating_mul(1000));
    if paint < earliest || paint > thresholds.render_blocking_asset_paint_micros_max {
        return Vec::new();
    }
    let blocking = segment.spans().filter_map(|span| {
        let bytes = encoded_bytes(span)?;
        let is_one = is_asset(span)
            && span.text("resource.render_blocking_status") == "blocking"
            && bytes >= thresholds.render_blocking_asset_bytes_min
            && is_share(span.duration, paint, thresholds.render_blocking_asset_share_min);
        is_one.then_some((span, bytes))
    });
    let mut findings = about(segment, Kind::RenderBlockingAsset, blocking.collect());
    for finding in &mut findings {
        finding.tell("First Contentful Paint", &milliseconds(paint));
    }
    findings
}
