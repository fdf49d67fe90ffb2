//! Names in a search that rows do not hold: slugs, short ids, `latest`, parts of a release name.
//!
//! Rows store a release as one text. `release.version:>=1.2` therefore becomes the set of known
//! releases that fit, once [`resolve`] is told which there are.

use std::cmp::Ordering;

use model::id::{IssueId, ProjectId};

use super::error::SearchError;
use super::field::{Role, SearchField};
use super::filter::{negate_if, texts};
use super::syntax::KeyValue;
use super::value::{Pattern, split_operator};
use crate::ask::{Cell, Filter, Glob, Operator};

/// Names that are stored apart from events.
pub trait Names {
    /// The projects that the asker may see, with their slugs.
    fn projects(&self) -> Vec<(ProjectId, String)>;
    /// The issue with that short id.
    fn issue(&self, short_id: &str) -> Option<IssueId>;
    /// The newest release of each project.
    fn latest_releases(&self) -> Vec<String>;
    /// All known releases.
    fn releases(&self) -> Vec<String>;
}

/// `release.version`, `release.build` and `release.package`: kept as a comparison with a tag of that
/// name until the releases are known. `None` for every other key.
pub(super) fn condition<F: SearchField>(
    condition: &KeyValue<'_>,
    key: &str,
) -> Result<Option<Filter<F>>, SearchError> {
    if Role::of_name(key) == Role::Plain {
        return Ok(None);
    }
    let field = || F::tag(key, None).0;
    let filters = texts(&condition.value).iter().map(|text| {
        let (operator, rest) = split_operator(text.raw);
        if rest.is_empty() {
            return Err(SearchError::EmptyValue { key: key.to_owned() });
        }
        match operator.unwrap_or(Operator::Equal) {
            Operator::Equal => Ok(Pattern::parse(*text, condition.wildcard).on(field())),
            operator => {
                // `>=1.2.*` means the same as `>=1.2`.
                let rest = rest.trim_end_matches(".*").to_owned();
                Ok(Filter::Compare(field(), operator, Cell::Text(rest)))
            }
        }
    });
    let filters = filters.collect::<Result<Vec<_>, _>>()?;
    Ok(Some(negate_if(condition.negated, super::filter::or(filters))))
}

/// Replaces project slugs, short ids, `release:latest` and conditions on parts of a release by what is
/// stored in rows. A name that does not exist matches nothing.
pub fn resolve<F: SearchField>(filter: Filter<F>, names: &dyn Names) -> Filter<F> {
    let all = |inner: Vec<Filter<F>>| {
        inner.into_iter().map(|filter| resolve(filter, names)).collect::<Vec<_>>()
    };
    match filter {
        Filter::And(inner) => Filter::And(all(inner)),
        Filter::Or(inner) => Filter::Or(all(inner)),
        Filter::Not(inner) => Filter::Not(Box::new(resolve(*inner, names))),
        Filter::In(field, cells) if is_named(&field) => {
            let cells = cells.into_iter().flat_map(|cell| known_as(&field, cell, names)).collect();
            one_of(field, cells)
        }
        Filter::Compare(field, operator, Cell::Text(text)) => match field.role() {
            Role::ReleasePart(part) => {
                releases(part, names, |value| holds(operator, compare(part, value, &text)))
            }
            Role::Project | Role::Issue | Role::Release if operator == Operator::Equal => {
                let cells = known_as(&field, Cell::Text(text), names);
                one_of(field, cells)
            }
            _ => Filter::Compare(field, operator, Cell::Text(text)),
        },
        Filter::Contains(field, part) if field.role() == Role::Project => {
            let part = part.to_lowercase();
            projects(names, |slug| slug.to_lowercase().contains(&part))
        }
        Filter::Glob(field, glob) => match field.role() {
            Role::Project => projects(names, |slug| glob_fits(&glob, slug)),
            Role::ReleasePart(part) => releases(part, names, |value| glob_fits(&glob, value)),
            _ => Filter::Glob(field, glob),
        },
        other => other,
    }
}

fn is_named<F: SearchField>(field: &F) -> bool {
    matches!(field.role(), Role::Project | Role::Issue | Role::Release)
}

fn one_of<F>(field: F, mut cells: Vec<Cell>) -> Filter<F> {
    match cells.len() {
        0 => Filter::Nothing,
        1 => cells
            .pop()
            .map_or(Filter::Nothing, |cell| Filter::Compare(field, Operator::Equal, cell)),
        _ => Filter::In(field, cells),
    }
}

