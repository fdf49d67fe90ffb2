//! Which profiles, and which parts of them, a question is about; and reading them, within limits.

use flame::Clip;
use lang::ask::{
    Cell, Column, Direction, Filter, Scope as AskScope, SpanField, TableQuestion, Window,
};
use lang::data_set::{both, is, is_segment};
use meta::{Page, ProfileFilter, ProfileOrder, Project, StoredProfile};
use model::clock::Micros;
use model::id::{EventId, ProjectId};
use model::limits::{FLAME_BYTES_MAX, FLAME_PROFILES_MAX, QUERY_MILLIS_MAX};
use model::profile::{Profile, Subject};
use serde::Serialize;
use utoipa::ToSchema;

use super::asked;
use crate::auth::Caller;
use crate::cell;
use crate::error::ApiError;
use crate::event_search::read_rows;
use crate::params::Params;
use crate::state::Api;

/// Chunks of one profiler that a span can reach over: an hour of them.
const CHUNKS_MAX: usize = 64;

/// Which threads count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Threads {
    /// The one that the transaction ran on; all where that is not known.
    Active,
    /// All.
    All,
    /// The one with that id.
    One(String),
}

impl Threads {
    fn read(params: &Params) -> Self {
        match params.get("thread").filter(|thread| !thread.is_empty()) {
            None | Some("active") => Self::Active,
            Some("all") => Self::All,
            Some(id) => Self::One(id.to_owned()),
        }
    }
}

/// A part of a profile.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    /// The profile.
    pub(crate) stored: StoredProfile,
    /// The transaction it is of; empty for all that a process did.
    pub(crate) name: String,
    /// From when to when.
    pub(crate) window: (Micros, Micros),
    /// Which threads.
    pub(crate) threads: Threads,
}

impl Piece {
    /// All of a profile.
    fn whole(stored: StoredProfile, threads: Threads) -> Self {
        let name = stored.name.clone();
        Self { stored, name, window: (Micros(0), Micros(u64::MAX)), threads }
    }

    /// What it shows of its profile.
    pub(crate) fn clip<'p>(&'p self, profile: &'p Profile<'_>) -> Clip<'p> {
        let thread = match (&self.threads, &profile.subject) {
            (Threads::One(id), _) => Some(id.as_str()),
            (Threads::Active, Subject::Transaction { active_thread, .. }) => active_thread
                .and_then(|place| profile.threads.get(usize::try_from(place).ok()?))
                .map(|thread| &*thread.id),
            _ => None,
        };
        Clip { from: self.window.0, to: self.window.1, thread }
    }
}

/// The parts of profiles that a question is about.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    /// The parts, newest first.
    pub(crate) pieces: Vec<Piece>,
    /// There are more than are looked at.
    pub(crate) is_cut: bool,
}

/// What was read of a selection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Extent {
    /// Profiles, and parts of continuous ones, that the answer is made of.
    pub profiles: u64,
    /// Bytes that were read of the disk.
    pub bytes: u64,
    /// Profiles that could not be read.
    pub unreadable: u64,
    /// There are more than are looked at: the newest are in the answer.
    pub is_cut: bool,
}

/// What a question says, before spans are asked.
#[derive(Debug)]
struct Wanted {
    filter: ProfileFilter,
    threads: Threads,
    /// Segments whose continuous profiles are wanted, or all their profiles if `by_spans`.
    segments: Option<(AskScope, Filter<SpanField>)>,
    by_spans: bool,
}

/// Finds what a question is about: one profile (`profile`), a time of a profiler (`profiler`, `from`,
/// `to`), or all that match.
pub(crate) async fn select(
    api: &Api,
    caller: Caller,
    organization: String,
    params: Params,
) -> Result<(Vec<Project>, Selection), ApiError> {
    let named = |key: &str| params.get(key).filter(|text| !text.is_empty()).map(str::to_owned);
    let (profile, profiler) = (named("profile"), named("profiler"));
    if profile.is_some() || profiler.is_some() {
        return api
            .blocking(move |api| {
                let (projects, _) = asked(api, &caller, &organization, &params)?;
                let ids: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
                let selection = match (profile, profiler) {
                    (Some(id), _) => one(api, &ids, &id, &params)?,
                    (None, Some(id)) => of_profiler(api, &ids, &id, &params)?,
                    (None, None) => Selection::default(),
                };
                Ok((projects, selection))
            })
            .await;
    }
    let (projects, wanted) = api
        .blocking(move |api| {
            let (projects, filter) = asked(api, &caller, &organization, &params)?;
            let wanted = Wanted::read(api, &projects, filter, &params)?;
            Ok((projects, wanted))
        })
        .await?;
    let selection = many(api, wanted).await?;
    Ok((projects, selection))
}

