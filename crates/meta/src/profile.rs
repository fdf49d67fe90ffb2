//! Profiles: what each is of, and where its bytes lie.

use model::clock::Micros;
use model::id::{EventId, ProjectId, SpanId, TraceId};
use model::limits::PROFILE_CHUNK_MICROS_MAX;
use model::profile::Place;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};

use crate::database::Meta;
use crate::error::MetaError;
use crate::page::{Listed, Page, execute, row, rows};

/// Profiles deleted in one step, so that the writer is free for the pipeline in between.
const STEP_PROFILES: usize = 2_000;
/// Releases that are answered.
const RELEASES_MAX: usize = 100;

/// A profile or a chunk of one, without its samples. Empty text means "not there".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredProfile {
    /// Whose it is.
    pub project: ProjectId,
    /// Its own id; of a chunk the chunk's.
    pub id: EventId,
    /// The profiler; `None` for the profile of one transaction.
    pub profiler: Option<EventId>,
    /// The transaction's event.
    pub event: Option<EventId>,
    /// The transaction's trace.
    pub trace: Option<TraceId>,
    /// The transaction's own span.
    pub span: Option<SpanId>,
    /// The transaction's name.
    pub name: String,
    /// `python`, `node`, `javascript`, …
    pub platform: String,
    /// What ran.
    pub release: String,
    /// Where it ran.
    pub environment: String,
    /// The first moment it saw.
    pub start: Micros,
    /// The last moment it saw.
    pub end: Micros,
    /// When it arrived.
    pub received: Micros,
    /// Samples in it.
    pub samples: u64,
    /// Threads in it.
    pub threads: u64,
    /// Whether memory was measured.
    pub has_memory: bool,
    /// Whether processor time was measured.
    pub has_cpu: bool,
    /// Where its bytes lie.
    pub place: Place,
}

/// Which profiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileFilter {
    /// Of these projects; none means none.
    pub projects: Vec<ProjectId>,
    /// That begin from then on.
    pub start: Micros,
    /// That begin before then.
    pub end: Micros,
    /// Of these environments; all when empty.
    pub environments: Vec<String>,
    /// Of these releases; all when empty.
    pub releases: Vec<String>,
    /// Of these platforms; all when empty.
    pub platforms: Vec<String>,
    /// Of the transaction of that name.
    pub transaction: Option<String>,
    /// Of transactions of that trace.
    pub trace: Option<TraceId>,
    /// Of transactions only (true), chunks only (false), or both.
    pub of_transactions: Option<bool>,
}

/// What is listed first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ProfileOrder {
    /// What began last.
    #[default]
    Newest,
    /// What took longest.
    Longest,
    /// What has most samples.
    MostSamples,
}

/// A release that profiles were taken of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileRelease {
    /// Its name.
    pub release: String,
    /// How many profiles there are of it.
    pub profiles: u64,
    /// When the first began.
    pub first: Micros,
    /// When the last began.
    pub last: Micros,
}

const COLUMNS: &str = "SELECT project, id, profiler, event, trace, span, name, platform, release,
    environment, start, \"end\", received, samples, threads, measures, day, pack, place, bytes
    FROM profiles";

