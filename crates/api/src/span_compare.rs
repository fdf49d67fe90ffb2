//! What makes two sets of spans different: the values that the first has more often than the second.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, State};
use lang::ask::{Ask, Filter, Scope as AskScope, SpanFacet, SpanFacetsQuestion, SpanField};
use lang::data_set::both;
use lang::search::DAY;
use meta::{Project, Scope};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::error::ApiError;
use crate::event_search::read_rows;
use crate::params::Params;
use crate::state::Api;

mod score;

use score::{Counts, Value};

/// What time is looked at when nothing is said.
const DEFAULT_PERIOD: u64 = DAY;
/// Attributes and fields that are counted.
const FACETS_MAX: usize = 500;
/// Values of each that are counted.
const COUNTED_MAX: usize = 100;
/// Attributes in an answer, and values of each.
const ATTRIBUTES_MAX: usize = 50;
const VALUES_MAX: usize = 10;

/// Fields that are looked at besides the attributes, as searches name them.
const FIELDS: [(&str, SpanField); 11] = [
    ("project", SpanField::Project),
    ("transaction", SpanField::Transaction),
    ("span.op", SpanField::Op),
    ("span.category", SpanField::Category),
    ("normalized_description", SpanField::Description),
    ("span.status", SpanField::Status),
    ("environment", SpanField::Environment),
    ("release", SpanField::Release),
    ("platform", SpanField::Platform),
    ("user", SpanField::User),
    ("is_transaction", SpanField::IsSegment),
];

/// What makes two sets of spans different.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Comparison {
    /// Spans of the first set, before sampling.
    pub left: f64,
    /// Spans of the second set, before sampling.
    pub right: f64,
    /// Attributes in which the sets differ, the most telling first.
    pub attributes: Vec<Difference>,
}

/// An attribute in which two sets differ.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// As searches name it.
    pub key: String,
    /// How much its values tell about the set a span is in: from 0, nothing, to 1, everything. The
    /// Jensen–Shannon divergence in bits, less what chance alone would give.
    pub score: f64,
    /// Spans of the first set that have it.
    pub left: f64,
    /// Spans of the second set that have it.
    pub right: f64,
    /// The values that the first set has more often, the largest difference first.
    pub values: Vec<ValueDifference>,
}

/// A value that one set has more often than the other.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValueDifference {
    /// The value.
    pub value: String,
    /// Spans of the first set that have it.
    pub left: f64,
    /// Spans of the second set that have it.
    pub right: f64,
    /// Which share of the first set that is, from 0 to 1.
    pub left_share: f64,
    /// Which share of the second set that is.
    pub right_share: f64,
    /// By how much the first share is larger.
    pub difference: f64,
}

/// Two sets of spans.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) scope: AskScope,
    pub(crate) left: Filter<SpanField>,
    pub(crate) right: Filter<SpanField>,
}

/// What makes two sets of spans different: which values the spans that match `left` have more often than
/// those that match `right`, which are all others if it is not given. Both also match `query`.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/span-compare/",
    tag = "performance",
    params(("organization" = String, Path),
        ("left" = String, Query, description = "a search, such as span.duration:>1s"),
        ("right" = Option<String>, Query, description = "a search; all others if not given"),
        ("query" = Option<String>, Query, description = "what both sets have in common"),
        ("project" = Option<Vec<String>>, Query), ("environment" = Option<Vec<String>>, Query),
        ("statsPeriod" = Option<String>, Query), ("start" = Option<String>, Query),
        ("end" = Option<String>, Query)),
    responses((status = 200, body = Comparison), (status = 400)))]
