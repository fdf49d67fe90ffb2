//! Messages on their way: over HTTP and SMTP to every channel, to addresses that an operator allows.
//!
//! A peer may be slow, lie, or be an address inside: each try has an end, an answer is read up to a limit,
//! redirects are not followed, and a name is resolved once, checked, and called at what was checked.

mod dial;
mod http;
mod smtp;

use std::fmt::Debug;
use std::pin::Pin;
use std::time::Duration;

use notify::{Answer, Forbidden, Mail, Network, Request};

pub use dial::{DialError, Dialer, Found, Names};
pub use http::tls;
pub use smtp::{Security, SmtpSettings, Step};

/// How long one try over HTTP may take.
pub const TRY_MAX: Duration = Duration::from_secs(10);
/// How long a mail server may take for all of a mail: some wait before they greet, and most look into it before they
/// say that they took it. Who hangs up too early sends it twice. Source: RFC 5321, section 4.5.3.2.
pub const MAIL_MAX: Duration = Duration::from_mins(5);
/// Bytes of an answer that are read; the rest is left.
pub const ANSWER_BYTES_MAX: usize = 64 * 1_024;

/// What a delivery waits for.
pub type Waiting<'w, T> = Pin<Box<dyn Future<Output = T> + Send + 'w>>;

/// A try that had no answer, or one that says no.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum DeliverError {
    #[error("the address is not one of the web")]
    Address,
    #[error("resolving {host}")]
    Name {
        host: String,
        #[source]
        cause: std::io::Error,
    },
    #[error("{0}")]
    Forbidden(#[from] Forbidden),
    #[error("connecting")]
    Connect(#[source] std::io::Error),
    #[error("speaking TLS")]
    Tls(#[source] std::io::Error),
    #[error("speaking HTTP")]
    Http(#[source] hyper::Error),
    #[error("a header or address that HTTP cannot carry")]
    Form(#[source] hyper::http::Error),
    #[error("no answer within {} seconds", .0.as_secs())]
    Slow(Duration),
    #[error("no mail server is set up: see the setting smtp_host")]
    NoMailServer,
    #[error("{0:?} is not a mail address")]
    MailAddress(String),
    #[error("putting the mail together")]
    Mail(#[source] std::io::Error),
    #[error("{step}: {status} {answer}")]
    Smtp { step: Step, status: u16, answer: String },
}

impl From<DialError> for DeliverError {
    fn from(cause: DialError) -> Self {
        match cause {
            DialError::Name { host, cause } => Self::Name { host, cause },
            DialError::Forbidden(cause) => Self::Forbidden(cause),
            DialError::Connect(cause) => Self::Connect(cause),
        }
    }
}

impl DeliverError {
    /// Whether another try cannot end otherwise.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Address | Self::Form(_) | Self::MailAddress(_) | Self::Mail(_) => true,
            // An operator may allow the network, and names may lead elsewhere tomorrow: yet a person has
            // to do something, and is told at once.
            Self::Forbidden(Forbidden::Private(_)) => true,
            // Of this mail alone: what the server thinks of us, a person may mend.
            Self::Smtp { step, status, .. } => {
                matches!(step, Step::To | Step::Mail) && (500..600).contains(status)
            }
            Self::Name { .. }
            | Self::Forbidden(Forbidden::NoAddress)
            | Self::Connect(_)
            | Self::Tls(_)
            | Self::Http(_)
            | Self::Slow(_)
            | Self::NoMailServer => false,
        }
    }

    /// SMTP's status, if that is where it comes from.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Smtp { status, .. } => Some(*status),
            _ => None,
        }
    }
}

/// The world outside, or a test's idea of it.
pub trait Transport: Debug + Send + Sync {
    /// Sends a request, and waits for the answer.
    fn ask<'w>(&'w self, request: &'w Request) -> Waiting<'w, Result<Answer, DeliverError>>;

    /// Hands a mail to the mail server; `id` is the part of its `Message-Id` before the `@`.
    fn mail<'w>(
        &'w self,
        to: &'w str,
        mail: &'w Mail,
        id: &'w str,
    ) -> Waiting<'w, Result<u16, DeliverError>>;
}

/// The internet.
#[derive(Debug)]
pub struct Internet {
    http: http::Http,
    smtp: Option<smtp::Smtp>,
}

impl Internet {
    /// `allowed` are networks that may be called though they are not public. Mail waits for a mail server
    /// if there is none.
    ///
    /// # Errors
    /// When the mail server's settings make no sense.
    pub fn new(allowed: Vec<Network>, smtp: Option<SmtpSettings>) -> Result<Self, DeliverError> {
        let tls = tls();
        let smtp = smtp.map(|settings| smtp::Smtp::new(settings, tls.clone())).transpose()?;
        Ok(Self { http: http::Http::new(Dialer::new(allowed), tls), smtp })
    }
}

impl Transport for Internet {
    fn ask<'w>(&'w self, request: &'w Request) -> Waiting<'w, Result<Answer, DeliverError>> {
        Box::pin(async {
            let answer = tokio::time::timeout(TRY_MAX, self.http.ask(request)).await;
            answer.unwrap_or(Err(DeliverError::Slow(TRY_MAX)))
        })
    }

    fn mail<'w>(
        &'w self,
        to: &'w str,
        mail: &'w Mail,
        id: &'w str,
    ) -> Waiting<'w, Result<u16, DeliverError>> {
        Box::pin(async move {
            let smtp = self.smtp.as_ref().ok_or(DeliverError::NoMailServer)?;
            let status = tokio::time::timeout(MAIL_MAX, smtp.send(to, mail, id)).await;
            status.unwrap_or(Err(DeliverError::Slow(MAIL_MAX)))
        })
    }
}
