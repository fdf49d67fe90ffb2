//! Thinning out: when spans are no longer new, some traces stay for all.
//!
//! Everything that a decision needs is on disk: verdicts lie beside the spans that gave rise to them, and
//! error events say which traces they belong to. So a restart changes no decision. What is only in
//! memory, the rates that projects send at, is measured again.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use model::clock::Micros;
use model::id::{OrganizationId, ProjectId, TraceId};
use model::sampling::{Rule, Share, Verdict};
use sample::{Budget, Docket, Rules};
use store::spans::{Due, Plan, Retention};

use super::Keeper;
use crate::step::PipelineError;

/// How far around the spans verdicts on their traces are looked for.
const AROUND_MICROS: u64 = 3_600_000_000;
/// A round is of at least as many seconds: rows wait in memory as long for others.
const ROUND_SECONDS_MIN: f64 = 60.0;
/// How long parts wait for others, as a share of the time that everything is kept.
const PATIENCE_SHARE: u64 = 4;
const MINUTE_MICROS: u64 = 60_000_000;

/// What is kept whole.
#[derive(Debug, Clone, Copy)]
pub struct NewestParts {
    /// Minutes for which everything is kept.
    pub minutes: u32,
    /// Bytes that may be kept whole; beyond it the oldest spans are thinned out before their time.
    pub bytes_max: u64,
}

/// What sampling did since the server was started.
#[derive(Debug, Clone, Default)]
pub struct SamplingCounts {
    /// For each rule the spans that stayed and those that went.
    pub spans: Vec<(&'static str, u64, u64)>,
    /// Projects that send more than their goal by rules alone.
    pub exceeded: Vec<ProjectId>,
}

/// What is remembered from one round to the next.
#[derive(Debug, Default)]
pub(super) struct Sampling {
    budgets: HashMap<ProjectId, Budget>,
    counts: SamplingCounts,
}

/// A project as one round sees it.
struct Place {
    organization: OrganizationId,
    /// `None` when everything stays.
    background: Option<Share>,
    /// Spans that stayed by a rule, and spans that nothing spoke for.
    ruled: Cell<u64>,
    common: Cell<u64>,
}

/// Decides, and counts.
struct Round {
    docket: Docket,
    places: HashMap<ProjectId, Place>,
    /// The last trace and what became of it.
    last: Cell<Option<(ProjectId, TraceId, Share, Rule)>>,
    /// By the code of the rule: spans that stayed, spans that went.
    counts: RefCell<HashMap<Rule, (u64, u64)>>,
}

impl Keeper {
    /// What sampling did so far.
    pub fn sampling(&self) -> SamplingCounts {
        lock(&self.sampling).counts.clone()
    }

    /// Thins out the parts that are due; false when there are none. Blocks for seconds.
    pub(super) fn thin(&self, now: Micros) -> Result<bool, PipelineError> {
        let newest = &self.parts.newest;
        let micros = u64::from(newest.minutes) * MINUTE_MICROS;
        let due = Due {
            newest: Micros(now.0.saturating_sub(micros)),
            patience: Micros(now.0.saturating_sub(micros + micros / PATIENCE_SHARE)),
            bytes_max: newest.bytes_max,
        };
        let store = &self.parts.spans;
        let Some(plan) = store.plan_thinning(&due) else { return Ok(false) };
        let round = self.docket(&plan)?;
        let days_of = |project: ProjectId| self.days_of(project);
        let weigh = |project, trace| round.weigh(project, trace);
        let retention = Retention { now, days_of: &days_of, weigh: &weigh };
        let compacted = store.run(&plan, &retention)?;
        {
            let _quiet = self.traces.quiet();
            self.parts.meta.commit_catalogue(&compacted.change())?;
            store.publish_compacted(compacted);
        }
        self.learn(&round, &plan);
        Ok(true)
    }

