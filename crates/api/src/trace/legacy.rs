//! A trace as older clients read it: transactions only, each with those that it caused.

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::json;

use super::found::Found;
use super::tree::{Node, Tree};
use super::view::{Names, Writer, millis, nested, seconds};
use super::{open, written};
use crate::auth::Caller;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;

/// The transactions of a trace as trees, with the errors that happened in them.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/events-trace/{trace}/",
    tag = "traces",
    params(("organization" = String, Path), ("trace" = String, Path),
        ("project" = Option<Vec<String>>, Query), ("statsPeriod" = Option<String>, Query)),
    responses((status = 200, body = Object,
        description = "`{transactions: […], orphan_errors: […]}`"), (status = 404)))]
pub async fn transactions(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, trace)): Path<(String, String)>,
    params: Params,
) -> Result<Response, ApiError> {
    let (found, names) = open(&api, caller, organization, &trace, &params).await?;
    let json = api.blocking(move |_| write(&found, &names).map_err(ApiError::internal)).await?;
    Ok(written(json))
}

fn write(found: &Found, names: &Names) -> Result<Vec<u8>, serde_json::Error> {
    let writer = Writer::new(found, names, &[]);
    let segments = Segments::of(found);
    let json = nested(&segments.tree, |place| {
        let row = found.spans.get(*segments.places.get(place)?)?;
        let parent = segments.tree.parents.get(place).copied().flatten();
        let parent = parent.and_then(|it| found.spans.get(*segments.places.get(it)?));
        let events = segments.events.get(place).into_iter().flatten();
        let events = || events.clone().filter_map(|event| found.events.get(*event));
        let errors = events().filter(|event| !event.is_occurrence());
        let occurrences = events().filter(|event| event.is_occurrence());
        let object = json!({
            "event_id": writer.transaction_id(row),
            "span_id": row.span.to_string(),
            "trace_id": row.trace.to_string(),
            "transaction": row.transaction,
            "transaction.duration": millis(row.duration),
            "transaction.op": row.op,
            "transaction.status": row.status,
            "project_id": row.project.0,
            "project_slug": names.slug(row.project),
            "parent_span_id": row.parent.map(|parent| parent.to_string()),
            "parent_event_id": parent.map(|parent| writer.transaction_id(parent)),
            "generation": segments.depths.get(place),
            "start_timestamp": seconds(row.timestamp),
            "timestamp": seconds(row.end()),
            "errors": errors.map(|event| writer.event(event)).collect::<Vec<_>>(),
            "performance_issues": occurrences.map(|event| writer.event(event)).collect::<Vec<_>>(),
            "odd": segments.tree.odd.get(place),
        });
        serde_json::to_vec(&object).ok()
    });
    let lost = found.lost_events.iter().filter_map(|place| found.events.get(*place));
    let lost: Vec<_> = lost.map(|event| writer.event(event)).collect();
    let mut out = b"{\"transactions\":".to_vec();
    out.extend(json);
    out.extend_from_slice(b",\"orphan_errors\":");
    serde_json::to_writer(&mut out, &lost)?;
    out.push(b'}');
    Ok(out)
}

/// The top spans of all services.
struct Segments {
    /// Places in the trace's spans.
    places: Vec<usize>,
    tree: Tree,
    depths: Vec<usize>,
    /// The places of the events that happened in the segment or its spans.
    events: Vec<Vec<usize>>,
}

impl Segments {
    fn of(found: &Found) -> Self {
        let is_segment = |place: &usize| found.spans.get(*place).is_some_and(|row| row.is_segment);
        let places: Vec<usize> = (0..found.spans.len()).filter(is_segment).collect();
        // The segment that each span lies in: its own place, or that of the nearest above.
        let above = |mut place: usize| loop {
            if is_segment(&place) {
                return Some(place);
            }
            place = found.tree.parents.get(place).copied().flatten()?;
        };
        let node = |place: &usize| {
            let row = found.spans.get(*place)?;
            let parent = found.tree.parents.get(*place).copied().flatten().and_then(above);
            let parent = parent.and_then(|it| Some(found.spans.get(it)?.span));
            Some(Node { span: row.span, parent: parent.or(row.parent), start: row.timestamp.0 })
        };
        let tree = Tree::of(&places.iter().filter_map(node).collect::<Vec<_>>());
        let mut depths = vec![0; places.len()];
        let mut ready = tree.roots.clone();
        while let Some(place) = ready.pop() {
            for child in tree.children.get(place).into_iter().flatten() {
                depths[*child] = depths[place] + 1;
                ready.push(*child);
            }
        }
        let mut events = vec![Vec::new(); places.len()];
        for (place, own) in found.events_of.iter().enumerate().filter(|(_, own)| !own.is_empty()) {
            let segment = above(place).and_then(|it| places.binary_search(&it).ok());
            if let Some(segment) = segment {
                events[segment].extend_from_slice(own);
            }
        }
        Self { places, tree, depths, events }
    }
}

#[cfg(test)]
mod tests {
    use lang::ask::Trace;
    use model::span::SpanRow;
    use serde_json::Value;

    use super::*;
    use crate::trace::tests::row;

    #[test]
    fn transactions_stand_under_those_that_caused_them() {
        let segment =
            |row: SpanRow<'static>| SpanRow { is_segment: true, segment: row.span, ..row };
        let trace = Trace {
            spans: vec![row(1, 0, 0), row(2, 1, 1), segment(row(3, 2, 2)), segment(row(4, 99, 3))],
            is_cut: false,
        };
        let node =
            |row: &SpanRow<'_>| Node { span: row.span, parent: row.parent, start: row.timestamp.0 };
        let tree = Tree::of(&trace.spans.iter().map(node).collect::<Vec<_>>());
        let found =
            Found { events_of: vec![Vec::new(); 4], tree, spans: trace.spans, ..Found::default() };
        let json: Value =
            serde_json::from_slice(&write(&found, &Names::default()).unwrap()).unwrap();
        let roots = json["transactions"].as_array().unwrap();
        assert_eq!(roots.len(), 2);
        let child = &roots[0]["children"][0];
        assert_eq!(
            (&child["span_id"], &child["generation"]),
            (&json!("0000000000000003"), &json!(1))
        );
        assert_eq!(child["parent_event_id"], "0000000000000001");
        assert_eq!(roots[1]["odd"], json!(["orphan"]));
        assert_eq!(json["orphan_errors"], json!([]));
    }
}