impl Meta {
    /// A profile or chunk by its id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn profile(
        &self,
        project: ProjectId,
        id: EventId,
    ) -> Result<Option<StoredProfile>, MetaError> {
        let sql = format!("{COLUMNS} WHERE project = ? AND id = ?");
        self.read(|connection| row(connection, &sql, params![project.0, id.0], read))
    }

    /// Profiles that match, a page of them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn profiles(
        &self,
        filter: &ProfileFilter,
        order: ProfileOrder,
        page: Page,
    ) -> Result<Listed<StoredProfile>, MetaError> {
        let (conditions, mut values) = filter.conditions();
        let order = match order {
            ProfileOrder::Newest => "start DESC",
            ProfileOrder::Longest => "\"end\" - start DESC",
            ProfileOrder::MostSamples => "samples DESC",
        };
        let sql = format!("{COLUMNS} WHERE {conditions} ORDER BY {order}, id LIMIT ? OFFSET ?");
        values.push(number(page.limit() + 1));
        values.push(number(page.offset));
        self.read(|connection| {
            let mut rows = rows(connection, &sql, params_from_iter(&values), read)?;
            let more = rows.len() > page.limit();
            rows.truncate(page.limit());
            Ok(Listed { rows, more })
        })
    }

    /// Chunks of a profiler that have something between two moments, in order of time.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn profile_chunks(
        &self,
        projects: &[ProjectId],
        profiler: EventId,
        (start, end): (Micros, Micros),
        chunks_max: usize,
    ) -> Result<Vec<StoredProfile>, MetaError> {
        let places = marks(projects.len());
        let sql = format!(
            "{COLUMNS} WHERE project IN ({places}) AND profiler = ? AND start >= ? AND start < ?
             AND \"end\" >= ? ORDER BY start LIMIT ?"
        );
        let mut values: Vec<Value> = projects.iter().map(|project| whole(project.0)).collect();
        values.push(Value::Blob(profiler.0.to_vec()));
        // A chunk is not longer than that, so none that begins before can reach in.
        values.push(whole(start.0.saturating_sub(PROFILE_CHUNK_MICROS_MAX)));
        values.extend([whole(end.0), whole(start.0), number(chunks_max)]);
        self.read(|connection| rows(connection, &sql, params_from_iter(&values), read))
    }

    /// Releases of profiles that match, the one that was first seen last first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn profile_releases(
        &self,
        filter: &ProfileFilter,
    ) -> Result<Vec<ProfileRelease>, MetaError> {
        let (conditions, mut values) = filter.conditions();
        let sql = format!(
            "SELECT release, count(*), min(start), max(start) FROM profiles
             WHERE {conditions} AND release <> '' GROUP BY release ORDER BY 3 DESC LIMIT ?"
        );
        values.push(number(RELEASES_MAX));
        self.read(|connection| {
            rows(connection, &sql, params_from_iter(&values), |row| {
                Ok(ProfileRelease {
                    release: row.get(0)?,
                    profiles: row.get(1)?,
                    first: Micros(row.get(2)?),
                    last: Micros(row.get(3)?),
                })
            })
        })
    }

    /// Transactions that profiles were taken of, with how many, most first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn profile_transactions(
        &self,
        filter: &ProfileFilter,
        limit: usize,
    ) -> Result<Vec<(String, u64)>, MetaError> {
        let (conditions, mut values) = filter.conditions();
        let sql = format!(
            "SELECT name, count(*) FROM profiles WHERE {conditions} AND name <> ''
             GROUP BY name ORDER BY 2 DESC, 1 LIMIT ?"
        );
        values.push(number(limit));
        self.read(|connection| {
            rows(connection, &sql, params_from_iter(&values), |row| Ok((row.get(0)?, row.get(1)?)))
        })
    }

    /// Forgets profiles that arrived before a moment.
    pub(crate) fn forget_profiles(
        &self,
        project: ProjectId,
        since: Micros,
    ) -> Result<(), MetaError> {
        let sql = "DELETE FROM profiles WHERE project = ?1 AND id IN
                   (SELECT id FROM profiles WHERE project = ?1 AND received < ?2 LIMIT ?3)";
        loop {
            let values = params![project.0, since.0, STEP_PROFILES];
            let count = self.write(|transaction| execute(transaction, sql, values))?;
            if count < STEP_PROFILES {
                return Ok(());
            }
        }
    }
}

impl ProfileFilter {
    /// All profiles of these projects that begin between two moments, the last one left out.
    pub fn new(projects: Vec<ProjectId>, (start, end): (Micros, Micros)) -> Self {
        Self {
            projects,
            start,
            end,
            environments: Vec::new(),
            releases: Vec::new(),
            platforms: Vec::new(),
            transaction: None,
            trace: None,
            of_transactions: None,
        }
    }

