//! Work that a screen waits for because it is done on the main thread.

use model::span::AttributeValue;

use super::segment::{Segment, Span, groups, said, total};
use super::{Finding, Kind, Thresholds};

/// Operations of segments that somebody looks at while they run.
const SCREENS: [&str; 6] = ["ui", "app", "navigation", "pageload", "activity", "contentprovider"];

/// Systems whose apps have a screen.
const MOBILE: [&str; 7] = ["Android", "iOS", "iPadOS", "tvOS", "watchOS", "visionOS", "HarmonyOS"];

/// Queries, files and regular expressions that block the main thread.
pub(super) fn blocked(segment: &Segment<'_>, thresholds: &Thresholds) -> Vec<Finding> {
    let has_screen = segment.root.is_some_and(|root| {
        SCREENS.contains(&root.op.split('.').next().unwrap_or_default())
            || MOBILE.contains(&root.text("os.name"))
    });
    let blocking = segment.spans().filter_map(|span| {
        let (kind, _) = kind(span, thresholds)?;
        blocks(span, has_screen).then(|| ((kind, said(span)), span))
    });
    let mut findings = Vec::new();
    for spans in groups(blocking) {
        let blocked = total(&spans);
        let Some(first) = spans.first() else { continue };
        let Some((kind, micros_min)) = kind(first, thresholds) else { continue };
        if blocked < micros_min {
            continue;
        }
        let what = said(first);
        let mut finding = segment.finding(kind, &what, &spans, &[&what]);
        finding.tell("Thread", first.text("thread.name"));
        finding.saved_micros = blocked;
        findings.push(finding);
    }
    findings
}

/// What a span would be, and from how long on.
fn kind(span: Span<'_>, thresholds: &Thresholds) -> Option<(Kind, u64)> {
    match span.op.split('.').next().unwrap_or_default() {
        "db" if thresholds.database_on_main_thread => {
            Some((Kind::DatabaseOnMainThread, thresholds.database_on_main_thread_micros_min))
        }
        "file" if thresholds.files_on_main_thread => {
            Some((Kind::FilesOnMainThread, thresholds.files_on_main_thread_micros_min))
        }
        "regex" if thresholds.regex_on_main_thread => {
            Some((Kind::RegexOnMainThread, thresholds.regex_on_main_thread_micros_min))
        }
        _ => None,
    }
}

/// The SDK says so, or it runs on a thread called `main` of something that has a screen: servers and
/// scripts call their first thread so too, and may block it.
fn blocks(span: Span<'_>, has_screen: bool) -> bool {
    match span.attribute("blocked_main_thread") {
        Some(AttributeValue::Bool(blocks)) => *blocks,
        Some(AttributeValue::Text(text)) => text == "true",
        _ => has_screen && span.text("thread.name") == "main",
    }
}
