//! What a span did, without what varies: spans that do the same get the same text.
//!
//! Source: Relay's span descriptions, as summed up in our reference.

use std::borrow::Cow;

pub mod cluster;
mod command;
mod sql;
mod url;

use model::limits::SPAN_NAME_BYTES_MAX;
use sql::{Dialect, is_uuid};

/// What [`describe`] found out. Empty text means that it is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Described<'a> {
    /// What was done: `SELECT * FROM bet WHERE id = %s`, `GET https://*.casino.example`.
    pub text: Cow<'a, str>,
    /// The verb: of SQL, HTTP or a cache.
    pub action: Cow<'a, str>,
    /// To what: tables as `,bet,player,`, or the site of a URL.
    pub domain: Cow<'a, str>,
    /// Which database.
    pub system: Cow<'a, str>,
    /// The kind of work, from a short list.
    pub category: &'static str,
}

/// Describes a span by its operation, its name and what `lookup` knows of its attributes, which
/// answers with empty text for what is not there.
///
/// It takes about a microsecond for a common query and time linear in the text for any other; texts
/// beyond [`SPAN_NAME_BYTES_MAX`] are cut first.
pub fn describe<'a>(op: &str, name: &'a str, lookup: impl Fn(&str) -> &'a str) -> Described<'a> {
    let name = bounded(name);
    let lookup = |names: &[&str]| {
        let found = names.iter().map(|name| lookup(name)).find(|text| !text.is_empty());
        found.map(bounded).unwrap_or_default()
    };
    let mut described = match op.split('.').next().unwrap_or_default() {
        "http" => request(name, &lookup),
        "cache" => cache(op, name),
        "db" => database(op, name, &lookup),
        "resource" => resource(op, name),
        "file" => Described { text: file(name).into(), ..Described::default() },
        "function" if op == "function" => {
            Described { text: function(name), ..Described::default() }
        }
        "ui" if op.starts_with("ui.interaction.") || op.starts_with("ui.react.") => {
            Described { text: lookup(&["ui.component_name"]).into(), ..Described::default() }
        }
        _ if is_kept(op) => Described { text: name.into(), ..Described::default() },
        _ => Described::default(),
    };
    described.category = category(op);
    described
}

fn bounded(text: &str) -> &str {
    text.get(..text.floor_char_boundary(SPAN_NAME_BYTES_MAX)).unwrap_or(text)
}

/// Operations whose names do not vary.
fn is_kept(op: &str) -> bool {
    matches!(op, "ui.load" | "activity.load" | "application.load" | "contentprovider.load")
        || op.starts_with("app.")
        || op.starts_with("ai.run")
        || op.starts_with("ai.pipeline")
}

/// The first parts of operations that are categories of their own. Source: Relay.
const CATEGORIES: [&str; 25] = [
    "ai",
    "app",
    "browser",
    "cache",
    "console",
    "db",
    "event",
    "file",
    "graphql",
    "grpc",
    "http",
    "measure",
    "middleware",
    "navigation",
    "pageload",
    "queue",
    "resource",
    "rpc",
    "serialize",
    "subprocess",
    "template",
    "topic",
    "ui",
    "view",
    "websocket",
];

/// Operations of two parts that are categories. Source: Relay.
const SPECIAL_CATEGORIES: [&str; 10] = [
    "ui.react",
    "ui.vue",
    "ui.svelte",
    "ui.angular",
    "ui.ember",
    "ai.pipeline",
    "function.nextjs",
    "function.remix",
    "function.gcp",
    "function.aws",
];

/// The category of an operation; empty for those that have none.
pub fn category(op: &str) -> &'static str {
    let starts_with = |known: &&str| {
        op.strip_prefix(*known).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    if let Some(special) = SPECIAL_CATEGORIES.iter().find(|known| starts_with(known)) {
        return special;
    }
    let first = op.split('.').next().unwrap_or_default();
    CATEGORIES.iter().find(|known| **known == first && first != "ui").copied().unwrap_or_default()
}

fn request<'a>(name: &'a str, lookup: &impl Fn(&[&str]) -> &'a str) -> Described<'a> {
    let (first, rest) = name.trim().split_once(' ').unwrap_or((name.trim(), ""));
    let named = url::method(first);
    let asked = lookup(&["http.request.method", "http.method", "http.request_method"]);
    let Some(method) = url::method(asked).or(named) else { return Described::default() };
    let url = match lookup(&["url.full", "http.url", "url"]) {
        "" if named.is_some() => rest,
        "" => name,
        url => url,
    };
    if url.is_empty() && named.is_none() {
        return Described { action: method.into(), ..Described::default() };
    }
    let request = url::request(method, url);
    Described {
        text: request.text.into(),
        action: method.into(),
        domain: request.site.into(),
        ..Described::default()
    }
}

