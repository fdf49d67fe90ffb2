//! The leaves of a plan: rows in memory and rows in Parquet files, with the columns that questions see.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::catalog::Session;
use datafusion::common::DFSchema;
use datafusion::config::TableParquetOptions;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, ident};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::FilterExecBuilder;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use object_store::path::Path;

use super::{Columns, SourcePart};
use crate::attribute::{Attribute, Reading};
use crate::stand_in::text_or;

/// Makes the leaves of a plan.
pub(super) struct Leaves<'a> {
    pub(super) session: &'a dyn Session,
    pub(super) columns: &'a Columns,
    pub(super) few_match: bool,
}

/// What is read for the columns of one leaf.
struct Reads {
    /// Places among the stored columns: first those for what is seen, then those for the edge.
    stored: Vec<usize>,
    /// How many of them come first.
    seen: usize,
    /// What is made of them, unless they are what is seen already.
    made: Option<Vec<(Expr, String)>>,
}

/// The columns that the condition at the edge of a scope is about.
const AT_EDGE: [&str; 2] = ["timestamp", "project"];

impl Leaves<'_> {
    /// The rows in memory inside the edge with these columns, which are places among those that are seen.
    pub(super) fn of_memory(
        &self,
        batches: &[RecordBatch],
        seen: &[usize],
        edge: &Expr,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let batches_each = batches.len().div_ceil(self.partitions()).max(1);
        let mut partitions: Vec<Vec<RecordBatch>> =
            batches.chunks(batches_each).map(<[RecordBatch]>::to_vec).collect();
        if partitions.is_empty() {
            partitions.push(Vec::new());
        }
        let attributes = self.columns.attributes.iter();
        let attributes: Vec<Reading> = attributes.map(Attribute::in_memory).collect();
        let reads = self.reads(seen, &attributes.iter().collect::<Vec<_>>())?;
        let schema = Arc::clone(&self.columns.fixed);
        let stored = Some(reads.stored.clone());
        let plan = MemorySourceConfig::try_new_exec(&partitions, schema, stored)?;
        self.make(plan, reads, Some(edge))
    }

    /// The rows of the parts, those inside the edge if there is one, with these columns, which are places
    /// among those that are seen. Parts that have the asked attributes in the same places are read
    /// together.
    pub(super) fn of_parts(
        &self,
        parts: &[&SourcePart],
        seen: &[usize],
        edge: Option<&Expr>,
    ) -> Result<Vec<Arc<dyn ExecutionPlan>>> {
        let mut alike: BTreeMap<Vec<&Reading>, Vec<&SourcePart>> = BTreeMap::new();
        for part in parts {
            alike.entry(part.attributes.iter().collect()).or_default().push(part);
        }
        let leaf = |(attributes, parts): (Vec<&Reading>, Vec<&SourcePart>)| {
            let reads = self.reads(seen, &attributes)?;
            let stored = match edge {
                Some(_) => reads.stored.clone(),
                None => reads.stored.iter().copied().take(reads.seen).collect(),
            };
            self.make(self.files(&parts, stored)?, reads, edge)
        };
        alike.into_iter().map(leaf).collect()
    }

    fn reads(&self, seen: &[usize], attributes: &[&Reading]) -> Result<Reads> {
        let fixed = self.columns.fixed.fields().len();
        let mut stored: Vec<usize> = Vec::with_capacity(seen.len());
        let mut read = |name: &str| -> Result<()> {
            let place = self.columns.stored.index_of(name)?;
            if !stored.contains(&place) {
                stored.push(place);
            }
            Ok(())
        };
        let mut made = Vec::with_capacity(seen.len());
        let mut is_as_seen = true;
        for place in seen {
            let name = self.columns.seen.field(*place).name();
            let asked = place.checked_sub(fixed);
            let attribute = asked.and_then(|asked| self.columns.attributes.get(asked));
            let reading = asked.and_then(|asked| attributes.get(asked).copied());
            let stand_in = self.columns.stand_ins.iter().find(|(column, _)| column == name);
            let value = if let Some((attribute, Reading::First(origins))) = attribute.zip(reading) {
                is_as_seen = false;
                for origin in origins {
                    read(&attribute.origin_column(*origin))?;
                }
                attribute.value(origins)
            } else if let Some((column, other)) = stand_in {
                is_as_seen = false;
                read(column)?;
                read(other)?;
                text_or(column, other)
            } else {
                read(name)?;
                ident(name)
            };
            made.push((value, name.clone()));
        }
        let seen = stored.len();
        for name in AT_EDGE {
            let place = self.columns.stored.index_of(name)?;
            if !stored.contains(&place) {
                stored.push(place);
            }
        }
        Ok(Reads { stored, seen, made: (!is_as_seen).then_some(made) })
    }

    /// Leaves out what is outside the edge, and only then makes what is seen: what is taken out of maps
    /// costs more than looking at the time.
    fn make(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        reads: Reads,
        edge: Option<&Expr>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let plan: Arc<dyn ExecutionPlan> = match edge {
            Some(edge) => {
                let schema = DFSchema::try_from(plan.schema().as_ref().clone())?;
                let condition = self.session.create_physical_expr(edge.clone(), &schema)?;
                let kept = (0..reads.seen).collect();
                let filter =
                    FilterExecBuilder::new(condition, plan).apply_projection(Some(kept))?;
                Arc::new(filter.build()?)
            }
            None => plan,
        };
        let Some(made) = reads.made else { return Ok(plan) };
        let schema = DFSchema::try_from(plan.schema().as_ref().clone())?;
        let values = made.into_iter().map(|(value, alias)| {
            let expr = self.session.create_physical_expr(value, &schema)?;
            Ok(ProjectionExpr { expr, alias })
        });
        let values = values.collect::<Result<Vec<_>>>()?;
        Ok(Arc::new(ProjectionExec::try_new(values, plan)?))
    }

    fn partitions(&self) -> usize {
        self.session.config().target_partitions().max(1)
    }

    fn files(&self, parts: &[&SourcePart], columns: Vec<usize>) -> Result<Arc<dyn ExecutionPlan>> {
        let runtime = self.session.runtime_env();
        let url = ObjectStoreUrl::local_filesystem();
        let readers = CachedParquetFileReaderFactory::new(
            runtime.object_store(&url)?,
            runtime.cache_manager.get_file_metadata_cache(),
        );
        let options = TableParquetOptions {
            global: self.session.config_options().execution.parquet.clone(),
            ..TableParquetOptions::default()
        };
        let source = ParquetSource::new(Arc::clone(&self.columns.stored))
            .with_table_parquet_options(options)
            .with_parquet_file_reader_factory(Arc::new(readers))
            .with_pushdown_filters(self.few_match)
            .with_reorder_filters(self.few_match);
        // The largest first, each to the group that has least: groups of about the same size.
        let mut files = parts.iter().map(|part| file(part)).collect::<Result<Vec<_>>>()?;
        files.sort_by_key(|file| Reverse(file.object_meta.size));
        let mut groups = vec![(0, Vec::new()); self.partitions().min(files.len())];
        for file in files {
            if let Some((bytes, group)) = groups.iter_mut().min_by_key(|(bytes, _)| *bytes) {
                *bytes += file.object_meta.size;
                group.push(file);
            }
        }
        let groups = groups.into_iter().map(|(_, group)| FileGroup::new(group)).collect();
        let config = FileScanConfigBuilder::new(url, Arc::new(source))
            .with_file_groups(groups)
            .with_projection_indices(Some(columns))?
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}

fn file(part: &SourcePart) -> Result<PartitionedFile> {
    let path = std::path::absolute(part.files.rows_path())?;
    let size = path.metadata()?.len();
    let location = Path::from_absolute_path(&path)
        .map_err(|cause| DataFusionError::ObjectStore(Box::new(cause.into())))?;
    // Dated 1970: parts never change and their names are never used again, so that a footer that was
    // read once stays valid whatever the file system says about times.
    let mut file = PartitionedFile::new(String::new(), size);
    file.object_meta.location = location;
    Ok(file)
}
