//! Mail, handed to the mail server that the settings name: put together as MIME, and told over SMTP.

mod dialogue;

use std::fmt;
use std::sync::Arc;

use mail_builder::MessageBuilder;
use mail_builder::headers::HeaderType;
use mail_builder::headers::address::Address;
use mail_builder::headers::raw::Raw;
use notify::Mail;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::{DeliverError, dial};
use dialogue::Dialogue;

pub use dialogue::Step;

/// How a connection to a mail server is kept private.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte.
    Tls,
    /// In the clear until `STARTTLS`, which must succeed.
    StartTls,
    /// Not at all; for a server on the same machine.
    Plain,
}

/// The mail server.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpSettings {
    /// Its name or address; an operator says it, so it may be an inner one.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How it is spoken to.
    pub security: Security,
    /// Name and password, if it wants any.
    pub login: Option<(String, String)>,
    /// Who mails are from: `Pitwatch <pitwatch@example.com>`.
    pub from: String,
}

impl fmt::Debug for SmtpSettings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SmtpSettings({}:{}, {:?})", self.host, self.port, self.security)
    }
}

#[derive(Debug)]
pub(crate) struct Smtp {
    settings: SmtpSettings,
    name: Option<String>,
    address: String,
    tls: Option<Arc<ClientConfig>>,
}

impl Smtp {
    pub(crate) fn new(
        settings: SmtpSettings,
        tls: Option<Arc<ClientConfig>>,
    ) -> Result<Self, DeliverError> {
        let (name, address) = match settings.from.split_once('<') {
            Some((name, rest)) => (name.trim(), rest.trim().trim_end_matches('>').trim()),
            None => ("", settings.from.trim()),
        };
        if !notify::is_mail_address(address) {
            return Err(DeliverError::MailAddress(settings.from.clone()));
        }
        let name = Some(name.trim_matches('"').to_owned()).filter(|name| !name.is_empty());
        Ok(Self { name, address: address.to_owned(), settings, tls })
    }

    /// Answers the status with which the server took it.
    pub(crate) async fn send(&self, to: &str, mail: &Mail, id: &str) -> Result<u16, DeliverError> {
        if !notify::is_mail_address(to) {
            return Err(DeliverError::MailAddress(to.to_owned()));
        }
        let message = self.put_together(to, mail, id)?;
        let host = self.settings.host.as_str();
        let stream =
            dial::connect(host, self.settings.port).await.map_err(DeliverError::Connect)?;
        let envelope = Envelope { from: &self.address, to, message: &message };
        match self.settings.security {
            Security::Plain => {
                let dialogue = Dialogue::begin(stream, self.own_name()).await?;
                self.tell(dialogue, envelope).await
            }
            Security::Tls => {
                let stream = self.over_tls(stream).await?;
                let dialogue = Dialogue::begin(stream, self.own_name()).await?;
                self.tell(dialogue, envelope).await
            }
            Security::StartTls => {
                let mut dialogue = Dialogue::begin(stream, self.own_name()).await?;
                dialogue.ask(Step::StartTls, "STARTTLS").await?;
                // What came before counts no more: somebody in between may have said it.
                let stream = self.over_tls(dialogue.into_stream()?).await?;
                let dialogue = Dialogue::again(stream, self.own_name()).await?;
                self.tell(dialogue, envelope).await
            }
        }
    }

    /// What we call ourselves: the domain that mails are from.
    fn own_name(&self) -> &str {
        self.address.rsplit_once('@').map_or("localhost", |(_, domain)| domain)
    }

    async fn over_tls(
        &self,
        stream: TcpStream,
    ) -> Result<tokio_rustls::client::TlsStream<TcpStream>, DeliverError> {
        let tls = self.tls.as_ref().ok_or_else(|| {
            DeliverError::Tls(std::io::Error::other("this machine trusts no authority at all"))
        })?;
        let name = ServerName::try_from(self.settings.host.clone());
        let name = name.or(Err(DeliverError::Address))?;
        let connector = TlsConnector::from(Arc::clone(tls));
        connector.connect(name, stream).await.map_err(DeliverError::Tls)
    }

    async fn tell<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin>(
        &self,
        mut dialogue: Dialogue<S>,
        envelope: Envelope<'_>,
    ) -> Result<u16, DeliverError> {
        if let Some((user, password)) = &self.settings.login {
            dialogue.log_in(user, password).await?;
        }
        let is_plain = envelope.from.is_ascii() && envelope.to.is_ascii();
        let wide = if is_plain { "" } else { " SMTPUTF8" };
        dialogue.ask(Step::From, &format!("MAIL FROM:<{}>{wide}", envelope.from)).await?;
        dialogue.ask(Step::To, &format!("RCPT TO:<{}>", envelope.to)).await?;
        dialogue.ask(Step::Data, "DATA").await?;
        let status = dialogue.say(envelope.message).await?;
        dialogue.quit().await;
        Ok(status)
    }

    fn put_together(&self, to: &str, mail: &Mail, id: &str) -> Result<Vec<u8>, DeliverError> {
        let from = Address::new_address(self.name.clone(), self.address.clone());
        let mut builder = MessageBuilder::new()
            .from(from)
            .to(to.to_owned())
            .subject(mail.subject.clone())
            .message_id(format!("{id}@{}", self.own_name()))
            .text_body(mail.text.as_str())
            .html_body(mail.html.as_str());
        for (name, value) in &mail.headers {
            // Only what needs no encoding: names and ids that were made of plain letters.
            if value.bytes().all(|byte| (32..127).contains(&byte)) {
                builder = builder.header(*name, HeaderType::from(Raw::new(value.as_str())));
            }
        }
        builder.write_to_vec().map_err(DeliverError::Mail)
    }
}

struct Envelope<'e> {
    from: &'e str,
    to: &'e str,
    message: &'e [u8],
}
