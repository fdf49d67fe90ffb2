//! Who is told what: a tree of routes, as Alertmanager has it.

use std::collections::BTreeSet;

use crate::labels::{Labels, Matcher, all_match};
use crate::limits::{MATCHERS_MAX, ROUTE_DEPTH_MAX, ROUTES_MAX};
use crate::window::Window;

const SECOND: u64 = 1_000_000;

/// A node of the tree as it is written: what is not said is taken from the parent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Route {
    /// Alerts that meet all of them take this route.
    pub matchers: Vec<Matcher>,
    /// Who is told.
    pub receiver: Option<String>,
    /// Alerts with the same values of these labels are told together; `...` stands for all labels.
    pub group_by: Option<Vec<String>>,
    /// Whether routes after this one are looked at too.
    pub goes_on: bool,
    /// Waiting times, in microseconds.
    pub timing: Timing,
    /// While one of these is open, nobody is told.
    pub muted: Vec<Window>,
    /// Only while one of these is open somebody is told; always, if there are none.
    pub active: Vec<Window>,
    /// Below this one; the first that matches is taken.
    pub routes: Vec<Route>,
}

/// Waiting times of a route, in microseconds; `None` takes the parent's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timing {
    /// How long the first alert of a group waits for others.
    pub group_wait: Option<u64>,
    /// How long a group that was told waits before it tells what is new.
    pub group_interval: Option<u64>,
    /// How long a group that did not change waits before it is told again.
    pub repeat_interval: Option<u64>,
}

/// A tree of routes that was checked, flat: the order is the order of looking.
#[derive(Debug, Clone, PartialEq)]
pub struct Routes(Vec<Flat>);

/// A route with everything it took from its parents.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Flat {
    pub(crate) receiver: String,
    group_by: Vec<String>,
    pub(crate) group_wait: u64,
    pub(crate) group_interval: u64,
    pub(crate) repeat_interval: u64,
    pub(crate) muted: Vec<Window>,
    pub(crate) active: Vec<Window>,
    matchers: Vec<Matcher>,
    goes_on: bool,
    /// Routes directly below.
    children: Vec<usize>,
}

/// A tree that cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum RouteError {
    #[error("the first route needs a receiver")]
    NoReceiver,
    #[error("the first route takes all alerts and cannot have matchers")]
    RootMatchers,
    #[error("more than {ROUTES_MAX} routes, or {ROUTE_DEPTH_MAX} below each other")]
    TooMany,
    #[error("more than {MATCHERS_MAX} matchers on one route")]
    TooManyMatchers,
    #[error("receiver {0:?} is not known")]
    UnknownReceiver(String),
    #[error("a route is muted while it is active: it would never tell anybody")]
    NeverActive,
}

impl Routes {
    /// Checks a tree.
    ///
    /// # Errors
    /// [`RouteError`], also for receivers that are not among `receivers`.
    pub fn new(root: &Route, receivers: &BTreeSet<String>) -> Result<Self, RouteError> {
        if root.receiver.is_none() {
            return Err(RouteError::NoReceiver);
        }
        if !root.matchers.is_empty() {
            return Err(RouteError::RootMatchers);
        }
        let mut flat = Self(Vec::new());
        flat.add(root, None, 0)?;
        let unknown = flat.0.iter().find(|route| !receivers.contains(&route.receiver));
        match unknown {
            Some(route) => Err(RouteError::UnknownReceiver(route.receiver.clone())),
            None => Ok(flat),
        }
    }

    fn add(
        &mut self,
        route: &Route,
        parent: Option<usize>,
        depth: usize,
    ) -> Result<usize, RouteError> {
        if self.0.len() >= ROUTES_MAX || depth >= ROUTE_DEPTH_MAX {
            return Err(RouteError::TooMany);
        }
        if route.matchers.len() > MATCHERS_MAX {
            return Err(RouteError::TooManyMatchers);
        }
        if route.active.iter().any(|active| route.muted.contains(active)) {
            return Err(RouteError::NeverActive);
        }
        let above = parent.and_then(|parent| self.0.get(parent));
        let time = |own: Option<u64>, above: Option<u64>, default: u64| {
            own.or(above).unwrap_or(default * SECOND)
        };
        let timing = route.timing;
        let group_by = route.group_by.clone().or(above.map(|above| above.group_by.clone()));
        let receiver = route.receiver.clone().or(above.map(|above| above.receiver.clone()));
        let flat = Flat {
            receiver: receiver.unwrap_or_default(),
            group_by: group_by.unwrap_or_default(),
            group_wait: time(timing.group_wait, above.map(|above| above.group_wait), 30),
            group_interval: time(
                timing.group_interval,
                above.map(|above| above.group_interval),
                300,
            ),
            repeat_interval: time(
                timing.repeat_interval,
                above.map(|above| above.repeat_interval),
                4 * 3_600,
            ),
            muted: route.muted.clone(),
            active: route.active.clone(),
            matchers: route.matchers.clone(),
            goes_on: route.goes_on,
            children: Vec::new(),
        };
        let place = self.0.len();
        self.0.push(flat);
        for child in &route.routes {
            let child = self.add(child, Some(place), depth + 1)?;
            if let Some(flat) = self.0.get_mut(place) {
                flat.children.push(child);
            }
        }
        Ok(place)
    }

    pub(crate) fn get(&self, place: usize) -> Option<&Flat> {
        self.0.get(place)
    }

    /// The route that led to a receiver; another to it if the tree has changed since, or the first of all.
    pub(crate) fn towards(&self, place: usize, receiver: &str) -> Option<&Flat> {
        let leads = |route: &&Flat| route.receiver == receiver;
        let known = self.get(place).filter(leads);
        known.or_else(|| self.0.iter().find(leads)).or_else(|| self.0.first())
    }

    /// Which routes an alert takes; at least one.
    pub(crate) fn of(&self, labels: &Labels) -> Vec<usize> {
        let mut taken = Vec::new();
        self.collect(0, labels, &mut taken);
        taken
    }

    fn collect(&self, place: usize, labels: &Labels, taken: &mut Vec<usize>) {
        let Some(route) = self.0.get(place) else { return };
        let before = taken.len();
        for child in &route.children {
            let Some(below) = self.0.get(*child) else { continue };
            if all_match(&below.matchers, labels) {
                self.collect(*child, labels, taken);
                if !below.goes_on {
                    break;
                }
            }
        }
        if taken.len() == before {
            taken.push(place);
        }
    }
}

impl Flat {
    /// The labels by which the alert is grouped on this route.
    pub(crate) fn group_of(&self, labels: &Labels) -> Labels {
        if self.group_by.iter().any(|name| name == "...") {
            return labels.clone();
        }
        let named = self.group_by.iter().filter_map(|name| labels.get_key_value(name));
        named.map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}
