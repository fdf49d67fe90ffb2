//! Provisioning files: organisations and projects go into one database, their rules, monitors and uptime
//! checks into another.

mod metric;
mod watched;

use std::collections::BTreeMap;
use std::path::Path;

use alarm::{Alarms, NewRule, RuleKind};
use alert::IssueRule;
use anyhow::{Context as _, bail};
use api::rule::form;
use meta::{Meta, Project, ProvisionFile, ProvisionProject};
use model::clock::Micros;
use serde_json::Value;

/// Rules of one project in a file.
const ALERTS_MAX: usize = 1_000;
/// What a rule in a file may say besides what the plain form has.
const SYMPTOM: &str = "symptom";

/// Reads a file.
///
/// # Errors
/// When it cannot be read or does not make sense.
pub fn read(path: &Path) -> anyhow::Result<ProvisionFile> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let file = ProvisionFile::parse(&text).with_context(|| path.display().to_string())?;
    for project in file.organizations.iter().flat_map(|organization| &organization.projects) {
        check(project).with_context(|| path.display().to_string())?;
    }
    Ok(file)
}

/// What can be said of rules without knowing anybody.
fn check(project: &ProvisionProject) -> anyhow::Result<()> {
    let alerts = project.alerts.as_deref().unwrap_or_default();
    if alerts.len() > ALERTS_MAX {
        bail!("project {}: at most {ALERTS_MAX} alerts", project.slug);
    }
    for alert in alerts {
        let (plain, _) = split(project, alert)?;
        IssueRule::from_plain(&plain).with_context(|| at(project, alert))?;
    }
    metric::check(project)?;
    watched::check(project)
}

/// Applies a file that was read from there; answers a line for each change. Rules, monitors and uptime
/// checks of the file that are not in it any more go; nothing else is deleted.
///
/// # Errors
/// The first thing that breaks a rule, is taken by another, or names somebody who is not there.
pub fn apply(
    (meta, alarms): (&Meta, &Alarms),
    file: &ProvisionFile,
    (path, now): (&Path, Micros),
) -> anyhow::Result<Vec<String>> {
    let mut changes = meta.provision(file)?.changes;
    let origin = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let (mut begun, mut rules) = (Vec::new(), Vec::new());
    for asked in &file.organizations {
        let organization = meta.organization_by_slug(&asked.slug)?.context("no organisation")?.id;
        for asked in &asked.projects {
            let project = meta.project_by_slug(organization, &asked.slug)?.context("no project")?;
            rules.extend(of_project(meta, asked, &project, &origin)?);
            let first = NewRule::of_new_project(organization, project.id);
            // Whoever writes rules down wants those and no others.
            begun.push((project.id, Some(first).filter(|_| asked.alerts.is_none())));
        }
    }
    alarms.begin_projects(&begun, now)?;
    changes.extend(alarms.provision_rules(&origin, RuleKind::Issue, &rules, now)?);
    changes.extend(metric::apply((meta, alarms), file, (&origin, now))?);
    changes.extend(watched::apply((meta, alarms), file, (&origin, now))?);
    Ok(changes)
}

fn of_project(
    meta: &Meta,
    asked: &ProvisionProject,
    project: &Project,
    origin: &str,
) -> anyhow::Result<Vec<NewRule>> {
    let mut rules = Vec::new();
    for alert in asked.alerts.iter().flatten() {
        let (plain, is_symptom) = split(asked, alert)?;
        let rule = form::plain(meta, project.organization, &plain)
            .map_err(|(_, sentence)| anyhow::anyhow!("{}: {sentence}", at(asked, alert)))?;
        let mut new = NewRule::of_issues(project.organization, project.id, &rule);
        new.says.is_symptom = is_symptom;
        origin.clone_into(&mut new.origin);
        rules.push(new);
    }
    Ok(rules)
}

/// The plain form, and whether it is a symptom.
fn split(
    project: &ProvisionProject,
    alert: &BTreeMap<String, Value>,
) -> anyhow::Result<(Value, bool)> {
    let mut plain = alert.clone();
    let is_symptom = match plain.remove(SYMPTOM) {
        None => false,
        Some(Value::Bool(is_symptom)) => is_symptom,
        Some(_) => bail!("{}: symptom must be true or false", at(project, alert)),
    };
    Ok((plain.into_iter().collect::<serde_json::Map<_, _>>().into(), is_symptom))
}

fn at(project: &ProvisionProject, alert: &BTreeMap<String, Value>) -> String {
    let name = alert.get("name").and_then(Value::as_str).unwrap_or("without a name");
    format!("project {}, alert {name}", project.slug)
}
