-- Who is told: what dispatchers know, what they decided, and what became of it. Times are microseconds
-- since 1970, UTC.

-- One dispatcher for each organisation. `state`: an `alert::Dispatcher` as JSON.
CREATE TABLE dispatchers (
    organization INTEGER PRIMARY KEY,
    state TEXT NOT NULL,
    ticked INTEGER NOT NULL
) STRICT;

-- Alerts as last reported. `fingerprint`: 16 hex digits. `episode`: the newest one. `about`: facts for
-- messages.
CREATE TABLE alerts (
    organization INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    rule INTEGER NOT NULL,
    alert TEXT NOT NULL,
    about TEXT NOT NULL,
    episode INTEGER NOT NULL,
    firing INTEGER NOT NULL,
    began INTEGER NOT NULL,
    ended INTEGER,
    updated INTEGER NOT NULL,
    PRIMARY KEY (organization, fingerprint)
) STRICT, WITHOUT ROWID;
CREATE INDEX alerts_by_time ON alerts (organization, firing, updated);
CREATE INDEX alerts_by_age ON alerts (updated) WHERE firing = 0;

-- Where episodes of alerts stand towards receivers, and why. `standing`: an `alert::Standing`; without a
-- receiver `began` or `ended`.
CREATE TABLE changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL,
    at INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    rule INTEGER NOT NULL,
    episode INTEGER NOT NULL,
    receiver TEXT NOT NULL,
    standing TEXT NOT NULL
) STRICT;
CREATE INDEX changes_by_time ON changes (organization, at);
CREATE INDEX changes_by_alert ON changes (organization, fingerprint, id);
CREATE INDEX changes_by_rule ON changes (organization, rule, id);
CREATE INDEX changes_by_receiver ON changes (organization, receiver, id);

-- Messages that were decided. `thread`: what it is about, without the receiver. `notification`: an
-- `alert::Notification`. `payload`: what people are told.
CREATE TABLE notifications (
    organization INTEGER NOT NULL,
    id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    receiver TEXT NOT NULL,
    thread TEXT NOT NULL,
    incident INTEGER,
    notification TEXT NOT NULL,
    payload TEXT NOT NULL,
    acted INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (organization, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX notifications_by_time ON notifications (organization, at);
CREATE INDEX notifications_by_age ON notifications (at);
CREATE INDEX notifications_by_thread ON notifications (organization, thread, receiver);

-- Messages on their way. `key` never changes and is told to the peer. `lane`: thread and target; within
-- one, order is kept. `peer`: who is spoken to; never twice at a time. `target`: as JSON.
-- `state`: `waiting`, `delivered`, `dead`.
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL,
    notification INTEGER NOT NULL,
    key TEXT NOT NULL UNIQUE,
    lane TEXT NOT NULL,
    peer TEXT NOT NULL,
    target TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due INTEGER NOT NULL,
    created INTEGER NOT NULL,
    waits_since INTEGER NOT NULL,
    closed INTEGER
) STRICT;
CREATE INDEX deliveries_that_wait ON deliveries (lane, id) WHERE state = 'waiting';
CREATE INDEX deliveries_by_due ON deliveries (due) WHERE state = 'waiting';
CREATE INDEX deliveries_by_notification ON deliveries (organization, notification);
CREATE INDEX deliveries_by_age ON deliveries (created);

-- Each try to deliver. `status`: of HTTP or SMTP; nothing when there was no answer.
CREATE TABLE attempts (
    delivery INTEGER NOT NULL REFERENCES deliveries ON DELETE CASCADE,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    status INTEGER,
    answer TEXT NOT NULL,
    millis INTEGER NOT NULL,
    PRIMARY KEY (delivery, number)
) STRICT, WITHOUT ROWID;

-- What a peer calls the conversation: a message's id, an issue's key.
CREATE TABLE conversations (
    lane TEXT PRIMARY KEY,
    organization INTEGER NOT NULL,
    channel INTEGER NOT NULL,
    reference TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX conversations_by_reference ON conversations (channel, reference);
CREATE INDEX conversations_by_age ON conversations (at);

-- What an Alertmanager must hear again and again while it fires.
CREATE TABLE relays (
    lane TEXT PRIMARY KEY,
    organization INTEGER NOT NULL,
    thread TEXT NOT NULL,
    target TEXT NOT NULL,
    message TEXT NOT NULL,
    due INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Ways to tell somebody. `sealed`: the secrets as JSON, sealed by `meta`.
CREATE TABLE channels (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    settings TEXT NOT NULL,
    sealed BLOB NOT NULL,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    created_by INTEGER,
    UNIQUE (organization, name)
) STRICT;

-- What people asked for: `kind` is `silence`, `maintenance`, `rotation`, `escalation` or `routing`.
-- `definition`: as the API takes it. `ends`: after which it is of no use.
CREATE TABLE orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    definition TEXT NOT NULL,
    ends INTEGER,
    created INTEGER NOT NULL,
    created_by INTEGER,
    changed INTEGER NOT NULL
) STRICT;
CREATE INDEX orders_by_kind ON orders (organization, kind, ends);

-- Somebody is on it; the dispatcher has not heard of it yet. `about`: an `alert::About`.
CREATE TABLE acknowledgements (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL,
    about TEXT NOT NULL,
    acknowledgement TEXT NOT NULL
) STRICT;

-- Times of trouble. `incident`: an `alert::Incident`.
CREATE TABLE incidents (
    organization INTEGER NOT NULL,
    id INTEGER NOT NULL,
    incident TEXT NOT NULL,
    title TEXT NOT NULL,
    assignee TEXT,
    opened INTEGER NOT NULL,
    resolved INTEGER,
    PRIMARY KEY (organization, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX incidents_by_time ON incidents (organization, opened);

-- What happened in an incident, in order: notes, assignments, notifications, what is linked.
CREATE TABLE incident_entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL,
    incident INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    author INTEGER,
    data TEXT NOT NULL,
    FOREIGN KEY (organization, incident) REFERENCES incidents ON DELETE CASCADE
) STRICT;
CREATE INDEX incident_entries_by_incident ON incident_entries (organization, incident, id);
