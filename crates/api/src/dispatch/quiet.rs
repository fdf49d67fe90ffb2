//! What is quiet now because people asked for that, also where somebody was told before.

use alarm::OrderKind;
use alert::{Labels, Maintenance, Silence};
use model::clock::Micros;
use model::id::OrganizationId;

use crate::error::ApiError;
use crate::state::Api;

/// Silences and planned work of an organisation, at one moment.
#[derive(Debug)]
pub(super) struct Quiet {
    silences: Vec<Silence>,
    maintenance: Vec<Maintenance>,
    now: Micros,
}

impl Quiet {
    /// As it is now. What cannot be read any more quietens nothing.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(super) fn of(api: &Api, organization: OrganizationId) -> Result<Self, ApiError> {
        let now = api.clock.now();
        let orders = |kind| api.alarms.orders(organization, kind, now);
        let silences = orders(OrderKind::Silence)?.into_iter();
        let silences = silences
            .filter_map(|order| alert::read_silence(order.id, &order.says.definition).ok())
            .collect();
        let maintenance = orders(OrderKind::Maintenance)?.into_iter();
        let maintenance = maintenance
            .filter_map(|order| {
                alert::read_maintenance(&order.says.name, &order.says.definition).ok()
            })
            .collect();
        Ok(Self { silences, maintenance, now })
    }

    #[cfg(test)]
    pub(super) fn at(silences: Vec<Silence>, now: Micros) -> Self {
        Self { silences, maintenance: Vec::new(), now }
    }

    /// Why an alert with these labels is quiet, if it is.
    pub(super) fn why(&self, labels: &Labels) -> Option<&'static str> {
        if self.silences.iter().any(|silence| silence.covers(labels, self.now)) {
            return Some("silenced");
        }
        let works = self.maintenance.iter().any(|work| work.covers(labels, self.now));
        works.then_some("maintenance")
    }
}

#[cfg(test)]
mod tests {
    use alert::{Matcher, Window};

    use super::*;

    #[test]
    fn quiet_lasts_from_its_start_until_its_end() {
        let matchers = || vec![Matcher::is("service", "pay")];
        let silence = Silence {
            id: 1,
            matchers: matchers(),
            starts: Micros(10),
            ends: Micros(20),
            author: String::new(),
            comment: String::new(),
        };
        let work = Maintenance {
            name: "move".to_owned(),
            matchers: matchers(),
            window: Window::Once(Micros(15), Micros(30)),
        };
        for (now, service, expected) in [
            (9, "pay", None),
            (10, "pay", Some("silenced")),
            (10, "games", None),
            (19, "pay", Some("silenced")),
            (20, "pay", Some("maintenance")),
            (30, "pay", None),
        ] {
            let labels = Labels::from([("service".to_owned(), service.to_owned())]);
            let (silences, maintenance) = (vec![silence.clone()], vec![work.clone()]);
            let quiet = Quiet { silences, maintenance, now: Micros(now) };
            assert_eq!(quiet.why(&labels), expected, "{service} at {now}");
        }
    }
}
