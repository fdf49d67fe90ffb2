//! Alerts decided: which rule fires, who is told once and who is not and why, what belongs to one incident.
//!
//! Three parts that meet in the caller. [`IssueRule`] decides about events of issues, [`evaluate`] about
//! numbers that are measured again and again; what fires becomes an [`Alert`]. [`Dispatcher`] makes
//! notifications of alerts, and follows a [`Policy`]: routes, silences, symptoms and causes, people on call.

mod alert;
mod dispatch;
mod incident;
mod issue;
mod labels;
mod limits;
mod metric;
mod moment;
mod noise;
mod on_call;
mod order;
mod policy;
mod route;
mod window;

pub use alert::{Alert, Refused, Role, RuleId, Severity};
pub use dispatch::{
    About, Acknowledgement, Change, Dispatcher, EpisodeId, Kind, Notification, NotificationId,
    Outcome, Reason, Standing, Taken, Thread,
};
pub use incident::{Incident, IncidentId, Measures};
pub use issue::{
    ATTRIBUTES, Action, Age, Assignee, Category, Channel, Comparison, Counted, Decision, EventView,
    Facts, Filter, IssueChange, IssueRule, IssueRuleError, Level, LevelIs, Named, Often,
    PhraseError, Quantifier, Seen, SentryFormError, Skipped, Subject, TEMPLATES, Template, Test,
    When,
};
pub use labels::{Fingerprint, Labels, Matcher, MatcherError, is_label_name};
pub use limits::*;
pub use metric::{
    Condition, Counts, Cusum, Levels, MetricRule, MetricRuleError, MetricState, NoData, Phase,
    PlainMetricRule, Question, RatioTest, ReturnToPlayer, Sample, Season, SentryMetricRule,
    SentryRuleError, Share, Side, Transition, WagerFields, Wagers, evaluate,
};
pub use noise::{NO_RECEIVER, Noise, Report, report};
pub use on_call::{Layer, Override, Person, Rotation, RotationError};
pub use order::{
    Definition, Escalation, OrderError, Recipient, Routing, RoutingReceiver, read_escalation,
    read_maintenance, read_override, read_rotation, read_routing, read_silence,
};
pub use policy::{Flapping, Inhibition, Policy, PolicyError, Receiver, Step};
pub use route::{Route, RouteError, Routes, Timing};
pub use window::{Maintenance, Silence, SilenceError, Window};
