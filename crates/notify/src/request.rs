//! What is sent to a channel that speaks HTTP.

use std::fmt;

use model::intake::NOTIFICATION_HEADER;
use serde_json::Value;

/// A request that is ready to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// How.
    pub method: Method,
    /// Where; may hold a secret.
    pub url: String,
    /// Names and values of one line each; may hold secrets.
    pub headers: Vec<(&'static str, String)>,
    /// What.
    pub body: Vec<u8>,
    /// What it is for, which tells how to read the answer.
    pub step: Step,
}

/// How a request asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Method {
    Get,
    Post,
}

/// What a request is for. Most channels know one step only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It tells the message; then all is done.
    Tell,
    /// To one of several Alertmanagers: the number of the next one.
    Peer(usize),
    /// Slack: the first message of a thread gets another colour.
    Recolour,
    /// Jira: looks for the issue that an attempt before this one may have made.
    Search,
    /// Jira: makes the issue.
    Create,
    /// Jira: asks how the issue may be closed.
    Transitions,
    /// Jira: says something under the issue.
    Comment,
    /// Jira: closes the issue.
    Transition,
}

/// What tells a server that is one of ours what this is: it takes none of it for an event.
const OWN: (&str, &str) = (NOTIFICATION_HEADER, "1");

impl Request {
    pub(crate) fn post(step: Step, url: String, body: &Value) -> Self {
        let headers =
            vec![("content-type", "application/json".to_owned()), (OWN.0, OWN.1.to_owned())];
        Self { method: Method::Post, url, headers, body: body.to_string().into_bytes(), step }
    }

    pub(crate) fn get(step: Step, url: String) -> Self {
        let headers = vec![("accept", "application/json".to_owned())];
        Self { method: Method::Get, url, headers, body: Vec::new(), step }
    }

    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl fmt::Debug for Request {
    /// Without anything that may be secret.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Request({:?} {:?}, {} bytes)", self.method, self.step, self.body.len())
    }
}