fn cache<'a>(op: &str, name: &str) -> Described<'a> {
    let (text, command) = command::redis(name);
    let action = match command {
        "" => op
            .split_once('.')
            .and_then(|(_, kind)| command::command(kind.split('_').next()?))
            .unwrap_or_default(),
        command => command,
    };
    Described { text: text.into(), action: action.into(), ..Described::default() }
}

fn database<'a>(op: &str, name: &'a str, lookup: &impl Fn(&[&str]) -> &'a str) -> Described<'a> {
    let system = lookup(&["db.system.name", "db.system"]);
    let mut described = match system {
        _ if op.starts_with("db.sql.prisma") => {
            Described { text: name.into(), ..Described::default() }
        }
        _ if lookup(&["sentry.origin"]) == "auto.db.core_data" => {
            Described { text: core_data(name).into(), ..Described::default() }
        }
        "" if op == "db.redis" || op.starts_with("db.redis.") => cache(op, name),
        "redis" | "valkey" | "memcached" => cache(op, name),
        "mongodb" => mongodb(name, lookup),
        "clickhouse" => Described::default(),
        "" if op.starts_with("db.sql.activerecord") => Described::default(),
        _ => query(op, system, name, lookup),
    };
    described.system = match system {
        "" if op.starts_with("db.redis") => "redis".into(),
        system => system.into(),
    };
    described
}

fn query<'a>(
    op: &str,
    system: &str,
    name: &'a str,
    lookup: &impl Fn(&[&str]) -> &'a str,
) -> Described<'a> {
    let text = match lookup(&["db.query.text", "db.statement"]) {
        "" => name,
        text => text,
    };
    let (dialect, speaks_sql) = match system {
        "mysql" | "mariadb" => (Dialect::MySql, true),
        "mssql" | "microsoft.sql_server" => (Dialect::SqlServer, true),
        "postgresql" | "postgres" | "sqlite" | "oracle" | "oracle.db" => (Dialect::Standard, true),
        _ => (Dialect::Any, op.starts_with("db.sql")),
    };
    let text = if sql::is_sql(text, dialect) {
        Cow::Borrowed(text)
    } else if speaks_sql {
        Cow::Owned(sql::without_values(text, dialect))
    } else {
        return Described::default();
    };
    // What looked like nothing may be a statement without its quotes.
    if !sql::is_sql(&text, dialect) {
        return Described { text, ..Described::default() };
    }
    let sql = sql::normalise(&text, dialect);
    Described {
        text: sql.text.into(),
        action: sql.verb.into(),
        domain: sql.tables.into(),
        ..Described::default()
    }
}

fn mongodb<'a>(name: &'a str, lookup: &impl Fn(&[&str]) -> &'a str) -> Described<'a> {
    let text = match lookup(&["db.query.text", "db.statement"]) {
        "" => name,
        text => text,
    };
    let collection = lookup(&["db.collection.name", "db.mongodb.collection"]);
    Described {
        text: command::mongodb(text, collection).unwrap_or_default().into(),
        action: lookup(&["db.operation.name", "db.operation"]).into(),
        domain: if collection.is_empty() { "".into() } else { format!(",{collection},").into() },
        ..Described::default()
    }
}

/// `INSERTED 1 'Bet'` as `INSERTED * 'Bet'`.
fn core_data(name: &str) -> String {
    let words = name.split(' ').map(|word| if word.parse::<u64>().is_ok() { "*" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

fn resource<'a>(op: &str, name: &str) -> Described<'a> {
    let (text, site) = url::resource(name.trim(), op == "resource.img");
    Described { text: text.into(), domain: site.into(), ..Described::default() }
}

/// `keno.log (4 KB)` as `*.log`.
fn file(name: &str) -> String {
    let path = name.split(" (").next().unwrap_or_default().trim_end();
    match path.rsplit_once('.') {
        Some((_, extension))
            if !extension.is_empty()
                && extension.bytes().all(|byte| byte.is_ascii_alphabetic()) =>
        {
            format!("*.{extension}")
        }
        _ => "*".to_owned(),
    }
}

/// Hex digits from which on they are an id, in the name of a function.
const FUNCTION_HEX_DIGITS_MIN: usize = 8;

/// A function without ids.
fn function(name: &str) -> Cow<'_, str> {
    if !name.bytes().any(|byte| byte.is_ascii_digit()) {
        return name.into();
    }
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let hex = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
        let word = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let has_digit = rest.bytes().take(hex).any(|byte| byte.is_ascii_digit());
        let width = if is_uuid(rest.as_bytes().get(..36).unwrap_or_default()) {
            out.push('*');
            36
        } else if hex == word && hex >= FUNCTION_HEX_DIGITS_MIN && has_digit {
            out.push('*');
            hex
        } else {
            let width = word.max(first.len_utf8());
            out.push_str(rest.get(..width).unwrap_or_default());
            width
        };
        rest = rest.get(width..).unwrap_or_default();
    }
    out.into()
}