    /// Everything that is known of the traces in these parts.
    fn docket(&self, plan: &Plan) -> Result<Round, PipelineError> {
        let meta = &self.parts.meta;
        let (first, last) = plan.received();
        let between = (
            Micros(first.0.saturating_sub(AROUND_MICROS)),
            Micros(last.0.saturating_add(AROUND_MICROS)),
        );
        let mut docket = Docket::default();
        let mut organizations: HashMap<ProjectId, Option<OrganizationId>> = HashMap::new();
        let mut add = |docket: &mut Docket, verdict: &Verdict| {
            let find = || meta.organization_of(verdict.project);
            if let Some(of) = *organizations.entry(verdict.project).or_insert_with(find) {
                docket.add(of, verdict);
            }
        };
        // Errors first: there is room for so many.
        let mut errors: HashMap<ProjectId, Share> = HashMap::new();
        self.parts.events.traces(between, |project, trace| {
            let find = || match meta.project_settings(project) {
                Some(settings) => Share::nearest(settings.sampling.error),
                None => Share::NONE,
            };
            let share = *errors.entry(project).or_insert_with(find);
            if share > Share::NONE {
                let (at, rule) = (last, Rule::Error);
                add(&mut docket, &Verdict { project, trace, at, share, rule });
            }
        })?;
        self.parts.spans.verdicts(between, |verdict| add(&mut docket, &verdict));
        let sampling = lock(&self.sampling);
        let places = plan.projects().into_iter().filter_map(|project| {
            let settings = meta.project_settings(project)?;
            let rules = Rules::new(&settings.sampling);
            let budget = sampling.budgets.get(&project).copied().unwrap_or_default();
            let background = docket.background(project, budget.share(&rules));
            let place = Place {
                organization: meta.organization_of(project)?,
                background: Some(background).filter(|_| !rules.keep_everything()),
                ruled: Cell::new(0),
                common: Cell::new(0),
            };
            Some((project, place))
        });
        let places = places.collect();
        drop(sampling);
        Ok(Round { docket, places, last: Cell::new(None), counts: RefCell::default() })
    }

    /// Takes what a round has counted into account.
    fn learn(&self, round: &Round, plan: &Plan) {
        let (first, last) = plan.received();
        let seconds = std::time::Duration::from_micros(last.0.saturating_sub(first.0));
        let seconds = seconds.as_secs_f64().max(ROUND_SECONDS_MIN);
        let mut sampling = lock(&self.sampling);
        let Sampling { budgets, counts } = &mut *sampling;
        for (project, place) in &round.places {
            let Some(settings) = self.parts.meta.project_settings(*project) else { continue };
            let rules = Rules::new(&settings.sampling);
            let budget = budgets.entry(*project).or_default();
            budget.note(place.ruled.get(), place.common.get(), seconds);
            counts.exceeded.retain(|known| known != project);
            if !rules.keep_everything() && budget.is_exceeded(&rules) {
                counts.exceeded.push(*project);
            }
        }
        budgets.retain(|project, _| self.parts.meta.organization_of(*project).is_some());
        for (rule, (stayed, went)) in round.counts.borrow().iter() {
            let name = rule.name();
            match counts.spans.iter_mut().find(|(known, ..)| *known == name) {
                Some((_, all_stayed, all_went)) => {
                    *all_stayed += stayed;
                    *all_went += went;
                }
                None => counts.spans.push((name, *stayed, *went)),
            }
        }
        counts.spans.sort_unstable();
    }
}

impl Round {
    /// Whether a span stays, and for how many.
    fn weigh(&self, project: ProjectId, trace: TraceId) -> Option<f64> {
        // Of projects that are gone, everything is gone.
        let place = self.places.get(&project)?;
        let Some(background) = place.background else { return Some(1.0) };
        let (share, rule) = match self.last.get() {
            Some((of, known, share, rule)) if (of, known) == (project, trace) => (share, rule),
            _ => self.docket.share_of(place.organization, trace, background),
        };
        self.last.set(Some((project, trace, share, rule)));
        let stays = share.keeps(trace);
        let counter = if rule == Rule::Background { &place.common } else { &place.ruled };
        counter.set(counter.get() + u64::from(stays || rule == Rule::Background));
        let mut counts = self.counts.borrow_mut();
        let (stayed, went) = counts.entry(rule).or_default();
        *if stays { stayed } else { went } += 1;
        stays.then(|| share.weight())
    }
}

fn lock(sampling: &Mutex<Sampling>) -> std::sync::MutexGuard<'_, Sampling> {
    sampling.lock().unwrap_or_else(PoisonError::into_inner)
}
