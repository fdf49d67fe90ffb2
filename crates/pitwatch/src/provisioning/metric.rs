//! Rules about numbers in provisioning files.

use std::collections::BTreeMap;

use alarm::{Alarms, NewRule, RuleKind, RuleQuery};
use alert::{Action, Channel, PlainMetricRule};
use anyhow::{Context as _, bail};
use api::metric_alert;
use api::rule::form;
use meta::{Meta, Project, ProvisionFile, ProvisionProject};
use model::clock::Micros;
use serde_json::{Value, json};

use super::{ALERTS_MAX, at};

/// What can be said of rules without knowing anybody.
pub(super) fn check(project: &ProvisionProject) -> anyhow::Result<()> {
    if project.metric_alerts.len() > ALERTS_MAX {
        bail!("project {}: at most {ALERTS_MAX} metric alerts", project.slug);
    }
    for alert in &project.metric_alerts {
        PlainMetricRule::read(alert, &project.slug).with_context(|| at(project, alert))?;
    }
    Ok(())
}

/// Makes the rules about numbers be those of the file; answers a line for each change.
pub(super) fn apply(
    (meta, alarms): (&Meta, &Alarms),
    file: &ProvisionFile,
    (origin, now): (&str, Micros),
) -> anyhow::Result<Vec<String>> {
    let mut changes = Vec::new();
    // Causes are named, and may be rules that this very file makes: those are known in the second round.
    for is_last in [false, true] {
        let mut rules = Vec::new();
        for asked in &file.organizations {
            let organization =
                meta.organization_by_slug(&asked.slug)?.context("no organisation")?.id;
            let query = RuleQuery { organization: Some(organization), ..RuleQuery::default() };
            let known: BTreeMap<String, u64> =
                alarms.rules(&query)?.into_iter().map(|rule| (rule.says.name, rule.id)).collect();
            for asked in &asked.projects {
                let project = meta.project_by_slug(organization, &asked.slug)?;
                let project = project.context("no project")?;
                for alert in &asked.metric_alerts {
                    let known = |name: &str| known.get(name).copied();
                    let mut rule = rule(meta, &project, alert, (known, is_last), now)
                        .with_context(|| at(asked, alert))?;
                    origin.clone_into(&mut rule.origin);
                    rules.push(rule);
                }
            }
        }
        changes.extend(alarms.provision_rules(origin, RuleKind::Metric, &rules, now)?);
    }
    changes.dedup();
    Ok(changes)
}

fn rule(
    meta: &Meta,
    project: &Project,
    alert: &BTreeMap<String, Value>,
    (known, is_last): (impl Fn(&str) -> Option<u64>, bool),
    now: Micros,
) -> anyhow::Result<NewRule> {
    let PlainMetricRule { mut rule, causes, then } = PlainMetricRule::read(alert, &project.slug)?;
    for cause in causes {
        match known(&cause) {
            Some(id) => rule.causes.push(id),
            None if is_last => bail!("causes: there is no rule {cause:?}"),
            None => {}
        }
    }
    if !then.is_empty() {
        let plain = json!({"name": rule.name, "then": then});
        let read = form::plain(meta, project.organization, &plain)
            .map_err(|(_, sentence)| anyhow::anyhow!("then: {sentence}"))?;
        let actions = read.actions.iter().map(written).collect::<anyhow::Result<Vec<_>>>()?;
        rule.warning_actions.clone_from(&actions);
        rule.critical_actions = actions;
    }
    let says = metric_alert::as_stored(meta, project, rule, now)?;
    Ok(NewRule {
        organization: project.organization,
        project: Some(project.id),
        kind: RuleKind::Metric,
        says,
        origin: String::new(),
        created_by: None,
    })
}

/// An action as Sentry's clients write it for rules about numbers.
fn written(action: &Action) -> anyhow::Result<Value> {
    let setting = |name: &str| action.settings.get(name).cloned().unwrap_or_default();
    let kind = match action.channel {
        Channel::Mail => {
            let target = match setting("targetType").as_str() {
                Some("Member") => "user",
                Some("Team") => "team",
                _ => bail!("then: a number has no owner; name a team or a member"),
            };
            return Ok(json!({
                "type": "email", "targetType": target, "targetIdentifier": setting("targetIdentifier"),
            }));
        }
        Channel::Slack => {
            return Ok(json!({
                "type": "slack", "integrationId": setting("workspace"), "inputChannelId": setting("channel"),
            }));
        }
        Channel::Service => "service",
        Channel::PagerDuty => "pagerduty",
        Channel::MsTeams => "msteams",
        Channel::Discord => "discord",
        Channel::Opsgenie => "opsgenie",
        Channel::Jira
        | Channel::JiraServer
        | Channel::GitHub
        | Channel::GitHubEnterprise
        | Channel::AzureDevops
        | Channel::Plugins
        | Channel::SentryApp => bail!("then: this channel cannot tell of numbers"),
    };
    let mut settings = action.settings.clone();
    settings.insert("type".to_owned(), json!(kind));
    Ok(Value::Object(settings))
}
