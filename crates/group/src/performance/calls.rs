//! Requests to other services: too many, one after the other, the same ones, slow ones.

use super::queries::{differ, is_query};
use super::segment::{
    Segment, Span, covered, groups, is_share, longest, milliseconds, said, text, titled, total,
};
use super::{FINDING_SPANS_MAX, Finding, Kind, Thresholds};

/// Files that pages fetch like anything else.
const ASSETS: [&str; 9] =
    [".js", ".css", ".svg", ".png", ".mp3", ".jpg", ".jpeg", ".webp", ".woff2"];

/// Whether a span is a request to somebody else.
pub(super) fn is_call(span: Span<'_>) -> bool {
    span.op == "http.client" && !span.name.is_empty()
}

/// Whether it is a request for data that somebody wrote code for.
fn is_api_call(span: Span<'_>) -> bool {
    if !is_call(span) {
        return false;
    }
    let url = url(span);
    let path = url.split(['?', '#']).next().unwrap_or_default();
    !ASSETS.iter().any(|extension| path.ends_with(extension))
        && !["graphql", "_next/data", "__nextjs_original-stack-frame"]
            .iter()
            .any(|part| url.contains(part))
        && span.attribute("http.request.prefetch").is_none()
}

fn url(span: Span<'_>) -> &str {
    match text(span, &["url.full", "http.url", "url"]) {
        "" => span.name.split_once(' ').map_or(&*span.name, |(_, url)| url.trim()),
        url => url,
    }
}

fn method(span: Span<'_>) -> &str {
    match text(span, &["http.request.method", "http.method"]) {
        "" => span.name.split_once(' ').map_or("", |(method, _)| method),
        method => method,
    }
}

/// The host a URL names, without its port; empty for relative ones.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    if host.starts_with('[') { host } else { host.split(':').next().unwrap_or_default() }
}

/// A request without ids: method, host, path with `*` for segments that hold a digit, names of
/// parameters.
fn endpoint(span: Span<'_>) -> String {
    let url = url(span).split('#').next().unwrap_or_default();
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let (origin, path) = match path.split_once("://").map(|(scheme, rest)| (scheme.len() + 3, rest))
    {
        Some((start, rest)) => path.split_at(start + rest.find('/').unwrap_or(rest.len())),
        None => ("", path),
    };
    let mut out = format!("{} {origin}", method(span));
    for (at, segment) in path.split('/').enumerate() {
        if at > 0 {
            out.push('/');
        }
        out.push_str(if is_id(segment) { "*" } else { segment });
    }
    let mut names: Vec<_> =
        query.split('&').map(|pair| pair.split('=').next().unwrap_or_default()).collect();
    names.sort_unstable();
    names.dedup();
    for (at, name) in names.into_iter().filter(|name| !name.is_empty()).enumerate() {
        out.push(if at == 0 { '?' } else { '&' });
        out.push_str(name);
        out.push_str("=*");
    }
    out
}

/// Whether part of a path is an id and not the version of an interface.
fn is_id(segment: &str) -> bool {
    let is_version = segment.len() <= 3 && segment.starts_with('v');
    segment.bytes().any(|byte| byte.is_ascii_digit()) && !is_version
}

/// The same endpoint called for many things below one span, side by side or one after the other.
pub(super) fn n_plus_one(segment: &Segment<'_>, thresholds: &Thresholds) -> Vec<Finding> {
    let mut findings = Vec::new();
    for siblings in segment.siblings() {
        let calls: Vec<_> = siblings
            .iter()
            .filter(|span| is_api_call(span) && method(span).eq_ignore_ascii_case("GET"))
            .collect();
        if calls.len() < thresholds.n_plus_one_calls_count_min {
            continue;
        }
        for repeating in groups(calls.into_iter().map(|span| (endpoint(span), *span))) {
            let differs = repeating
                .split_first()
                .is_some_and(|(first, rest)| rest.iter().any(|span| url(span) != url(first)));
            if repeating.len() < thresholds.n_plus_one_calls_count_min
                || total(&repeating) < thresholds.n_plus_one_calls_micros_min
                || !differs
            {
                continue;
            }
            let Some(what) = repeating.first().map(|span| endpoint(span)) else { continue };
            let mut finding = segment.finding(Kind::NPlusOneCalls, &what, &repeating, &[&what]);
            let examples: Vec<_> = repeating.iter().take(3).map(|span| url(span)).collect();
            finding.tell("For Example", &examples.join("\n"));
            finding.saved_micros = total(&repeating).saturating_sub(longest(&repeating));
            findings.push(finding);
        }
    }
    findings
}

/// Slow requests one after the other, with little time between them.
pub(super) fn consecutive(segment: &Segment<'_>, thresholds: &Thresholds) -> Vec<Finding> {
    let mut findings = Vec::new();
    for siblings in segment.siblings() {
        let mut row: Vec<Span<'_>> = Vec::new();
        for span in siblings.iter().copied().filter(|span| is_api_call(span)) {
            let is_slow = span.duration >= thresholds.consecutive_calls_each_micros_min;
            let follows = row.last().is_none_or(|last| {
                let gap = span.timestamp.0.checked_sub(last.end().0);
                gap.is_some_and(|gap| gap < thresholds.consecutive_calls_gap_micros_max)
            });
            if !is_slow || !follows {
                findings.extend(one_by_one(segment, &row, thresholds));
                row.clear();
            }
            if is_slow {
                row.push(span);
            }
        }
        findings.extend(one_by_one(segment, &row, thresholds));
    }
    findings
}

