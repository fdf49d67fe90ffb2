//! Rules about issues: what of a [`Rule`] is an [`alert::IssueRule`].

use alert::{IssueRule, SentryFormError};
use model::id::{OrganizationId, ProjectId};
use serde_json::{Map, Value};

use crate::rule::{NewRule, Rule, RuleChange, RuleKind};

/// Fields of Sentry's form that make the definition of a rule about issues, besides its name.
const ISSUE_RULE_FIELDS: [&str; 7] =
    ["environment", "actionMatch", "filterMatch", "frequency", "conditions", "filters", "actions"];

impl Rule {
    /// What a rule about issues says.
    ///
    /// # Errors
    /// When it was written by another version of this program that knows more.
    pub fn issue_rule(&self) -> Result<IssueRule, SentryFormError> {
        let mut form = self.says.definition.clone();
        if let Some(fields) = form.as_object_mut() {
            fields.insert("name".to_owned(), self.says.name.as_str().into());
        }
        IssueRule::from_sentry(&form)
    }
}

impl NewRule {
    /// A rule about the issues of a project. The caller has checked it.
    pub fn of_issues(organization: OrganizationId, project: ProjectId, rule: &IssueRule) -> Self {
        Self {
            organization,
            project: Some(project),
            kind: RuleKind::Issue,
            says: RuleChange {
                name: rule.name.clone(),
                definition: issue_definition(&rule.to_sentry()),
                is_enabled: true,
                owner: None,
                is_symptom: false,
                causes: Vec::new(),
            },
            origin: String::new(),
            created_by: None,
        }
    }

    /// The rule that each new project gets.
    pub fn of_new_project(organization: OrganizationId, project: ProjectId) -> Self {
        Self::of_issues(organization, project, &IssueRule::of_new_project())
    }
}

/// What of Sentry's form makes the definition of a rule, as it was written.
pub fn issue_definition(form: &Value) -> Value {
    let fields = ISSUE_RULE_FIELDS.iter().filter_map(|name| Some((*name, form.get(name)?)));
    fields.map(|(name, value)| (name.to_owned(), value.clone())).collect::<Map<_, _>>().into()
}
