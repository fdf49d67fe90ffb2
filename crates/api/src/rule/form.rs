//! What clients write about a rule, read and checked.

use alarm::{AlarmError, Rule, RuleChange, issue_definition};
use alert::{IssueRule, Named, PhraseError};
use meta::Meta;
use model::id::{OrganizationId, UserId};
use serde_json::{Map, Value};

use crate::auth::Access;
use crate::error::ApiError;
use crate::state::Api;

/// Rules that may ride along with one.
const CAUSES_MAX: usize = 100;
/// Fields that only the plain form has.
const PLAIN: [&str; 3] = ["when", "if", "then"];
/// Fields of a rule besides what it says about issues.
const BESIDES: [&str; 6] = ["owner", "status", "isSymptom", "causes", "projects", "id"];

/// Reads what a caller writes.
#[derive(Debug)]
pub struct Form<'a> {
    /// Where it will be kept.
    pub api: &'a Api,
    /// Who writes it.
    pub access: &'a Access,
}

impl Form<'_> {
    /// A body in either form; over what the rule said before, if there is one.
    ///
    /// # Errors
    /// [`ApiError::Fields`], which says what is wrong where.
    pub fn read(
        &self,
        body: &Map<String, Value>,
        before: Option<&Rule>,
    ) -> Result<RuleChange, ApiError> {
        let (name, definition) = if is_plain(body) {
            let rule = self.plain(body, before)?;
            (rule.name.clone(), issue_definition(&rule.to_sentry()))
        } else {
            sentry(body, before)?
        };
        let before = before.map(|rule| &rule.says);
        Ok(RuleChange {
            name,
            definition,
            is_enabled: match body.get("status").and_then(Value::as_str) {
                None => before.is_none_or(|says| says.is_enabled),
                Some("active") => true,
                Some("disabled") => false,
                Some(_) => return Err(ApiError::field("status", "Must be active or disabled.")),
            },
            owner: match body.get("owner") {
                None => before.and_then(|says| says.owner.clone()),
                Some(Value::Null) => None,
                Some(owner) => Some(self.owner(owner)?),
            },
            is_symptom: match body.get("isSymptom") {
                None => before.is_some_and(|says| says.is_symptom),
                Some(Value::Bool(is_symptom)) => *is_symptom,
                Some(_) => return Err(ApiError::field("isSymptom", "Must be true or false.")),
            },
            causes: match body.get("causes") {
                None => before.map(|says| says.causes.clone()).unwrap_or_default(),
                Some(causes) => self.causes(causes)?,
            },
        })
    }

    fn plain(
        &self,
        body: &Map<String, Value>,
        before: Option<&Rule>,
    ) -> Result<IssueRule, ApiError> {
        let mut fields = body.clone();
        fields.retain(|name, _| !BESIDES.contains(&name.as_str()));
        if let Some(before) = before
            && !fields.contains_key("name")
        {
            fields.insert("name".to_owned(), before.says.name.as_str().into());
        }
        plain(&self.api.database, self.access.organization.id, &Value::Object(fields))
            .map_err(|(field, sentence)| ApiError::field(&field, sentence))
    }

    /// A team or a person of the organisation.
    fn owner(&self, owner: &Value) -> Result<String, ApiError> {
        let refused = || ApiError::field("owner", "Must be team:<id> or user:<id> of a member.");
        let (organization, database) = (self.access.organization.id, &self.api.database);
        let owner = owner.as_str().ok_or_else(refused)?;
        let (kind, id) = owner.split_once(':').ok_or_else(refused)?;
        let id: u64 = id.parse().or(Err(refused()))?;
        let is_known = match kind {
            "team" => database.team(id)?.is_some_and(|team| team.organization == organization),
            "user" => database.member(organization, UserId(id))?.is_some(),
            _ => false,
        };
        if is_known { Ok(owner.to_owned()) } else { Err(refused()) }
    }

    fn causes(&self, causes: &Value) -> Result<Vec<u64>, ApiError> {
        let refused = || {
            let sentence =
                format!("Must be a list of up to {CAUSES_MAX} rules of the organization.");
            ApiError::field("causes", sentence)
        };
        let causes = causes.as_array().filter(|causes| causes.len() <= CAUSES_MAX);
        let number = |cause: &Value| match cause {
            Value::String(id) => id.parse().ok(),
            other => other.as_u64(),
        };
        let causes: Option<Vec<u64>> = causes.ok_or_else(refused)?.iter().map(number).collect();
        let causes = causes.ok_or_else(refused)?;
        for cause in &causes {
            match self.api.alarms.rule(self.access.organization.id, *cause) {
                Ok(_) => {}
                Err(AlarmError::Missing(_)) => return Err(refused()),
                Err(problem) => return Err(problem.into()),
            }
        }
        Ok(causes)
    }
}

