//! The spans of a segment in order, and what all detectors ask of them.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use md5::{Digest, Md5};
use model::clock::Micros;
use model::id::SpanId;
use model::span::{AttributeValue, SpanRow};

use super::{EVIDENCE_BYTES_MAX, FINDING_SPANS_MAX, Finding, Kind, SEGMENT_SPANS_MAX};
use crate::parametrize;

/// A span among those of its segment.
pub(super) type Span<'s> = &'s SpanRow<'s>;

/// All spans of a segment, each id once, by time.
pub(super) struct Segment<'s> {
    /// The span all others are below; `None` when it is not there.
    pub(super) root: Option<Span<'s>>,
    spans: Vec<Span<'s>>,
    /// By their ids.
    by_id: Vec<(SpanId, Span<'s>)>,
    siblings: Vec<Vec<Span<'s>>>,
}

impl<'s> Segment<'s> {
    pub(super) fn new<'a: 's>(spans: &'s [SpanRow<'a>]) -> Self {
        let mut sorted: Vec<Span<'s>> = spans.iter().map(|span| -> Span<'s> { span }).collect();
        sorted.sort_by_key(|span| order(span));
        sorted.truncate(SEGMENT_SPANS_MAX);
        let mut by_id: Vec<_> = sorted.iter().map(|span| (span.span, *span)).collect();
        // Stable: of spans with one id the first by time stays.
        by_id.sort_by_key(|(id, _)| *id);
        by_id.dedup_by_key(|(id, _)| *id);
        if by_id.len() < sorted.len() {
            let mut known = HashSet::with_capacity(sorted.len());
            sorted.retain(|span| known.insert(span.span));
        }
        let root = sorted.iter().copied().find(|span| span.is_segment);
        let mut segment = Self { root, spans: sorted, by_id, siblings: Vec::new() };
        segment.siblings = segment.find_siblings();
        segment
    }

    /// All spans but the segment itself, by time.
    pub(super) fn spans(&self) -> impl Iterator<Item = Span<'s>> {
        self.spans.iter().copied().filter(|span| !span.is_segment)
    }

    /// The span above; the root's for orphans, since that is all that is known of them.
    pub(super) fn parent(&self, span: Span<'s>) -> Option<Span<'s>> {
        let place = |id| self.by_id.binary_search_by_key(&id, |(known, _)| *known).ok();
        let parent = span.parent.and_then(place).and_then(|place| self.by_id.get(place));
        parent.map(|(_, parent)| *parent).filter(|parent| parent.span != span.span).or(self.root)
    }

    /// Spans below the same span, by time; each group once, in the order of their first spans.
    pub(super) fn siblings(&self) -> impl Iterator<Item = &[Span<'s>]> {
        self.siblings.iter().map(Vec::as_slice)
    }

    fn find_siblings(&self) -> Vec<Vec<Span<'s>>> {
        groups(self.spans().map(|span| (self.parent(span).map(|parent| parent.span), span)))
    }

    /// The name of the segment.
    pub(super) fn name(&self) -> &'s str {
        let span = self.root.or_else(|| self.spans.first().copied());
        span.map(|span| if span.transaction.is_empty() { &*span.name } else { &*span.transaction })
            .unwrap_or_default()
    }

    /// Begins a finding about `offenders`, which are siblings or all there are. `marks` say which
    /// problem it is, beside the kind and the span above.
    pub(super) fn finding(
        &self,
        kind: Kind,
        subject: &str,
        offenders: &[Span<'s>],
        marks: &[&str],
    ) -> Finding {
        let parent = offenders.first().and_then(|first| self.parent(first));
        let mut fingerprint = vec![
            kind.issue_type().to_owned(),
            parent.map_or_else(String::new, |parent| self.key_of_parent(parent)),
        ];
        fingerprint.extend(marks.iter().map(|mark| hashed(&[mark])));
        let mut evidence = vec![("Transaction".to_owned(), self.name().to_owned())];
        if let Some(parent) = parent {
            evidence.push(("Parent Span".to_owned(), titled(parent)));
        }
        let mut finding = Finding {
            kind,
            fingerprint,
            culprit: self.name().to_owned(),
            subject: cut(subject).to_owned(),
            parent_spans: parent.map(|parent| parent.span).into_iter().collect(),
            cause_spans: Vec::new(),
            offender_spans: offenders
                .iter()
                .take(FINDING_SPANS_MAX)
                .map(|span| span.span)
                .collect(),
            evidence,
            saved_micros: 0,
        };
        finding
            .tell(if offenders.len() > 1 { "Repeating Spans" } else { "Offending Span" }, subject);
        if offenders.len() > 1 {
            finding.tell("Count", &offenders.len().to_string());
        }
        finding.tell("Duration", &milliseconds(total(offenders)));
        finding
    }

    /// What a span above is, whichever trace it is in.
    fn key_of_parent(&self, parent: Span<'s>) -> String {
        let is_root = self.root.is_some_and(|root| root.span == parent.span);
        let what = if is_root { Cow::Borrowed(self.name()) } else { said(parent) };
        hashed(&[&parent.op, &what])
    }
}