pub async fn compare(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
) -> Result<Json<Comparison>, ApiError> {
    let (asked, projects) = api
        .blocking(move |api| {
            let access = caller.enter(&api.database, &organization, Scope::EventRead)?;
            let projects = params.projects(api, &access)?;
            let window = params.window(api.clock.now(), DEFAULT_PERIOD)?;
            let scope = params.scope(&projects, window);
            let read = |key: &str| {
                let text = params.get(key).unwrap_or_default();
                Ok::<_, ApiError>(read_rows::<SpanField>(api, &projects, text)?.0)
            };
            let (common, left, right) = (read("query")?, read("left")?, read("right")?);
            if left == Filter::All {
                return Err(ApiError::Invalid("left must be a search".to_owned()));
            }
            let right = match right {
                Filter::All => Filter::Not(Box::new(left.clone())),
                right => right,
            };
            let (left, right) = (both(common.clone(), left), both(common, right));
            Ok((Asked { scope, left, right }, projects))
        })
        .await?;
    Ok(Json(differences(api.ask.as_ref(), asked, &projects).await?))
}

/// Asks once and ranks what comes back.
pub(crate) async fn differences(
    ask: &dyn Ask,
    asked: Asked,
    projects: &[Project],
) -> Result<Comparison, ApiError> {
    // What the sets are made by says nothing about them.
    let mut used = Vec::new();
    fields(&asked.left, &mut used);
    fields(&asked.right, &mut used);
    let question = SpanFacetsQuestion {
        scope: asked.scope,
        sets: vec![asked.left, asked.right],
        fields: FIELDS.into_iter().map(|(_, field)| field).collect(),
        facets_max: FACETS_MAX,
        values_max: COUNTED_MAX,
    };
    let found = ask.span_facets(question).await?;
    let pair = |counts: &[f64]| match counts {
        [left, right, ..] => Counts { left: *left, right: *right },
        _ => Counts::default(),
    };
    let totals = pair(&found.totals);
    let slugs: HashMap<String, &str> =
        projects.iter().map(|project| (project.id.to_string(), project.slug.as_str())).collect();
    let facets = found.facets.into_iter().filter(|facet| !used.contains(&facet.field));
    let difference = |facet: SpanFacet| {
        let own = pair(&facet.totals);
        let is_project = facet.field == SpanField::Project;
        let values = facet.values.into_iter().map(|(text, counts)| {
            let slug = slugs.get(&text).filter(|_| is_project).map(|slug| (*slug).to_owned());
            Value { text: slug.unwrap_or(text), counts: pair(&counts) }
        });
        let values: Vec<Value> = values.collect();
        let score = score::score(totals, own, &values);
        let key = key(facet.field);
        let values = over_represented(totals, values);
        Difference { key, score, left: own.left, right: own.right, values }
    };
    let mut attributes: Vec<Difference> =
        facets.map(difference).filter(|it| it.score > 0.0).collect();
    attributes.sort_by(|one, other| {
        other.score.total_cmp(&one.score).then_with(|| one.key.cmp(&other.key))
    });
    attributes.truncate(ATTRIBUTES_MAX);
    Ok(Comparison { left: totals.left, right: totals.right, attributes })
}

/// The values of which the first set has a larger share.
fn over_represented(totals: Counts, values: Vec<Value>) -> Vec<ValueDifference> {
    let counted = values.into_iter().filter(|value| value.counts.is_enough());
    let differences = counted.map(|value| {
        let shares = value.counts.over(totals);
        ValueDifference {
            value: value.text,
            left: value.counts.left,
            right: value.counts.right,
            left_share: shares.left,
            right_share: shares.right,
            difference: shares.left - shares.right,
        }
    });
    let mut differences: Vec<ValueDifference> =
        differences.filter(|value| value.difference > 0.0).collect();
    differences.sort_by(|one, other| other.difference.total_cmp(&one.difference));
    differences.truncate(VALUES_MAX);
    differences
}

/// As searches name it.
fn key(field: SpanField) -> String {
    if let SpanField::Attribute(name) | SpanField::Number(name) = field {
        return name;
    }
    let known = FIELDS.iter().find(|(_, known)| *known == field);
    known.map(|(name, _)| (*name).to_owned()).unwrap_or_default()
}

