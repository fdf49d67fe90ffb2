//! Mail: subject, headers, text and HTML. How it is put together as MIME is the sender's work.

use crate::cut::{cut, escaped, html};
use crate::message::{Fact, Message, Phase, one_line, safe_url};

const SUBJECT_MAX: usize = 200;
const FACTS_MAX: usize = 50;

/// A mail without sender and receivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// One line.
    pub subject: String,
    /// Headers besides: names and values of one line each.
    pub headers: Vec<(&'static str, String)>,
    /// For those who read text.
    pub text: String,
    /// For the others; loads nothing from anywhere.
    pub html: String,
}

/// A message as mail. `host` is ours, for the ids that make a thread of all mails about one thing.
pub fn mail(message: &Message, host: &str) -> Mail {
    let level = match message.phase {
        Phase::Trigger => message.tone.level().to_uppercase(),
        Phase::Acknowledge => "ACKNOWLEDGED".to_owned(),
        Phase::Resolve => "RESOLVED".to_owned(),
    };
    let subject = one_line(&format!("[{}] {level}: {}", message.project, message.title));
    let word = |text: &str| -> String {
        let plain = text.chars().map(|char| if char.is_ascii_alphanumeric() { char } else { '-' });
        plain.take(100).collect()
    };
    let thread = format!("<{}@{}>", word(&message.key), one_line(host));
    let headers = vec![
        ("X-Sentry-Project", word(&message.project)),
        ("X-Sentry-Logger-Level", message.tone.level().to_owned()),
        (
            "List-Id",
            format!("{} <{}.{}>", word(&message.project), word(&message.project), one_line(host)),
        ),
        ("In-Reply-To", thread.clone()),
        ("References", thread),
        ("Auto-Submitted", "auto-generated".to_owned()),
    ];
    Mail { subject: cut(&subject, SUBJECT_MAX), headers, text: text(message), html: page(message) }
}

fn facts(message: &Message) -> impl Iterator<Item = &Fact> {
    message.details.iter().chain(&message.facts).take(FACTS_MAX)
}

fn text(message: &Message) -> String {
    let mut lines = vec![cut(&one_line(&message.title), 500)];
    let rest = [cut(&message.text, 4_000), cut(&one_line(&message.place), 500)];
    lines.extend(rest.into_iter().filter(|line| !line.is_empty()));
    lines.push(String::new());
    lines.extend(
        facts(message)
            .map(|fact| one_line(&format!("{}: {}", cut(&fact.name, 100), cut(&fact.value, 500)))),
    );
    lines.push(String::new());
    if !message.notes.is_empty() {
        lines.push(cut(&message.notes, 2_000));
    }
    let links = [Some(message.url.as_str()), message.runbook_url.as_deref()];
    lines.extend(links.into_iter().flatten().map(safe_url).filter(|url| !url.is_empty()));
    lines.push(cut(&one_line(&message.footer()), 500));
    lines.join("\n")
}

fn page(message: &Message) -> String {
    let title = escaped(&one_line(&message.title), 1_000, html);
    let title = linked(&message.url, &title);
    let text = escaped(&message.text, 8_000, html);
    let place = escaped(&message.place, 1_000, html);
    let notes = escaped(&message.notes, 4_000, html);
    let rows = facts(message).map(|fact| {
        let (name, value) = (escaped(&fact.name, 200, html), escaped(&fact.value, 1_000, html));
        format!("<tr><th align=\"left\">{name}</th><td>{value}</td></tr>")
    });
    let rows: Vec<String> = rows.collect();
    let runbook = message.runbook_url.as_deref().map(|url| linked(url, "Runbook"));
    let runbook = runbook.unwrap_or_default();
    let rule = linked(&message.rule.url, &escaped(&message.footer(), 1_000, html));
    let color = message.hex_color();
    let rows = rows.join("\n");
    format!(
        "<!doctype html>\n<html><body style=\"font-family:sans-serif\">\n\
         <h2 style=\"border-left:6px solid {color};padding-left:8px\">{title}</h2>\n\
         <p>{place}</p>\n<pre>{text}</pre>\n<table>\n{rows}\n</table>\n\
         <p>{notes}</p>\n<p>{runbook}</p>\n<p>{rule}</p>\n</body></html>\n"
    )
}

/// `words` are escaped already.
fn linked(url: &str, words: &str) -> String {
    let url = escaped(&safe_url(url), 4_000, html);
    if url.is_empty() { words.to_owned() } else { format!("<a href=\"{url}\">{words}</a>") }
}