/// By time; of spans that begin together the longest first.
pub(super) fn order(span: Span<'_>) -> (Micros, Reverse<u64>, SpanId) {
    (span.timestamp, Reverse(span.duration), span.span)
}

impl Finding {
    /// Adds evidence; texts are bounded.
    pub(super) fn tell(&mut self, label: &str, text: &str) {
        if !text.is_empty() {
            self.evidence.push((label.to_owned(), cut(text).to_owned()));
        }
    }
}

fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(EVIDENCE_BYTES_MAX)).unwrap_or(text)
}

/// 16 hex digits of texts.
fn hashed(texts: &[&str]) -> String {
    let mut digest = Md5::new();
    for text in texts {
        digest.update(text.as_bytes());
        digest.update([0]);
    }
    let bytes: [u8; 8] = digest.finalize().first_chunk().copied().unwrap_or_default();
    SpanId(bytes).to_string()
}

/// What a span did without what varies: its description, or its name made one.
pub(super) fn said(span: Span<'_>) -> Cow<'_, str> {
    if span.description.is_empty() {
        parametrize(&span.name)
    } else {
        Cow::Borrowed(&span.description)
    }
}

/// `op - what it did`
pub(super) fn titled(span: Span<'_>) -> String {
    let text = if span.name.is_empty() { &span.description } else { &span.name };
    cut(&format!("{} - {text}", span.op)).to_owned()
}

/// Spans that are equal in `Key`, in the order they came; the groups in the order of their first.
pub(super) fn groups<'s, Key: std::hash::Hash + Eq>(
    spans: impl Iterator<Item = (Key, Span<'s>)>,
) -> Vec<Vec<Span<'s>>> {
    let mut places: HashMap<Key, usize> = HashMap::new();
    let mut groups: Vec<Vec<Span<'s>>> = Vec::new();
    for (key, span) in spans {
        let place = *places.entry(key).or_insert(groups.len());
        if place == groups.len() {
            groups.push(Vec::new());
        }
        if let Some(group) = groups.get_mut(place) {
            group.push(span);
        }
    }
    groups
}

/// How long spans take one after the other.
pub(super) fn total(spans: &[Span<'_>]) -> u64 {
    spans.iter().fold(0, |sum, span| sum.saturating_add(span.duration))
}

/// How long the longest takes.
pub(super) fn longest(spans: &[Span<'_>]) -> u64 {
    spans.iter().map(|span| span.duration).max().unwrap_or(0)
}

/// How long at least one of them is running; they come by time.
pub(super) fn covered(spans: &[Span<'_>]) -> u64 {
    let mut end = 0;
    let mut sum = 0_u64;
    for span in spans {
        let from = span.timestamp.0.max(end);
        sum = sum.saturating_add(span.end().0.saturating_sub(from));
        end = end.max(span.end().0);
    }
    sum
}

/// `12.5 ms`
pub(super) fn milliseconds(micros: u64) -> String {
    format!("{}.{} ms", micros / 1000, micros % 1000 / 100)
}

/// The first of these attributes that is a number that is not negative.
pub(super) fn number(span: Span<'_>, names: &[&str]) -> Option<u64> {
    names.iter().find_map(|name| match span.attribute(name)? {
        AttributeValue::Text(text) => text.parse().ok(),
        AttributeValue::Number(number) if (0.0..9e15).contains(number) => {
            format!("{number:.0}").parse().ok()
        }
        _ => None,
    })
}

/// The first of these attributes that is text.
pub(super) fn text<'s>(span: Span<'s>, names: &[&str]) -> &'s str {
    names.iter().map(|name| span.text(name)).find(|text| !text.is_empty()).unwrap_or_default()
}

/// Whether `part` of `whole` is at least that share.
pub(super) fn is_share(part: u64, whole: u64, share: f64) -> bool {
    let as_float = |micros: u64| f64::from(u32::try_from(micros / 1000).unwrap_or(u32::MAX));
    whole > 0 && as_float(part) >= as_float(whole) * share
}