impl Wanted {
    fn read(
        api: &Api,
        projects: &[Project],
        filter: ProfileFilter,
        params: &Params,
    ) -> Result<Self, ApiError> {
        let threads = Threads::read(params);
        let text = params.get("query").unwrap_or_default().trim();
        let (query, _) = read_rows::<SpanField>(api, projects, text)?;
        let by_spans = !text.is_empty();
        let segments = (by_spans || filter.transaction.is_some())
            .then(|| segments(&filter, params, projects, query));
        Ok(Self { filter, threads, segments, by_spans })
    }
}

/// The segments that a filter of profiles means, with what a search says besides.
fn segments(
    filter: &ProfileFilter,
    params: &Params,
    projects: &[Project],
    query: Filter<SpanField>,
) -> (AskScope, Filter<SpanField>) {
    let window = Window { start: filter.start, end: filter.end };
    let mut all = both(is_segment(), query);
    if let Some(name) = &filter.transaction {
        all = both(all, is(SpanField::Transaction, name));
    }
    if !filter.releases.is_empty() {
        let cells = filter.releases.iter().cloned().map(Cell::Text).collect();
        all = both(all, Filter::In(SpanField::Release, cells));
    }
    (params.scope(projects, window), all)
}

/// One profile, or a part of it.
fn one(api: &Api, ids: &[ProjectId], id: &str, params: &Params) -> Result<Selection, ApiError> {
    let id = EventId::parse(id).or(Err(ApiError::NotFound))?;
    let mut stored = None;
    for project in ids {
        stored = stored.or(api.database.profile(*project, id)?);
    }
    let stored = stored.ok_or(ApiError::NotFound)?;
    let window = moments(params)?.unwrap_or((Micros(0), Micros(u64::MAX)));
    let piece = Piece { window, ..Piece::whole(stored, Threads::read(params)) };
    Ok(Selection { pieces: vec![piece], is_cut: false })
}

/// What a profiler saw between two moments.
fn of_profiler(
    api: &Api,
    ids: &[ProjectId],
    id: &str,
    params: &Params,
) -> Result<Selection, ApiError> {
    let profiler = EventId::parse(id).or(Err(ApiError::NotFound))?;
    let window = moments(params)?
        .ok_or_else(|| ApiError::Invalid("profiler needs from and to, in seconds".into()))?;
    let mut found = api.database.profile_chunks(ids, profiler, window, CHUNKS_MAX + 1)?;
    let is_cut = found.len() > CHUNKS_MAX;
    found.truncate(CHUNKS_MAX);
    if found.is_empty() {
        return Err(ApiError::NotFound);
    }
    let threads = Threads::read(params);
    let piece = |stored| Piece { window, ..Piece::whole(stored, threads.clone()) };
    Ok(Selection { pieces: found.into_iter().map(piece).collect(), is_cut })
}

/// `from` and `to`, in seconds since 1970.
pub(crate) fn moments(params: &Params) -> Result<Option<(Micros, Micros)>, ApiError> {
    let moment = |key: &str| match params.get(key).filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => {
            let seconds: Option<f64> = text.parse().ok();
            let moment = seconds.and_then(|it| crate::time::from_payload(&it.into()));
            let sentence = || format!("{key} must be seconds since 1970");
            moment.map(Some).ok_or_else(|| ApiError::Invalid(sentence()))
        }
    };
    match (moment("from")?, moment("to")?) {
        (None, None) => Ok(None),
        (from, to) => Ok(Some((from.unwrap_or(Micros(0)), to.unwrap_or(Micros(u64::MAX))))),
    }
}

async fn many(api: &Api, wanted: Wanted) -> Result<Selection, ApiError> {
    let Wanted { filter, threads, segments, by_spans } = wanted;
    let rows = match segments {
        Some((scope, segments)) => profiled(api, scope, segments).await?,
        None => Vec::new(),
    };
    api.blocking(move |api| {
        let mut selection =
            Selection { is_cut: rows.len() > FLAME_PROFILES_MAX, pieces: Vec::new() };
        for row in rows.iter().take(FLAME_PROFILES_MAX) {
            selection.pieces.extend(row.pieces(api, &threads, by_spans)?);
        }
        if !by_spans {
            let mut filter = filter;
            if filter.transaction.is_some() {
                filter.of_transactions = Some(true);
            }
            let page = Page { offset: 0, limit: FLAME_PROFILES_MAX };
            let found = api.database.profiles(&filter, ProfileOrder::Newest, page)?;
            selection.is_cut |= found.more;
            let whole = found.rows.into_iter().map(|it| Piece::whole(it, threads.clone()));
            selection.pieces.extend(whole);
        }
        selection.pieces.sort_by_key(|piece| std::cmp::Reverse(piece.stored.start));
        selection.is_cut |= selection.pieces.len() > FLAME_PROFILES_MAX;
        selection.pieces.truncate(FLAME_PROFILES_MAX);
        Ok(selection)
    })
    .await
}

/// A segment that says where its profile is.
#[derive(Debug)]
struct Profiled {
    project: ProjectId,
    transaction: String,
    profile: Option<EventId>,
    profiler: Option<EventId>,
    thread: String,
    window: (Micros, Micros),
}

