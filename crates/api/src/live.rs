//! What happens right now, as hints to open pages: `GET /live`.
//!
//! Messages say what changed, not how: a page that shows the thing asks for it again.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream::{self, Stream};
use meta::Scope;
use model::id::{IssueId, OrganizationId, ProjectId};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::broadcast::{self, error::RecvError};

use crate::auth::Caller;
use crate::error::ApiError;
use crate::state::Api;

/// Messages a slow page may fall behind before it is told to ask again for everything.
const BACKLOG_MESSAGES_MAX: usize = 256;
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Something happened.
#[derive(Debug, Clone)]
pub struct Happening {
    /// Whose business it is.
    pub organization: OrganizationId,
    /// In which project.
    pub project: ProjectId,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// An issue came into being.
    IssueNew(IssueId),
    /// A resolved issue is back.
    IssueRegressed(IssueId),
    /// An issue has more events, or somebody changed it.
    IssueUpdated(IssueId),
    /// The project got its first event.
    FirstEvent,
}

/// The place where happenings are told. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Live {
    sender: broadcast::Sender<Happening>,
}

impl Default for Live {
    fn default() -> Self {
        Self { sender: broadcast::Sender::new(BACKLOG_MESSAGES_MAX) }
    }
}

impl Live {
    /// Tells everybody who listens; nobody may.
    pub fn tell(&self, happening: Happening) {
        let _listeners = self.sender.send(happening);
    }

    /// True when somebody listens, so that it is worth gathering what to tell.
    pub fn is_heard(&self) -> bool {
        self.sender.receiver_count() > 0
    }
}

/// What to listen to.
#[derive(Debug, Deserialize)]
pub struct LiveQuery {
    org: String,
}

/// `GET /live?org=SLUG`: server-sent events.
///
/// # Errors
/// When the caller may not see the organisation.
pub async fn listen(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<LiveQuery>,
) -> Result<Response, ApiError> {
    let access =
        api.blocking(move |api| caller.enter(&api.database, &query.org, Scope::EventRead)).await?;
    let receiver = api.live.sender.subscribe();
    let events = messages(receiver, access.organization.id);
    let stream =
        Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT).text("heartbeat"));
    // Proxies must not gather messages until there are enough of them.
    Ok(([("x-accel-buffering", "no"), ("cache-control", "no-store")], stream).into_response())
}

fn messages(
    receiver: broadcast::Receiver<Happening>,
    organization: OrganizationId,
) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(receiver, move |mut receiver| async move {
        loop {
            match receiver.recv().await {
                Ok(happening) if happening.organization == organization => {
                    return Some((Ok(message(&happening)), receiver));
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => {
                    return Some((Ok(Event::default().event("reload").data("{}")), receiver));
                }
                Err(RecvError::Closed) => return None,
            }
        }
    })
}

fn message(happening: &Happening) -> Event {
    let project = happening.project.to_string();
    let issue = |id: IssueId, kind: &str| {
        ("issue", json!({"id": id.to_string(), "project": project, "kind": kind}))
    };
    let (name, data) = match happening.what {
        What::IssueNew(id) => issue(id, "new"),
        What::IssueRegressed(id) => issue(id, "regressed"),
        What::IssueUpdated(id) => issue(id, "updated"),
        What::FirstEvent => ("project", json!({"id": project, "firstEvent": true})),
    };
    Event::default().event(name).data(data.to_string())
}
