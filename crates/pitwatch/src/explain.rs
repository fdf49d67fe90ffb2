//! `pitwatch explain-frame`: says why frames are readable or not. Asks the running server, which alone
//! knows the newest events.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use meta::{NewToken, Scopes};
use model::clock::{Clock as _, MachineClock, Micros};
use serde_json::Value;
use url::Url;

use crate::command::ExplainFrame;
use crate::manage::print;
use crate::serve;
use crate::settings::Settings;

/// How long the token for the question holds.
const TOKEN_MICROS: u64 = 60_000_000;
/// How long the server may take.
const WAIT: Duration = Duration::from_secs(30);
/// Bytes of an answer.
const ANSWER_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Runs the command.
///
/// # Errors
/// When there is no such event, or the server does not answer.
pub fn run(settings: &Settings, action: &ExplainFrame) -> anyhow::Result<()> {
    let ExplainFrame { project, event, org, frame, url } = action;
    let default = local_url(settings.listen);
    let base = Url::parse(url.as_deref().unwrap_or(&default)).context("reading --url")?;
    let clock = Arc::new(MachineClock::default());
    let meta = serve::open_meta(&settings.data, Arc::clone(&clock) as _)?;
    let organization = meta
        .organization_by_slug(org)?
        .with_context(|| format!("there is no organisation {org}; name another with --org"))?;
    // Whoever may read the data folder may read the event.
    let (token, secret) = meta.create_token(&NewToken {
        organization: organization.id,
        user: None,
        name: "explain-frame".to_owned(),
        scopes: Scopes::parse(["org:read", "project:read", "event:read"])
            .map_err(|name| anyhow::anyhow!("there is no scope `{name}`"))?,
        expires: Some(Micros(clock.now().0.saturating_add(TOKEN_MICROS))),
    })?;
    let path = format!("/api/0/projects/{org}/{project}/events/{event}/source-map-debug/");
    let answer = get(&base, &path, secret.expose());
    meta.delete_token(token.id)?;
    let (status, body) = answer.with_context(|| {
        format!("asking the server at {base}; is it running? Name another address with --url")
    })?;
    match status {
        200 => print(&told(&serde_json::from_slice(&body)?, *frame)?),
        404 => bail!("project {project} of organisation {org} has no event {event}"),
        _ => bail!("the server answered {status}: {}", String::from_utf8_lossy(&body)),
    }
}

/// Where the server is, seen from this machine.
fn local_url(listen: SocketAddr) -> String {
    let ip = listen.ip();
    let ip = if ip.is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { ip };
    format!("http://{}", SocketAddr::new(ip, listen.port()))
}

/// One question to a server that is near: no more of HTTP than that takes.
fn get(base: &Url, path: &str, token: &str) -> anyhow::Result<(u16, Vec<u8>)> {
    if base.scheme() != "http" {
        bail!("only http:// is spoken here");
    }
    let host = base.host_str().context("the URL has no host")?;
    let port = base.port_or_known_default().unwrap_or(80);
    let address = (host.trim_matches(['[', ']']), port).to_socket_addrs()?.next();
    let mut stream = TcpStream::connect_timeout(&address.context("no such host")?, WAIT)?;
    stream.set_read_timeout(Some(WAIT))?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {token}\r\n\
         Connection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n");
    let body = answer.split_off(end.context("the answer is not HTTP")? + 4);
    let head = String::from_utf8_lossy(&answer);
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Ok((status.context("the answer is not HTTP")?, body))
}