/// The stored values that a name in a search stands for.
fn known_as<F: SearchField>(field: &F, cell: Cell, names: &dyn Names) -> Vec<Cell> {
    match (field.role(), &cell) {
        (Role::Project, Cell::Text(slug)) => {
            let projects = names.projects().into_iter();
            projects
                .filter(|(id, known)| known == slug || id.to_string() == *slug)
                .map(|(id, _)| Cell::U64(id.0))
                .collect()
        }
        (Role::Issue, Cell::Text(short_id)) => {
            names.issue(short_id).map(|issue| Cell::U64(issue.0)).into_iter().collect()
        }
        (Role::Release, Cell::Text(release)) if release == "latest" => {
            names.latest_releases().into_iter().map(Cell::Text).collect()
        }
        _ => vec![cell],
    }
}

fn projects<F: SearchField>(names: &dyn Names, fits: impl Fn(&str) -> bool) -> Filter<F> {
    let fitting = names.projects().into_iter().filter(|(_, slug)| fits(slug));
    one_of(F::PROJECT, fitting.map(|(id, _)| Cell::U64(id.0)).collect())
}

/// The known releases whose part fits.
fn releases<F: SearchField>(
    part: &str,
    names: &dyn Names,
    fits: impl Fn(&str) -> bool,
) -> Filter<F> {
    let part_of: fn(&Release<'_>) -> String = match part {
        "release.version" => |release| release.version.to_owned(),
        "release.build" => |release| release.build.to_owned(),
        _ => |release| release.package.to_owned(),
    };
    let fitting = names.releases().into_iter().filter(|name| fits(&part_of(&Release::parse(name))));
    one_of(F::RELEASE, fitting.map(Cell::Text).collect())
}

/// `package@version+build`; what is not there is empty.
struct Release<'a> {
    package: &'a str,
    version: &'a str,
    build: &'a str,
}

impl<'a> Release<'a> {
    fn parse(name: &'a str) -> Self {
        let (package, rest) = name.rsplit_once('@').unwrap_or(("", name));
        let (version, build) = rest.split_once('+').unwrap_or((rest, ""));
        Self { package, version, build }
    }
}

/// Versions by the order of semantic versioning, builds by their number, packages by their letters.
/// `None` when they have no order.
fn compare(part: &str, left: &str, right: &str) -> Option<Ordering> {
    match part {
        "release.version" => Some(version_key(left)?.cmp(&version_key(right)?)),
        "release.build" => Some(match (left.parse::<u64>(), right.parse::<u64>()) {
            (Ok(left), Ok(right)) => left.cmp(&right),
            _ => left.cmp(right),
        }),
        _ => Some(left.cmp(right)),
    }
}

type VersionKey<'a> = ([u64; 4], bool, Vec<(bool, u64, &'a str)>);

/// Numbers, then whether it is final, then the parts of the pre-release, numbers before words.
///
/// Source: Semantic Versioning 2.0.0, section 11.
fn version_key(version: &str) -> Option<VersionKey<'_>> {
    let version = version.split('+').next().unwrap_or_default();
    let (numbers, pre) = version.split_once('-').unwrap_or((version, ""));
    let mut key = [0; 4];
    let mut parts = numbers.split('.');
    for slot in &mut key {
        match parts.next() {
            Some(part) => *slot = part.parse().ok()?,
            None => break,
        }
    }
    if parts.next().is_some() {
        return None;
    }
    let pre_parts = pre.split('.').filter(|part| !part.is_empty());
    let pre_key = pre_parts.map(|part| match part.parse() {
        Ok(number) => (false, number, ""),
        Err(_) => (true, 0, part),
    });
    Some((key, pre.is_empty(), pre_key.collect()))
}

fn holds(operator: Operator, ordering: Option<Ordering>) -> bool {
    let Some(ordering) = ordering else { return operator == Operator::NotEqual };
    match operator {
        Operator::Equal => ordering.is_eq(),
        Operator::NotEqual => ordering.is_ne(),
        Operator::Less => ordering.is_lt(),
        Operator::LessOrEqual => ordering.is_le(),
        Operator::Greater => ordering.is_gt(),
        Operator::GreaterOrEqual => ordering.is_ge(),
    }
}

/// Whether the whole text fits the pattern, without regard to case.
fn glob_fits(glob: &Glob, text: &str) -> bool {
    let text = text.to_lowercase();
    let pieces: Vec<String> = glob.pieces.iter().map(|piece| piece.to_lowercase()).collect();
    let [first, middle @ .., last] = pieces.as_slice() else { return false };
    let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
    for piece in middle {
        match rest.split_once(piece.as_str()) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last.as_str())
}
