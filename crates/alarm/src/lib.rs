//! Alerting at rest: rules, reported alerts, notifications that wait for delivery, monitors; SQLite.
//!
//! What decides and what is decided lie in one database, so that each decision is a transaction: a rule
//! that fired and the alert it reports, a dispatcher's state and the notifications it made. What refers to
//! people, projects and issues holds their numbers only; those lie in `meta`.

mod account;
mod audit;
mod channel;
mod check_in;
mod database;
mod decision;
mod delivery;
mod digest;
mod error;
mod history;
mod incident;
mod issue_rule;
mod issue_turn;
mod metric;
mod monitor;
mod occurrence;
mod order;
mod overdue;
mod problem;
mod provision;
mod relay;
mod report;
mod rows;
mod rule;
mod snooze;
mod state;
mod timeline;
mod uptime;
mod wanted;

pub use account::{Account, Sighting};
pub use audit::{AUDIT_MAX, AuditAction, AuditEntry, AuditQuery, Author};
pub use channel::{NewChannel, StoredChannel};
pub use check_in::{Arrival, CheckInBatch, PER_MINUTE_MAX};
pub use database::Alarms;
pub use decision::{Decided, IncidentSeen, Seen, Told, thread_name};
pub use delivery::{After, Attempt, Delivery, DeliveryQuery, DeliveryState, NewDelivery};
pub use error::AlarmError;
pub use history::{
    AlertQuery, Entry, Heard, HistoryQuery, KnownAlert, KnownNotification, NotificationQuery,
};
pub use incident::{IncidentChange, IncidentEntry, KnownIncident, TroubleQuery};
pub use issue_rule::issue_definition;
pub use issue_turn::{IssueStep, IssueTurn};
pub use metric::{
    Activity, IncidentQuery, Judged, MetricIncident, SAMPLES_MINUTES, SHARES_MINUTES, Series,
    SeriesOf,
};
pub use monitor::{
    ENVIRONMENTS_MAX, MONITORS_MAX, Monitor, MonitorChange, MonitorEnvironment, MonitorQuery,
};
pub use occurrence::{Occurrence, uuid};
pub use order::{NewOrder, Order, OrderKind};
pub use problem::{Problem, ProblemKind};
pub use relay::Relay;
pub use report::{Report, Reported};
pub use rule::{NewRule, Rule, RuleChange, RuleKind, RuleQuery};
pub use snooze::Snooze;
pub use timeline::{Bucket, KeptCheckIn};
pub use uptime::{KeptUptime, UPTIME_MAX, Uptime, UptimeAsk, UptimeChange, UptimeSeen};
pub use wanted::Wanted;