/// The explanation as text. Frames are counted from 0 in the order they are told.
fn told(explained: &Value, wanted: Option<usize>) -> anyhow::Result<String> {
    let text = |key: &str| explained.get(key).and_then(Value::as_str).unwrap_or("none");
    let mut out = String::new();
    writeln!(out, "release {}, distribution {}", text("release"), text("dist"))?;
    let mut count = 0;
    for (name, stacks) in [
        ("exception", list(explained.get("exceptions"))),
        ("thread", list(explained.get("threads"))),
        ("stack trace", explained.get("stacktrace").into_iter().collect()),
    ] {
        for (number, stack) in stacks.into_iter().enumerate() {
            for frame in list(stack.get("frames")) {
                if wanted.is_none_or(|wanted| wanted == count) {
                    tell(&mut out, &format!("frame {count} ({name} {number})"), frame)?;
                }
                count += 1;
            }
        }
    }
    for problem in list(explained.get("native_problems")) {
        let message = problem.get("message").and_then(Value::as_str).unwrap_or_default();
        writeln!(out, "\nnative frames: {message}")?;
    }
    match wanted {
        Some(wanted) if wanted >= count => bail!("the event has {count} frames of scripts"),
        _ if count == 0 => writeln!(out, "The event has no frames of scripts.")?,
        _ => {}
    }
    Ok(out)
}

fn tell(out: &mut String, name: &str, frame: &Value) -> anyhow::Result<()> {
    let text = |key: &str| frame.get(key).and_then(Value::as_str);
    let number = |key: &str| frame.get(key).and_then(Value::as_u64).unwrap_or(0);
    let function = text("function").unwrap_or("?");
    let (url, line, column) = (text("abs_path").unwrap_or("?"), number("lineno"), number("colno"));
    writeln!(out, "\n{name}: {function} {url}:{line}:{column}")?;
    let debug_id = frame.pointer("/debug_id_process/debug_id").and_then(Value::as_str);
    writeln!(out, "  debug id: {}", debug_id.unwrap_or("none"))?;
    for step in list(frame.get("steps")) {
        let tried = step.get("tried").and_then(Value::as_str).unwrap_or_default();
        let found = match step.get("found").and_then(Value::as_str) {
            None => "not there".to_owned(),
            Some("") => "found".to_owned(),
            Some(found) => format!("found {found}"),
        };
        writeln!(out, "  looked for {tried}: {found}")?;
    }
    if let Some(readable) = text("readable") {
        writeln!(out, "  readable: {readable}")?;
    }
    if let Some(message) = frame.pointer("/problem/message").and_then(Value::as_str) {
        writeln!(out, "  problem: {message}")?;
    }
    if let Some(advice) = text("advice") {
        writeln!(out, "  to do: {advice}")?;
    }
    Ok(())
}

fn list(value: Option<&Value>) -> Vec<&Value> {
    value.and_then(Value::as_array).into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn frames_are_told_one_by_one() {
        let frame = |function: &str| {
            json!({"function": function, "abs_path": "http://a/b.js", "lineno": 1, "colno": 2,
                "debug_id_process": {"debug_id": null}, "advice": "Upload it.",
                "steps": [{"tried": "the script at http://a/b.js", "found": null}],
                "problem": {"type": "js_no_source", "message": "it was not uploaded"}})
        };
        let explained = json!({"release": "web@1", "dist": null, "threads": [],
            "exceptions": [{"frames": [frame("a")]}, {"frames": [frame("b")]}],
            "stacktrace": {"frames": []}, "native_problems": []});
        let all = told(&explained, None).unwrap();
        assert!(all.starts_with("release web@1, distribution none\n\nframe 0 (exception 0): a "));
        assert_eq!(
            told(&explained, Some(1)).unwrap(),
            "release web@1, distribution none\n\n\
             frame 1 (exception 1): b http://a/b.js:1:2\n  debug id: none\n  \
             looked for the script at http://a/b.js: not there\n  \
             problem: it was not uploaded\n  to do: Upload it.\n"
        );
        let refused = told(&explained, Some(2)).unwrap_err().to_string();
        assert_eq!(refused, "the event has 2 frames of scripts");
    }

    #[test]
    fn the_server_is_asked_where_it_listens() {
        let check = |listen: &str, expected: &str| {
            assert_eq!(local_url(listen.parse().unwrap()), expected);
        };
        check("127.0.0.1:8000", "http://127.0.0.1:8000");
        check("0.0.0.0:80", "http://127.0.0.1:80");
    }
}