fn one_by_one(segment: &Segment<'_>, row: &[Span<'_>], thresholds: &Thresholds) -> Option<Finding> {
    let saved = total(row).saturating_sub(longest(row));
    if row.len() < thresholds.consecutive_calls_count_min
        || saved < thresholds.consecutive_calls_saved_micros_min
    {
        return None;
    }
    let mut endpoints: Vec<_> = row.iter().map(|span| endpoint(span)).collect();
    let what = endpoints.first()?.clone();
    endpoints.dedup();
    endpoints.truncate(FINDING_SPANS_MAX);
    let marks: Vec<_> = endpoints.iter().map(String::as_str).collect();
    let mut finding = segment.finding(Kind::ConsecutiveCalls, &what, row, &[&marks.join("\n")]);
    finding.tell("Calls", &endpoints.join("\n"));
    finding.tell("Could Be Saved", &milliseconds(saved));
    finding.saved_micros = saved;
    Some(finding)
}

/// The very same query or request, anywhere in the segment.
pub(super) fn duplicates(segment: &Segment<'_>, thresholds: &Thresholds) -> Vec<Finding> {
    let calls =
        segment.spans().filter(|span| is_query(span) || is_api_call(span) && is_reading(span));
    let mut findings = Vec::new();
    for repeating in groups(calls.map(|span| ((&*span.op, &*span.name), span))) {
        let is_enough = repeating.len() >= thresholds.duplicate_calls_count_min
            && total(&repeating) >= thresholds.duplicate_calls_micros_min;
        let is_same = match repeating.first() {
            Some(first) if is_call(first) => repeating.iter().all(|span| url(span) == url(first)),
            _ => is_enough && differ(&repeating) == Some(false),
        };
        if !is_enough || !is_same {
            continue;
        }
        let Some(first) = repeating.first() else { continue };
        let what = if is_call(first) { endpoint(first).into() } else { said(first) };
        let mut finding = segment.finding(Kind::DuplicateCalls, &what, &repeating, &[&what]);
        finding.tell("Same Call", &titled(first));
        finding.saved_micros = total(&repeating).saturating_sub(longest(&repeating));
        findings.push(finding);
    }
    findings
}

fn is_reading(span: Span<'_>) -> bool {
    ["GET", "HEAD"].iter().any(|reading| method(span).eq_ignore_ascii_case(reading))
}

/// Another company's service that most of the time is spent waiting for.
pub(super) fn slow_provider(segment: &Segment<'_>, thresholds: &Thresholds) -> Vec<Finding> {
    let Some(root) = segment.root else { return Vec::new() };
    let own = match host(text(root, &["url.full", "http.url", "url"])) {
        "" => text(root, &["http.request.header.host", "http.host", "server.address"]),
        host => host,
    };
    let calls = segment.spans().filter(|span| is_call(span));
    let calls =
        calls.map(|span| (host(url(span)), span)).filter(|(host, _)| is_external(host, own));
    let mut findings = Vec::new();
    for calls in groups(calls) {
        let waited = covered(&calls);
        if waited < thresholds.slow_external_provider_micros_min
            || !is_share(waited, root.duration, thresholds.slow_external_provider_share_min)
        {
            continue;
        }
        let Some(what) = calls.first().map(|span| host(url(span)).to_ascii_lowercase()) else {
            continue;
        };
        let mut finding = segment.finding(Kind::SlowExternalProvider, &what, &calls, &[&what]);
        finding.tell(
            "Waited",
            &format!("{} of {}", milliseconds(waited), milliseconds(root.duration)),
        );
        finding.saved_micros = waited;
        findings.push(finding);
    }
    findings
}

/// Whether a host is one on the internet that belongs to somebody else.
fn is_external(host: &str, own: &str) -> bool {
    let is_address =
        host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') || host.starts_with('[');
    let is_private = [".local", ".internal", ".localhost", ".lan", ".svc", ".test"]
        .iter()
        .any(|end| host.ends_with(end));
    host.contains('.')
        && !is_address
        && !is_private
        && !owner(host).eq_ignore_ascii_case(owner(own))
}

/// The last two labels of a host, or three below country codes such as `co.uk`.
fn owner(host: &str) -> &str {
    let mut dots = host.rmatch_indices('.').map(|(at, _)| at);
    let (last, second, third) = (dots.next(), dots.next(), dots.next());
    let is_country = |last: usize, second: usize| host.len() - last == 3 && last - second <= 4;
    let start = match (last, second, third) {
        (Some(last), Some(second), third) if is_country(last, second) => third.map(|dot| dot + 1),
        (_, Some(second), _) => Some(second + 1),
        _ => None,
    };
    start.and_then(|start| host.get(start..)).unwrap_or(host)
}
