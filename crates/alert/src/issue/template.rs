//! Rules to begin with: the one that each new project gets, and some that people choose from.

use super::filter::Filter;
use super::{Action, IssueRule, Quantifier, When};

/// A rule that people choose, name and change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    /// What programs call it.
    pub id: &'static str,
    /// What the rule is called.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// What happens, in plain form; one is enough.
    pub when: &'static [&'static str],
    /// What it looks like, in plain form; one is enough.
    pub if_any: &'static [&'static str],
}

/// Conditions are in plain form; tests read all of them.
pub const TEMPLATES: [Template; 4] = [
    Template {
        id: "payment",
        name: "Payment errors",
        about: "New or returned issues in payments, deposits, withdrawals and checkouts.",
        when: &["new issue", "regression"],
        if_any: &[
            "error.type contains payment",
            "error.type contains deposit",
            "error.type contains withdraw",
            "error.type contains checkout",
            "message contains payment",
            "http.url contains /payment",
            "http.url contains /checkout",
            "stack.module contains payment",
        ],
    },
    Template {
        id: "authentication",
        name: "Authentication errors",
        about: "New or returned issues with logins, tokens and permissions.",
        when: &["new issue", "regression"],
        if_any: &[
            "error.type contains auth",
            "error.type contains login",
            "error.type contains permission",
            "error.type contains forbidden",
            "error.type contains credential",
            "message contains unauthorized",
            "http.url contains /login",
            "http.status_code is one of 401, 403",
        ],
    },
    Template {
        id: "database",
        name: "Database errors",
        about: "New or returned issues with queries, connections, locks and transactions of databases.",
        when: &["new issue", "regression"],
        if_any: &[
            "error.type contains sql",
            "error.type contains database",
            "error.type contains deadlock",
            "error.type is one of OperationalError, IntegrityError, ProgrammingError, DataError, InterfaceError",
            "message contains deadlock",
            "message contains too many connections",
            "message contains duplicate key",
        ],
    },
    Template {
        id: "server-errors",
        name: "All 5xx",
        about: "Every error of a request that was answered with a status from 500 up.",
        when: &["every event"],
        if_any: &["http.status_code starts with 5", "tag http.status_code starts with 5"],
    },
];

impl Template {
    /// The rule, which mails whoever owns the issue.
    pub fn rule(&self) -> IssueRule {
        // What cannot be read is left out here, and found by the test that reads all of them.
        let when = self.when.iter().filter_map(|phrase| When::from_phrase(phrase).ok());
        let filters = self.if_any.iter().filter_map(|phrase| Filter::from_phrase(phrase).ok());
        IssueRule {
            name: self.name.to_owned(),
            environment: None,
            when: when.collect(),
            when_match: Quantifier::Any,
            filters: filters.collect(),
            filter_match: Quantifier::Any,
            actions: vec![mail_owners()],
            every_minutes: 30,
        }
    }
}

impl IssueRule {
    /// The rule that each new project gets: whoever owns an issue of high priority hears of it, and everybody
    /// who can see the project if nobody does.
    ///
    /// Source: Sentry's default.
    pub fn of_new_project() -> Self {
        Self {
            name: "Send a notification for high priority issues".to_owned(),
            environment: None,
            when: vec![When::NewHighPriority, When::BecameHighPriority],
            when_match: Quantifier::Any,
            filters: Vec::new(),
            filter_match: Quantifier::All,
            actions: vec![mail_owners()],
            every_minutes: 30,
        }
    }
}

fn mail_owners() -> Action {
    let mut action = Action::mail("IssueOwners", None);
    action.settings.insert("fallthroughType".to_owned(), "ActiveMembers".into());
    action
}
