//! Teams and people in rules: written as people know them, kept by their numbers.

use serde_json::Value;

use super::filter::{Assignee, Filter};
use super::{Channel, IssueRule};

/// A team or person in a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named<'a> {
    /// A team, by its slug.
    Team(&'a str),
    /// A person, by their address.
    Member(&'a str),
}

impl IssueRule {
    /// Puts the numbers of teams and people in place of their names. `number` is asked for each one that is
    /// not a number already.
    ///
    /// # Errors
    /// What `number` says.
    pub fn name_people<E>(
        &mut self,
        mut number: impl FnMut(Named<'_>) -> Result<u64, E>,
    ) -> Result<(), E> {
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        for action in self.actions.iter_mut().filter(|action| action.channel == Channel::Mail) {
            let kind = action.settings.get("targetType").and_then(Value::as_str);
            let name = action.settings.get("targetIdentifier").and_then(Value::as_str);
            let found = match (kind, name) {
                (_, Some(name)) if is_number(name) => continue,
                (Some("Team"), Some(name)) => number(Named::Team(name))?,
                (Some("Member"), Some(name)) => number(Named::Member(name))?,
                _ => continue,
            };
            action.settings.insert("targetIdentifier".to_owned(), found.to_string().into());
        }
        for filter in &mut self.filters {
            match filter {
                Filter::Assigned(Assignee::Team(name)) if !is_number(name) => {
                    *name = number(Named::Team(name))?.to_string();
                }
                Filter::Assigned(Assignee::Member(name)) if !is_number(name) => {
                    *name = number(Named::Member(name))?.to_string();
                }
                _ => {}
            }
        }
        Ok(())
    }
}
