//! Whose request it is, and whether they may come in.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::ConnectInfo;
use http::header::{AUTHORIZATION, HeaderName, ORIGIN, REFERER, USER_AGENT};
use http::request::Parts;
use model::category::Category;
use model::clock::Micros;
use model::id::ProjectId;
use model::intake::{BodyCoding, Item, Record};
use model::outcome::{Fate, OutcomeKey, Reason};
use wire::auth::{self, AuthError, Credentials, Sources};
use wire::dsn::Dsn;
use wire::envelope::Header;
use wire::origin;

use crate::client_address::client_address;
use crate::neighbours::{Accounts, Door};
use crate::refusal::{Closed, HeaderMismatch, Refusal};
use crate::state::Inner;

const X_SENTRY_AUTH: HeaderName = HeaderName::from_static("x-sentry-auth");
/// Bytes kept of a `User-Agent` or an SDK's name. Real ones have fewer.
const NAME_BYTES_MAX: usize = 512;

/// A client that was let in.
#[derive(Debug)]
pub(crate) struct Visitor {
    pub(crate) door: Arc<Door>,
    pub(crate) public_key: String,
    pub(crate) received: Micros,
    pub(crate) client_ip: String,
    pub(crate) user_agent: String,
    pub(crate) origin: Option<String>,
    /// `name/version`; empty when not said.
    pub(crate) sdk: String,
}

/// Reads the credentials outside the body.
///
/// # Errors
/// See [`auth::from_request`].
pub(crate) fn credentials(
    parts: &Parts,
    path_key: Option<&str>,
) -> Result<Option<Credentials>, AuthError> {
    auth::from_request(&Sources {
        x_sentry_auth: text(parts, &X_SENTRY_AUTH),
        authorization: text(parts, &AUTHORIZATION),
        query: parts.uri.query(),
        path_key,
    })
}

/// Lets a client in. `project` is that of the path; the oldest route has none.
///
/// # Errors
/// [`Refusal::Closed`] when the key is unknown, turned off, for another project, or not for that
/// page.
pub(crate) fn admit(
    ingest: &Inner,
    parts: &Parts,
    credentials: &Credentials,
    project: Option<ProjectId>,
) -> Result<Visitor, Refusal> {
    let public_key = credentials.key.as_str();
    let door = ingest.doors.door(public_key).ok_or(Refusal::Closed(Closed::ProjectId))?;
    let origin = text(parts, &ORIGIN);
    let closed = if project.is_some_and(|project| project != door.project) {
        Some(Closed::ProjectId)
    } else if !door.active {
        Some(Closed::ProjectState)
    } else if !origin::is_allowed(origin, text(parts, &REFERER), &door.allowed_origins) {
        Some(Closed::Cors)
    } else {
        None
    };
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0);
    let client_ip = client_address(&parts.headers, peer, ingest.settings.forwarded_from);
    let visitor = Visitor {
        door,
        public_key: public_key.to_owned(),
        received: ingest.clock.now(),
        client_ip: client_ip.map(|address| address.to_string()).unwrap_or_default(),
        user_agent: shortened(text(parts, &USER_AGENT).unwrap_or_default()),
        origin: origin.map(str::to_owned),
        sdk: shortened(credentials.client.as_deref().unwrap_or_default()),
    };
    match closed {
        None => Ok(visitor),
        Some(closed) => {
            let refusal = Refusal::Closed(closed);
            visitor.account_refusal(ingest, &refusal);
            Err(refusal)
        }
    }
}

impl Visitor {
    /// Checks that an envelope's header does not contradict the request. Scheme and host of its
    /// DSN may differ, which is what makes reverse proxies work.
    ///
    /// # Errors
    /// [`HeaderMismatch`] names the field.
    pub(crate) fn check_header(&self, header: &Header) -> Result<(), HeaderMismatch> {
        let matches = |dsn: &Dsn| {
            if dsn.project != self.door.project {
                Err(HeaderMismatch("project id"))
            } else if dsn.key.as_str() != self.public_key {
                Err(HeaderMismatch("public key"))
            } else {
                Ok(())
            }
        };
        header.dsn.as_ref().map_or(Ok(()), matches)?;
        match (&header.origin, &self.origin) {
            (Some(said), Some(seen)) if said != seen => Err(HeaderMismatch("origin")),
            _ => Ok(()),
        }
    }

    /// A record of this client with nothing in it.
    pub(crate) fn record(&self, header: String, items: Vec<Item>) -> Record {
        Record {
            received: self.received,
            organization: self.door.organization,
            project: self.door.project,
            key: self.door.key,
            client_ip: self.client_ip.clone(),
            user_agent: self.user_agent.clone(),
            sdk: self.sdk.clone(),
            header,
            items,
            coding: BodyCoding::Identity,
            body_len: 0,
            body: Vec::new(),
        }
    }

    /// Writes what became of some items.
    pub(crate) fn account(
        &self,
        accounts: &dyn Accounts,
        quantities: impl Iterator<Item = (Category, u64)>,
        fate: Fate,
        reason: &Reason,
    ) {
        for (category, quantity) in quantities {
            let key = Some(self.door.key);
            let reason = reason.clone();
            let line = OutcomeKey { project: self.door.project, key, category, fate, reason };
            accounts.record(line, quantity);
        }
    }

    /// Writes that the request as a whole was refused, if that is so.
    pub(crate) fn account_refusal(&self, ingest: &Inner, refusal: &Refusal) {
        if let Some(reason) = refusal.reason() {
            let whole = std::iter::once((Category::Default, 1));
            self.account(&*ingest.accounts, whole, Fate::Invalid, &reason);
        }
    }
}

fn text<'a>(parts: &'a Parts, name: &HeaderName) -> Option<&'a str> {
    parts.headers.get(name)?.to_str().ok()
}

fn shortened(text: &str) -> String {
    let end = text.floor_char_boundary(NAME_BYTES_MAX);
    text[..end].to_owned()
}
