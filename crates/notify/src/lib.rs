//! What channels send and hear: one message as Slack, PagerDuty, mail and others want it; signatures; addresses.
//!
//! Nothing here opens a socket: [`Message`] goes in, a body comes out, within the vendor's limits and with
//! everything that came from outside escaped for that vendor. [`check_addresses`] says whether a hook may
//! be called at what its name resolved to. [`first`] and [`hear`] say what a channel is asked and what its
//! answer means.

mod address;
mod alertmanager;
mod channel;
mod chat;
mod conversation;
mod cut;
mod hook;
mod mail;
mod message;
mod paging;
mod request;
mod sign;
mod slack;

pub use address::{Forbidden, Network, NetworkError, check_addresses};
pub use alertmanager::{
    ALERTS_PER_POST_MAX, Hook, Posted, PostedError, VIA, alertmanager_alerts, read_alerts,
    read_hook, via,
};
pub use channel::{Channel, ChannelError, ChannelKind, Field, is_mail_address};
pub use chat::{discord, mattermost, microsoft_teams, telegram};
pub use conversation::{Answer, Given, Heard, first, hear, without};
pub use mail::{Mail, mail};
pub use message::{Fact, Link, Message, Phase, Tone, rfc3339};
pub use paging::{opsgenie, opsgenie_alias, pagerduty};
pub use request::{Method, Request, Step};
pub use sign::{SLACK_AGE_SECONDS_MAX, SignatureError, sentry_signature, signature, verify_slack};
pub use slack::{slack, slack_reply, slack_webhook};
