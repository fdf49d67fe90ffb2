//! What people ask for, as they write it in JSON: silences, maintenance, rotations, escalations, routing.

mod fields;
mod known;
mod on_call;
mod quiet;
mod routing;

pub use fields::{OrderError, Recipient};
pub use known::Definition;
pub use on_call::{Escalation, read_escalation, read_override, read_rotation};
pub use quiet::{read_maintenance, read_silence};
pub use routing::{Routing, RoutingReceiver, read_routing};
