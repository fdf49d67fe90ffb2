//! The one DataFusion session of the process, and what its errors mean to someone who asked.

use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;

use datafusion::error::DataFusionError;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::optimizer::{Optimizer, OptimizerRule};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use lang::ask::AskError;
use model::limits::QUERY_MEMORY_BYTES_MAX;

use crate::scan::Source;

/// Bytes of decoded Parquet footers that are kept.
const FOOTERS_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Rules of the optimizers for what no question has: joins, subqueries, unions and windows; and for what
/// no part has: rows in a declared order, counts in statistics. Small questions take about as long to plan
/// as to answer.
const RULES_LEFT_OUT: [&str; 19] = [
    "aggregate_statistics",
    "decorrelate_lateral_join",
    "decorrelate_predicate_subquery",
    "eliminate_cross_join",
    "eliminate_join",
    "eliminate_outer_join",
    "extract_equijoin_predicate",
    "filter_null_join_keys",
    "HashJoinBuffering",
    "join_selection",
    "LimitPushPastWindows",
    "optimize_unions",
    "PushdownSort",
    "replace_distinct_aggregate",
    "rewrite_set_comparison",
    "scalar_subquery_to_join",
    "TopKRepartition",
    "unions_to_filter",
    "WindowTopN",
];

/// DataFusion could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("setting the query engine up")]
pub struct EngineError(#[from] DataFusionError);

/// Everything that is made once and used by every question.
pub(crate) struct Session {
    state: SessionState,
}

impl Session {
    pub(crate) fn new() -> Result<Self, EngineError> {
        let cores = available_parallelism().map_or(1, NonZero::get);
        let mut config = SessionConfig::new().with_target_partitions(cores);
        // What a part does not have to be asked about, the pages' statistics say.
        config.options_mut().execution.parquet.enable_page_index = true;
        // We write no bloom filters into parts.
        config.options_mut().execution.parquet.bloom_filter_on_read = false;
        // Plans are of few steps, and a second round over them finds nothing.
        config.options_mut().optimizer.max_passes = 1;
        // A question that does not fit in memory is refused instead of filling the disk.
        let disk = DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled);
        let runtime = RuntimeEnvBuilder::new()
            .with_disk_manager_builder(disk)
            .with_memory_limit(QUERY_MEMORY_BYTES_MAX, 1.0)
            .with_metadata_cache_limit(FOOTERS_BYTES_MAX)
            .build_arc()?;
        let (mut logical, mut physical) = rules();
        logical.retain(|rule| !RULES_LEFT_OUT.contains(&rule.name()));
        physical.retain(|rule| !RULES_LEFT_OUT.contains(&rule.name()));
        let state = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(runtime)
            .with_optimizer_rules(logical)
            .with_physical_optimizer_rules(physical)
            .build();
        Ok(Self { state })
    }

    /// The rows of `source`, to be worked on.
    pub(crate) fn read(&self, source: Source) -> Result<DataFrame, AskError> {
        let context = SessionContext::new_with_state(self.state.clone());
        context.read_table(Arc::new(source)).map_err(asked)
    }
}

type LogicalRules = Vec<Arc<dyn OptimizerRule + Send + Sync>>;
type PhysicalRules = Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>>;

/// All rules that DataFusion has.
fn rules() -> (LogicalRules, PhysicalRules) {
    (Optimizer::new().rules, PhysicalOptimizer::new().rules)
}

/// What an error of the engine means to the asker.
pub(crate) fn asked(cause: DataFusionError) -> AskError {
    match cause.find_root() {
        DataFusionError::ResourcesExhausted(_) => AskError::Busy,
        _ => AskError::Failed(Box::new(cause)),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn rules_that_are_left_out_are_known() {
        let (logical, physical) = rules();
        let mut known: HashSet<&str> = logical.iter().map(|rule| rule.name()).collect();
        known.extend(physical.iter().map(|rule| rule.name()));
        let unknown: Vec<_> =
            RULES_LEFT_OUT.iter().filter(|name| !known.contains(**name)).collect();
        assert!(unknown.is_empty(), "{unknown:?} are not among {known:?}");
    }
}
