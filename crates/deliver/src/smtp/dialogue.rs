//! What is said to a mail server, line by line. Source: RFC 5321, 3207 and 4954.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::io::{AsyncWriteExt as _, BufReader};

use crate::DeliverError;

/// Bytes of one line, and lines of one answer. Source: RFC 5321, section 4.5.3.1.5, and generous.
const LINE_BYTES_MAX: u64 = 2_048;
const LINES_MAX: usize = 100;

/// What a command is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The server's first words.
    Greeting,
    /// We say who we are.
    Hello,
    /// We ask for TLS.
    StartTls,
    /// We prove who we are.
    LogIn,
    /// Who the mail is from.
    From,
    /// Who it is for.
    To,
    /// May we begin?
    Data,
    /// The mail itself.
    Mail,
}

impl fmt::Display for Step {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Greeting => "greeting",
            Self::Hello => "EHLO",
            Self::StartTls => "STARTTLS",
            Self::LogIn => "AUTH",
            Self::From => "MAIL FROM",
            Self::To => "RCPT TO",
            Self::Data => "DATA",
            Self::Mail => "the mail",
        })
    }
}

/// A connection to a mail server.
pub(super) struct Dialogue<S> {
    stream: BufReader<S>,
    /// What it says it can, in upper case.
    can: Vec<String>,
}

pub(super) struct Reply {
    status: u16,
    lines: Vec<String>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Dialogue<S> {
    /// Hears the greeting and says who we are.
    pub(super) async fn begin(stream: S, name: &str) -> Result<Self, DeliverError> {
        let mut dialogue = Self { stream: BufReader::new(stream), can: Vec::new() };
        dialogue.hear(Step::Greeting).await?;
        dialogue.hello(name).await?;
        Ok(dialogue)
    }

    /// The same after TLS began: there is no second greeting.
    pub(super) async fn again(stream: S, name: &str) -> Result<Self, DeliverError> {
        let mut dialogue = Self { stream: BufReader::new(stream), can: Vec::new() };
        dialogue.hello(name).await?;
        Ok(dialogue)
    }

    async fn hello(&mut self, name: &str) -> Result<(), DeliverError> {
        let reply = self.ask(Step::Hello, &format!("EHLO {name}")).await?;
        self.can = reply.lines.iter().skip(1).map(|line| line.to_ascii_uppercase()).collect();
        Ok(())
    }

    /// The stream again, to begin TLS on it.
    pub(super) fn into_stream(self) -> Result<S, DeliverError> {
        // Words that came with the permission to begin TLS came in the clear, from whomever.
        if self.stream.buffer().is_empty() {
            Ok(self.stream.into_inner())
        } else {
            Err(DeliverError::Tls(std::io::Error::other("words in the clear before TLS began")))
        }
    }

    pub(super) async fn log_in(&mut self, user: &str, password: &str) -> Result<(), DeliverError> {
        let methods = self.can.iter().find_map(|line| line.strip_prefix("AUTH ")).unwrap_or("");
        let is_login_only = methods.split(' ').any(|method| method == "LOGIN")
            && !methods.split(' ').any(|method| method == "PLAIN");
        if is_login_only {
            self.ask(Step::LogIn, "AUTH LOGIN").await?;
            self.ask(Step::LogIn, &BASE64.encode(user)).await?;
            self.ask(Step::LogIn, &BASE64.encode(password)).await?;
        } else {
            let proof = BASE64.encode(format!("\0{user}\0{password}"));
            self.ask(Step::LogIn, &format!("AUTH PLAIN {proof}")).await?;
        }
        Ok(())
    }

    /// Says a line, and hears what the server thinks of it.
    pub(super) async fn ask(&mut self, step: Step, line: &str) -> Result<Reply, DeliverError> {
        self.write(format!("{line}\r\n").as_bytes()).await?;
        self.hear(step).await
    }

    /// Says the mail. A line that begins with a dot gets another one.
    pub(super) async fn say(&mut self, mail: &[u8]) -> Result<u16, DeliverError> {
        let mut said = Vec::with_capacity(mail.len() + 64);
        for line in mail.split(|byte| *byte == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.first() == Some(&b'.') {
                said.push(b'.');
            }
            said.extend_from_slice(line);
            said.extend_from_slice(b"\r\n");
        }
        said.extend_from_slice(b".\r\n");
        self.write(&said).await?;
        Ok(self.hear(Step::Mail).await?.status)
    }

    /// Says good-bye; nobody cares for the answer.
    pub(super) async fn quit(mut self) {
        drop(self.write(b"QUIT\r\n").await);
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), DeliverError> {
        let stream = self.stream.get_mut();
        stream.write_all(bytes).await.map_err(DeliverError::Connect)?;
        stream.flush().await.map_err(DeliverError::Connect)
    }

    async fn hear(&mut self, step: Step) -> Result<Reply, DeliverError> {
        let reply = self.reply().await?;
        // 2xx: done; 3xx: go on.
        if (200..400).contains(&reply.status) {
            Ok(reply)
        } else {
            let answer = reply.lines.join(" ");
            Err(DeliverError::Smtp { step, status: reply.status, answer })
        }
    }

    async fn reply(&mut self) -> Result<Reply, DeliverError> {
        let odd =
            || DeliverError::Connect(std::io::Error::other("not the answer of a mail server"));
        let mut lines = Vec::new();
        while lines.len() < LINES_MAX {
            let mut line = Vec::new();
            let mut limited = (&mut self.stream).take(LINE_BYTES_MAX);
            limited.read_until(b'\n', &mut line).await.map_err(DeliverError::Connect)?;
            if line.last() != Some(&b'\n') {
                return Err(odd());
            }
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            let status = line.get(..3).and_then(|status| status.parse().ok()).ok_or_else(odd)?;
            let is_last = line.as_bytes().get(3) != Some(&b'-');
            lines.push(line.get(4..).unwrap_or_default().to_owned());
            if is_last {
                return Ok(Reply { status, lines });
            }
        }
        Err(odd())
    }
}