/// The fields that a filter looks at. Recursion ends at the grammar's depth limit.
fn fields(filter: &Filter<SpanField>, found: &mut Vec<SpanField>) {
    match filter {
        Filter::All | Filter::Nothing => {}
        Filter::And(inner) | Filter::Or(inner) => {
            for filter in inner {
                fields(filter, found);
            }
        }
        Filter::Not(inner) => fields(inner, found),
        Filter::Has(field)
        | Filter::Compare(field, ..)
        | Filter::In(field, _)
        | Filter::Contains(field, _)
        | Filter::Glob(field, _) => found.push(match field {
            SpanField::Number(name) => SpanField::Attribute(name.clone()),
            field => field.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use lang::ask::{Cell, Operator, SpanFacets, Window};
    use model::clock::Micros;

    use super::*;
    use crate::double::{Double, scope};

    fn facet(field: SpanField, values: &[(&str, f64, f64)]) -> SpanFacet {
        let sum = |of: fn(&(&str, f64, f64)) -> f64| values.iter().map(of).sum::<f64>();
        SpanFacet {
            field,
            totals: vec![sum(|it| it.1), sum(|it| it.2)],
            values: values
                .iter()
                .map(|(text, left, right)| ((*text).to_owned(), vec![*left, *right]))
                .collect(),
        }
    }

    #[tokio::test]
    async fn the_attribute_that_differs_comes_first() {
        let attribute = |name: &str| SpanField::Attribute(name.to_owned());
        let ids: Vec<String> = (0..250).map(|number| number.to_string()).collect();
        let ids: Vec<(&str, f64, f64)> = ids.iter().map(|id| (id.as_str(), 0.2, 2.0)).collect();
        let facets = SpanFacets {
            totals: vec![100.0, 1_000.0],
            facets: vec![
                facet(SpanField::Environment, &[("production", 100.0, 1_000.0)]),
                facet(
                    attribute("provider"),
                    &[("trustly", 90.0, 100.0), ("visa", 10.0, 900.0), ("rare", 1.0, 0.0)],
                ),
                facet(SpanField::Release, &[("1.0", 40.0, 600.0), ("2.0", 60.0, 400.0)]),
                facet(attribute("request.id"), &ids),
                facet(attribute("bet"), &[("5", 100.0, 0.0)]),
            ],
        };
        let window = Window { start: Micros(0), end: Micros(1) };
        let large =
            Filter::Compare(SpanField::Number("bet".to_owned()), Operator::Greater, Cell::U64(1));
        let right = Filter::Not(Box::new(large.clone()));
        let ask = Double::with_facets(facets);
        let asked = Asked { scope: scope(window), left: large, right };
        let found = differences(&ask, asked, &[]).await.unwrap();
        let keys: Vec<&str> = found.attributes.iter().map(|it| it.key.as_str()).collect();
        assert_eq!(keys, ["provider", "release"]);
        let provider = &found.attributes[0];
        assert!(provider.score > 0.4 && provider.score < 1.0, "{}", provider.score);
        assert_eq!(provider.values.len(), 1);
        let value = &provider.values[0];
        assert_eq!(
            (value.value.as_str(), value.left_share, value.right_share),
            ("trustly", 0.9, 0.1)
        );
        assert_eq!(ask.asked_facets().len(), 1);
    }

    #[tokio::test]
    async fn an_empty_set_differs_in_nothing() {
        let facets = SpanFacets {
            totals: vec![0.0, 10.0],
            facets: vec![facet(SpanField::Op, &[("db", 0.0, 10.0)])],
        };
        let window = Window { start: Micros(0), end: Micros(1) };
        let asked = Asked { scope: scope(window), left: Filter::Nothing, right: Filter::All };
        let found = differences(&Double::with_facets(facets), asked, &[]).await.unwrap();
        assert_eq!((found.right, found.attributes), (10.0, Vec::new()));
    }
}
