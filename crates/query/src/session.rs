//! The one DataFusion session of the process, and what its errors mean to someone who asked.

use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;

use datafusion::error::DataFusionError;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use lang::ask::AskError;
use model::limits::QUERY_MEMORY_BYTES_MAX;

use crate::scan::Source;

/// Bytes of decoded Parquet footers that are kept.
const FOOTERS_BYTES_MAX: usize = 16 * 1024 * 1024;

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
        // A question that does not fit in memory is refused instead of filling the disk.
        let disk = DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled);
        let runtime = RuntimeEnvBuilder::new()
            .with_disk_manager_builder(disk)
            .with_memory_limit(QUERY_MEMORY_BYTES_MAX, 1.0)
            .with_metadata_cache_limit(FOOTERS_BYTES_MAX)
            .build_arc()?;
        let state =
            SessionStateBuilder::new().with_config(config).with_runtime_env(runtime).build();
        Ok(Self { state })
    }

    /// The rows of `source`, to be worked on.
    pub(crate) fn read(&self, source: Source) -> Result<DataFrame, AskError> {
        let context = SessionContext::new_with_state(self.state.clone());
        context.read_table(Arc::new(source)).map_err(asked)
    }
}

/// What an error of the engine means to the asker.
pub(crate) fn asked(cause: DataFusionError) -> AskError {
    match cause.find_root() {
        DataFusionError::ResourcesExhausted(_) => AskError::Busy,
        _ => AskError::Failed(Box::new(cause)),
    }
}
