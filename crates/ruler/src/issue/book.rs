//! The rules of each project, read when the project is looked at and again when rules have changed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use alarm::{Alarms, NewRule, Rule, RuleKind, RuleQuery};
use alert::{Filter, IssueRule};
use meta::Meta;
use model::clock::Micros;
use model::id::ProjectId;

use crate::error::RulerError;

/// Projects whose rules are kept; so many more than there are rules for that it hardly ever counts.
const PROJECTS_MAX: usize = 20_000;

/// A rule that is evaluated.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) id: u64,
    pub(super) is_symptom: bool,
    pub(super) rule: IssueRule,
    /// Whether it matters which event of an issue it is.
    pub(super) looks_at_events: bool,
    pub(super) snoozed_until: Option<Micros>,
}

/// The rules of a project.
#[derive(Debug, Default)]
pub(super) struct ProjectRules {
    pub(super) rules: Vec<Watched>,
    /// Whether one of them asks for releases.
    pub(super) asks_for_releases: bool,
}

impl ProjectRules {
    pub(super) fn on_changes(&self, now: Micros) -> impl Iterator<Item = &Watched> {
        self.rules.iter().filter(move |rule| rule.rule.waits_for_changes() && rule.is_awake(now))
    }

    pub(super) fn on_events(&self, now: Micros) -> impl Iterator<Item = &Watched> {
        self.rules.iter().filter(move |rule| rule.rule.waits_for_events() && rule.is_awake(now))
    }
}

impl Watched {
    fn is_awake(&self, now: Micros) -> bool {
        self.snoozed_until.is_none_or(|until| now >= until)
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Book {
    version: Option<u64>,
    projects: HashMap<ProjectId, Arc<ProjectRules>>,
}

impl Book {
    /// Forgets what was read when a rule has changed since.
    pub(super) fn renew(&mut self, alarms: &Alarms) -> Result<(), RulerError> {
        let version = Some(alarms.rules_version()?);
        if version != self.version {
            self.version = version;
            self.projects.clear();
        }
        Ok(())
    }

    /// The rules of a project. One that is new gets its first rule; of one that is gone, all are deleted.
    pub(super) fn of(
        &mut self,
        parts: (&Alarms, &Meta),
        project: ProjectId,
        now: Micros,
    ) -> Result<Arc<ProjectRules>, RulerError> {
        if let Some(known) = self.projects.get(&project) {
            return Ok(Arc::clone(known));
        }
        if self.projects.len() >= PROJECTS_MAX {
            self.projects.clear();
        }
        let rules = Arc::new(read(parts, project, now)?);
        self.projects.insert(project, Arc::clone(&rules));
        Ok(rules)
    }
}

fn read(
    (alarms, meta): (&Alarms, &Meta),
    project: ProjectId,
    now: Micros,
) -> Result<ProjectRules, RulerError> {
    let Some(found) = meta.project(project)? else {
        alarms.forget_project(project)?;
        return Ok(ProjectRules::default());
    };
    let organization = found.organization;
    let first = NewRule::of_new_project(organization, project);
    alarms.begin_projects(&[(project, Some(first))], now)?;
    let query = RuleQuery {
        organization: Some(organization),
        project: Some(project),
        kind: Some(RuleKind::Issue),
        enabled_only: true,
    };
    let snoozes = alarms.snoozes(organization)?;
    let snoozes: BTreeMap<u64, Micros> = snoozes
        .into_iter()
        .map(|(rule, snooze)| (rule, snooze.until.unwrap_or(Micros(u64::MAX))))
        .collect();
    let rules = alarms.rules(&query)?.into_iter();
    let rules = rules.filter_map(|rule| watched(&rule, snoozes.get(&rule.id).copied()));
    let rules: Vec<Watched> = rules.collect();
    let asks = |filter: &Filter| matches!(filter, Filter::LatestRelease | Filter::ReleaseAge(_));
    let asks_for_releases = rules.iter().any(|watched| watched.rule.filters.iter().any(asks));
    Ok(ProjectRules { rules, asks_for_releases })
}

fn watched(rule: &Rule, snoozed_until: Option<Micros>) -> Option<Watched> {
    let read = rule.issue_rule().inspect_err(|problem| {
        let (rule, problem) = (rule.id, problem.to_string());
        tracing::error!(rule, problem, "a rule cannot be read and is left out");
    });
    let says = read.ok()?;
    let of_event = |filter: &Filter| {
        matches!(
            filter,
            Filter::Value(..) | Filter::Level(..) | Filter::LatestRelease | Filter::ReleaseAge(_)
        )
    };
    Some(Watched {
        id: rule.id,
        is_symptom: rule.says.is_symptom,
        looks_at_events: says.environment.is_some() || says.filters.iter().any(of_event),
        rule: says,
        snoozed_until,
    })
}