/// Asks for segments with profiles, the newest first, one more than are looked at.
async fn profiled(
    api: &Api,
    scope: AskScope,
    segments: Filter<SpanField>,
) -> Result<Vec<Profiled>, ApiError> {
    let attribute = |name: &str| SpanField::Attribute(name.to_owned());
    let has = |name: &str| Filter::Has(attribute(name));
    let with = Filter::Or(vec![has("sentry.profiler_id"), has("sentry.profile_id")]);
    let fields = [
        SpanField::Project,
        SpanField::Transaction,
        attribute("sentry.profile_id"),
        attribute("sentry.profiler_id"),
        attribute("thread.id"),
        SpanField::Timestamp,
        SpanField::Duration,
    ];
    let question = TableQuestion {
        scope,
        filter: both(segments, with),
        columns: fields.into_iter().map(Column::Field).collect(),
        having: Vec::new(),
        order: vec![(5, Direction::Descending)],
        offset: 0,
        limit: FLAME_PROFILES_MAX + 1,
    };
    let rows = api.ask.spans(question).await?.rows;
    Ok(rows.iter().filter_map(|row| Profiled::read(row)).collect())
}

impl Profiled {
    fn read(row: &[Cell]) -> Option<Self> {
        let [project, name, profile, profiler, thread, start, millis] = row else { return None };
        let id = |cell| EventId::parse(cell::text(cell)).ok();
        let start = cell::moment(start);
        let micros = cell::whole(cell::any_number(millis).unwrap_or(0.0) * 1e3);
        Some(Self {
            project: ProjectId(cell::number(project)?),
            transaction: cell::text(name).to_owned(),
            profile: id(profile),
            profiler: id(profiler),
            thread: cell::text(thread).to_owned(),
            window: (start, Micros(start.0.saturating_add(micros))),
        })
    }

    /// The parts of stored profiles that it means. Blocks.
    fn pieces(&self, api: &Api, threads: &Threads, with_own: bool) -> Result<Vec<Piece>, ApiError> {
        let mut pieces = Vec::new();
        if let Some(id) = self.profile.filter(|_| with_own) {
            let stored = api.database.profile(self.project, id)?;
            pieces.extend(stored.map(|stored| Piece::whole(stored, threads.clone())));
        }
        if let Some(profiler) = self.profiler {
            let threads = match threads {
                Threads::Active if !self.thread.is_empty() => Threads::One(self.thread.clone()),
                other => other.clone(),
            };
            let ids = [self.project];
            let chunks = api.database.profile_chunks(&ids, profiler, self.window, CHUNKS_MAX)?;
            pieces.extend(chunks.into_iter().map(|stored| Piece {
                stored,
                name: self.transaction.clone(),
                window: self.window,
                threads: threads.clone(),
            }));
        }
        Ok(pieces)
    }
}

impl Selection {
    /// Reads the profiles one by one and shows each to `see`, as long as bytes and time last. Blocks.
    pub(crate) fn read(
        mut self,
        api: &Api,
        mut see: impl FnMut(&Piece, &Profile<'_>, &Clip<'_>),
    ) -> Extent {
        let begun = api.clock.now();
        let mut extent = Extent { is_cut: self.is_cut, ..Extent::default() };
        // Parts of one profile are looked at together, so that it is read once.
        let key = |piece: &Piece| (piece.stored.project, piece.stored.id);
        self.pieces.sort_by_key(|piece| (std::cmp::Reverse(piece.stored.start), key(piece).1.0));
        for pieces in self.pieces.chunk_by(|one, other| key(one) == key(other)) {
            let Some(Piece { stored, .. }) = pieces.first() else { continue };
            let millis = api.clock.now().0.saturating_sub(begun.0) / 1_000;
            if extent.bytes > FLAME_BYTES_MAX || millis > QUERY_MILLIS_MAX / 2 {
                extent.is_cut = true;
                break;
            }
            extent.bytes += u64::from(stored.place.bytes);
            let Some(bytes) = read(api, stored) else {
                extent.unreadable += 1;
                continue;
            };
            match flame::decode(&bytes) {
                Ok(profile) => {
                    for piece in pieces {
                        see(piece, &profile, &piece.clip(&profile));
                        extent.profiles += 1;
                    }
                }
                Err(problem) => {
                    tracing::error!(%problem, profile = %stored.id, "a stored profile is damaged");
                    extent.unreadable += 1;
                }
            }
        }
        extent
    }
}

/// The bytes of a profile. One that cannot be read is missing in the answer, which says so. Blocks.
pub(crate) fn read(api: &Api, stored: &StoredProfile) -> Option<Vec<u8>> {
    let bytes = api.profiles.read(stored.project, stored.place);
    let warn = |problem: &std::io::Error| {
        tracing::warn!(%problem, profile = %stored.id, "a profile cannot be read");
    };
    bytes.inspect_err(warn).ok()
}