    /// The conditions in SQL with their values. Projects come first, because every index begins with
    /// them.
    fn conditions(&self) -> (String, Vec<Value>) {
        let mut sql = format!("project IN ({})", marks(self.projects.len()));
        let mut values: Vec<Value> = self.projects.iter().map(|project| whole(project.0)).collect();
        if let Some(trace) = self.trace {
            sql.push_str(" AND trace = ?");
            values.push(Value::Blob(trace.0.to_vec()));
        }
        sql.push_str(" AND start >= ? AND start < ?");
        values.extend([whole(self.start.0), whole(self.end.0)]);
        for (column, texts) in [
            ("environment", &self.environments),
            ("release", &self.releases),
            ("platform", &self.platforms),
        ] {
            if !texts.is_empty() {
                let places = marks(texts.len());
                sql.extend([" AND ", column, " IN (", &places, ")"]);
                values.extend(texts.iter().cloned().map(Value::Text));
            }
        }
        if let Some(name) = &self.transaction {
            sql.push_str(" AND name = ?");
            values.push(Value::Text(name.clone()));
        }
        sql.push_str(match self.of_transactions {
            Some(true) => " AND profiler IS NULL",
            Some(false) => " AND profiler IS NOT NULL",
            None => "",
        });
        (sql, values)
    }
}

/// Adds profiles; one whose id is known is there already.
pub(crate) fn insert(connection: &Connection, profiles: &[StoredProfile]) -> Result<(), MetaError> {
    let sql = "INSERT INTO profiles (project, id, profiler, event, trace, span, name, platform,
               release, environment, start, \"end\", received, samples, threads, measures, day, pack,
               place, bytes)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
               ON CONFLICT DO NOTHING";
    for new in profiles {
        let values = params![
            new.project.0,
            new.id.0,
            new.profiler.map(|id| id.0),
            new.event.map(|id| id.0),
            new.trace.map(|id| id.0),
            new.span.map(|id| id.0),
            new.name,
            new.platform,
            new.release,
            new.environment,
            new.start.0,
            new.end.0,
            new.received.0,
            new.samples,
            new.threads,
            u8::from(new.has_memory) | u8::from(new.has_cpu) << 1,
            new.place.day,
            new.place.pack,
            new.place.offset,
            new.place.bytes,
        ];
        execute(connection, sql, values)?;
    }
    Ok(())
}

fn read(row: &Row<'_>) -> Result<StoredProfile, rusqlite::Error> {
    let id = |place| row.get::<_, Option<[u8; 16]>>(place);
    let measures: u8 = row.get(15)?;
    Ok(StoredProfile {
        project: ProjectId(row.get(0)?),
        id: EventId(row.get(1)?),
        profiler: id(2)?.map(EventId),
        event: id(3)?.map(EventId),
        trace: id(4)?.map(TraceId),
        span: row.get::<_, Option<[u8; 8]>>(5)?.map(SpanId),
        name: row.get(6)?,
        platform: row.get(7)?,
        release: row.get(8)?,
        environment: row.get(9)?,
        start: Micros(row.get(10)?),
        end: Micros(row.get(11)?),
        received: Micros(row.get(12)?),
        samples: row.get(13)?,
        threads: row.get(14)?,
        has_memory: measures & 1 != 0,
        has_cpu: measures & 2 != 0,
        place: Place {
            day: row.get(16)?,
            pack: row.get(17)?,
            offset: row.get(18)?,
            bytes: row.get(19)?,
        },
    })
}

/// As many question marks.
fn marks(count: usize) -> String {
    vec!["?"; count].join(", ")
}

fn whole(value: u64) -> Value {
    Value::Integer(i64::try_from(value).unwrap_or(i64::MAX))
}

fn number(value: usize) -> Value {
    Value::Integer(i64::try_from(value).unwrap_or(i64::MAX))
}