fn is_plain(body: &Map<String, Value>) -> bool {
    PLAIN.iter().any(|name| body.contains_key(*name))
}

/// A rule in plain form, with the numbers of the teams and people it names. The error is a field and what is
/// wrong with it.
///
/// # Errors
/// When it cannot be read, or names nobody.
pub fn plain(
    database: &Meta,
    organization: OrganizationId,
    form: &Value,
) -> Result<IssueRule, (String, String)> {
    let mut rule = IssueRule::from_plain(form).map_err(|problem| {
        let field = match &problem {
            PhraseError::Form => "name",
            PhraseError::Unknown(field) => field,
            PhraseError::List { field } => field,
            PhraseError::When(_) => "when",
            PhraseError::If(_) => "if",
            PhraseError::Then(_) => "then",
            PhraseError::Every(_) => "every",
            PhraseError::Match => "when_match",
            PhraseError::Rule(rule) => match rule.field() {
                "actions" => "then",
                "frequency" => "every",
                "filters" => "if",
                "conditions" => "when",
                other => other,
            },
        };
        (field.to_owned(), problem.to_string())
    })?;
    rule.name_people(|named| number(database, organization, named))
        .map_err(|sentence| ("then".to_owned(), sentence))?;
    Ok(rule)
}

fn number(database: &Meta, organization: OrganizationId, named: Named<'_>) -> Result<u64, String> {
    let asked = || -> Result<Option<u64>, meta::MetaError> {
        match named {
            Named::Team(slug) => Ok(database.team_by_slug(organization, slug)?.map(|team| team.id)),
            Named::Member(email) => match database.user_by_email(email)? {
                Some(user) => {
                    let member = database.member(organization, user.id)?;
                    Ok(member.map(|_| user.id.0))
                }
                None => Ok(None),
            },
        }
    };
    let found = asked().map_err(|problem| problem.to_string())?;
    found.ok_or_else(|| match named {
        Named::Team(slug) => format!("there is no team {slug:?}"),
        Named::Member(email) => format!("{email:?} is not the address of a member"),
    })
}

/// Name and definition. What was written is kept as it was written.
fn sentry(body: &Map<String, Value>, before: Option<&Rule>) -> Result<(String, Value), ApiError> {
    let mut form = Map::new();
    if let Some(before) = before {
        form.extend(before.says.definition.as_object().cloned().unwrap_or_default());
        form.insert("name".to_owned(), before.says.name.as_str().into());
    }
    let absent = |name: &str, value: &Value| value.is_null() && name != "environment";
    let given = body.iter().filter(|(name, value)| !absent(name, value));
    form.extend(given.map(|(name, value)| (name.clone(), value.clone())));
    let form = Value::Object(form);
    let rule = IssueRule::from_sentry(&form)
        .map_err(|problem| ApiError::field(problem.field(), problem.to_string()))?;
    let mut definition = issue_definition(&rule.to_sentry());
    if let (Some(all), Value::Object(given)) = (definition.as_object_mut(), issue_definition(&form))
    {
        all.extend(given);
    }
    Ok((rule.name, definition))
}
