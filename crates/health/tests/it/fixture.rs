//! A database in a folder of its own, and words to fill it with.

use std::path::PathBuf;

use health::{Batch, Content, Health, HealthLimits, Report, Verdict};
use lang::health::{AskHealth as _, HealthBy, HealthGroup, HealthQuestion, Names};
use model::clock::Micros;
use model::id::{EventId, ProjectId};
use model::intake::Offset;
use model::session::SessionHealth;
use tempfile::TempDir;
use wire::session::{Aggregates, Anr, Attributes, Bucket, Update};

pub(crate) const PROJECT: ProjectId = ProjectId(7);
/// 2026-11-21T00:00:00Z, in hours.
pub(crate) const MIDNIGHT: u64 = 498_672;
pub(crate) const HOUR: u64 = 3_600_000_000;

pub(crate) struct Fixture {
    pub(crate) health: Health,
    limits: HealthLimits,
    end: u64,
    folder: TempDir,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::with(HealthLimits::default())
    }

    pub(crate) fn with(limits: HealthLimits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let health = Health::open(&folder.path().join("health.sqlite"), limits).unwrap();
        Self { health, limits, end: 0, folder }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("health.sqlite")
    }

    /// Closes and opens the database.
    pub(crate) fn again(&mut self) {
        self.health = Health::open(&self.path(), self.limits).unwrap();
    }

    /// Counts some reports as the next step would.
    pub(crate) fn take(&mut self, contents: impl IntoIterator<Item = Content>) -> Vec<Verdict> {
        let reports = contents.into_iter().map(|content| Report { project: PROJECT, content });
        let batch = Batch {
            start: Offset(self.end),
            end: Offset(self.end + 10),
            received: Some(Micros(MIDNIGHT * HOUR)),
            reports: reports.collect(),
        };
        let verdicts = self.health.apply(&batch).unwrap();
        self.end += 10;
        verdicts
    }

    /// One group over three days around midnight.
    pub(crate) fn total(&self) -> HealthGroup {
        self.ask(&question()).pop().unwrap_or_default()
    }

    pub(crate) fn ask(&self, question: &HealthQuestion) -> Vec<HealthGroup> {
        self.health.health(question).unwrap()
    }

    pub(crate) fn sessions(&self) -> [u64; 5] {
        self.total().total.sessions
    }

    pub(crate) fn users(&self) -> [u64; 5] {
        self.total().total.users
    }
}

pub(crate) fn question() -> HealthQuestion {
    HealthQuestion {
        projects: vec![PROJECT],
        releases: Names::default(),
        environments: Names::default(),
        hour_start: MIDNIGHT - 24,
        hour_end: MIDNIGHT + 48,
        step_hours: 0,
        group: HealthBy::default(),
        users: true,
    }
}

/// An update of a session with that number, begun that many hours after midnight.
pub(crate) fn update(session: u64, sequence: u64, health: SessionHealth, hour: u64) -> Content {
    let update = Update {
        session: Some(id(session)),
        user: None,
        init: sequence == 0,
        sequence,
        started: Micros((MIDNIGHT + hour) * HOUR + 5),
        health,
        anr: Anr::None,
        attributes: attributes("web@1", "prod"),
    };
    Content::Update(id(session), update)
}

/// The same, changed a little.
pub(crate) fn but(content: Content, change: impl FnOnce(&mut Update)) -> Content {
    match content {
        Content::Update(id, mut update) => {
            change(&mut update);
            Content::Update(id, update)
        }
        counts @ Content::Aggregates(_) => counts,
    }
}

pub(crate) fn by(content: Content, user: &str) -> Content {
    but(content, |update| update.user = Some(user.to_owned()))
}

pub(crate) fn of(content: Content, release: &str, environment: &str) -> Content {
    but(content, |update| update.attributes = attributes(release, environment))
}

pub(crate) fn counts(hour: u64, user: Option<&str>, counts: [u32; 5]) -> Content {
    let started = Micros((MIDNIGHT + hour) * HOUR);
    let bucket = Bucket { started, user: user.map(str::to_owned), counts };
    let attributes = attributes("web@1", "prod");
    Content::Aggregates(Aggregates { attributes, buckets: vec![bucket] })
}

fn attributes(release: &str, environment: &str) -> Attributes {
    Attributes { release: release.to_owned(), environment: environment.to_owned() }
}

/// An id as random ones look: neighbours are far apart.
pub(crate) fn id(number: u64) -> EventId {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut bytes = [1; 16];
    bytes[..8].copy_from_slice(&mixed.to_be_bytes());
    EventId(bytes)
}
