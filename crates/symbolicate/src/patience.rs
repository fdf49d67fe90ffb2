//! How long is waited for what must be built first.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use model::clock::{Clock, Micros};
use model::id::ProjectId;

use crate::limits::{
    DUMP_WAIT_MAX, EVENT_WAIT_MAX, PROJECT_DUMPS_WAIT_MAX, PROJECT_WAIT_MAX, READER_WAIT_MAX,
    WAIT_WINDOW_MICROS,
};

/// Projects whose waits are remembered; beyond it, all begin again.
const PROJECTS_MAX: usize = 10_000;

/// Who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// The pipeline, and with it the events behind this one, of whatever project.
    Pipeline,
    /// The pipeline, while a minidump is read. It is counted apart from the others.
    Dump,
    /// Somebody who looks at the event.
    Reader,
    /// Somebody who looks through many events, of which none is worth a wait.
    Browser,
}

/// What is left of somebody's patience.
#[derive(Debug)]
pub(crate) struct Patience<'c> {
    clock: &'c dyn Clock,
    left: Duration,
    spent: Duration,
}

impl<'c> Patience<'c> {
    fn new(clock: &'c dyn Clock, left: Duration) -> Self {
        Self { clock, left, spent: Duration::ZERO }
    }

    /// Whether there is nothing left.
    pub(crate) fn is_over(&self) -> bool {
        self.left.is_zero()
    }

    /// Waits by `wait`, which is told how long it may take at most.
    pub(crate) fn spend<T>(&mut self, wait: impl FnOnce(Duration) -> T) -> T {
        let begun = self.clock.now();
        let done = wait(self.left);
        let took = Duration::from_micros(self.clock.now().0.saturating_sub(begun.0));
        self.left = self.left.saturating_sub(took);
        self.spent = self.spent.saturating_add(took);
        done
    }
}

/// What projects made the pipeline wait.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    of: Mutex<HashMap<ProjectId, Spent>>,
}

/// Within a window of time.
#[derive(Debug, Clone, Copy)]
struct Spent {
    window: u64,
    wait: Duration,
}

impl Waits {
    /// How much patience there is for an event of the project.
    pub(crate) fn begin<'c>(
        &self,
        project: ProjectId,
        waiting: Waiting,
        clock: &'c dyn Clock,
    ) -> Patience<'c> {
        let left = match waiting {
            Waiting::Reader => READER_WAIT_MAX,
            Waiting::Browser => Duration::ZERO,
            Waiting::Pipeline | Waiting::Dump => {
                let (of_project, of_event) = match waiting {
                    Waiting::Dump => (PROJECT_DUMPS_WAIT_MAX, DUMP_WAIT_MAX),
                    _ => (PROJECT_WAIT_MAX, EVENT_WAIT_MAX),
                };
                let of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
                let now = window(clock.now());
                let spent = of.get(&project).filter(|spent| spent.window == now);
                let spent = spent.map_or(Duration::ZERO, |spent| spent.wait);
                of_project.saturating_sub(spent).min(of_event)
            }
        };
        Patience::new(clock, left)
    }

    /// Notes how long the pipeline has waited.
    pub(crate) fn end(&self, project: ProjectId, waiting: Waiting, patience: &Patience<'_>) {
        let is_pipeline = matches!(waiting, Waiting::Pipeline | Waiting::Dump);
        if !is_pipeline || patience.spent.is_zero() {
            return;
        }
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        if of.len() >= PROJECTS_MAX {
            of.clear();
        }
        let now = window(patience.clock.now());
        let none = Spent { window: now, wait: Duration::ZERO };
        let spent = of.entry(project).or_insert(none);
        if spent.window != now {
            *spent = none;
        }
        spent.wait = spent.wait.saturating_add(patience.spent);
    }
}

fn window(now: Micros) -> u64 {
    now.0 / WAIT_WINDOW_MICROS
}

#[cfg(test)]
mod tests {
    use model::clock::FixedClock;

    use super::*;

    #[test]
    fn a_project_that_takes_long_is_not_waited_for() {
        let clock = FixedClock::at(Micros(0));
        let waits = Waits::default();
        let take = |project: u64, secs: u64| {
            let mut patience = waits.begin(ProjectId(project), Waiting::Pipeline, &clock);
            let allowed = patience.spend(|left| {
                clock.advance_micros(secs.min(left.as_secs()) * 1_000_000);
                left.as_secs()
            });
            waits.end(ProjectId(project), Waiting::Pipeline, &patience);
            allowed
        };
        assert_eq!([take(1, 9), take(1, 9), take(1, 9), take(1, 9), take(1, 9)], [3, 3, 3, 1, 0]);
        assert_eq!(take(2, 1), 3, "another project");
        let patience = waits.begin(ProjectId(1), Waiting::Reader, &clock);
        assert_eq!(patience.left, READER_WAIT_MAX);
        clock.advance_micros(WAIT_WINDOW_MICROS);
        assert_eq!(take(1, 9), 3, "later");
    }
}
