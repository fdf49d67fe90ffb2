//! Learning what is usual from the days before a rule was made.

use std::sync::Arc;

use alert::Counts;
use measure::Reading;

use super::plan::{Batch, Member};
use super::{MINUTE, Metrics};
use crate::error::RulerError;

/// A day that a series has to learn from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Day {
    /// Which series.
    pub(super) series: u64,
    /// The minute at which it ends.
    pub(super) until: u64,
}

impl Metrics {
    /// Learns one day of one series. What cannot be answered is not learnt: it will be usual in time.
    pub(super) async fn learn(&mut self, day: Day) -> Result<(), RulerError> {
        let Some(series) = self.series.values().find(|series| series.id == day.series) else {
            return Ok(());
        };
        // What is there already was learnt before.
        let from = self.parts.alarms.shares_from(day.series)?.unwrap_or(u64::MAX);
        let (start, end) = (day.until.saturating_sub(1_440), day.until.min(from));
        let of_rule = |batch: &&Arc<Batch>| self.plan.member(batch, series.rule).is_some();
        let Some(batch) = self.plan.batches.iter().find(of_rule) else { return Ok(()) };
        let Some(member) = self.plan.member(batch, series.rule).filter(|_| start < end) else {
            return Ok(());
        };
        let only = batch.of_project(series.project);
        let Ok(rows) = self.sources.rows(&only, start, end).await else { return Ok(()) };
        let own = rows.iter().filter(|row| row.groups == series.groups);
        let shares = own.filter_map(|row| match member.value.read(&row.cells, MINUTE) {
            Reading::Share(counts) => Some((row.bucket?.0 / MINUTE, counts)),
            Reading::Missing | Reading::Number(_) | Reading::Wagers(_) => None,
        });
        let shares: Vec<(u64, Counts)> = shares.collect();
        Ok(self.parts.alarms.add_shares(day.series, &shares)?)
    }
}

impl super::plan::Plan {
    /// The rule's place in a batch, if it is in it.
    fn member<'b>(&self, batch: &'b Batch, rule: u64) -> Option<&'b Member> {
        let is_it = |member: &&Member| {
            self.rules.get(member.rule).is_some_and(|planned| planned.rule.id == rule)
        };
        batch.members.iter().find(is_it)
    }
}
