//! Threads that work records up. They last, because each keeps memory of its own for the next step.

use rayon::iter::{
    IndexedParallelIterator as _, IntoParallelRefMutIterator as _, ParallelIterator as _,
};
use rayon::slice::ParallelSlice as _;
use rayon::{ThreadPool, ThreadPoolBuilder};
use store::log::Entry;

use crate::step::PipelineError;

/// How many threads work records up, and what each does first.
#[derive(Debug, Clone, Copy)]
pub struct Threads {
    /// At least one is taken.
    pub count: usize,
    /// Called once in each thread, for example to let others go first.
    pub begin: fn(),
}

/// Workers and the threads they run on.
#[derive(Debug)]
pub(crate) struct Crew<W> {
    workers: Vec<W>,
    pool: ThreadPool,
}

impl<W: Send> Crew<W> {
    /// A worker for each thread.
    pub(crate) fn new(
        name: &'static str,
        threads: Threads,
        worker: impl Fn() -> W,
    ) -> Result<Self, PipelineError> {
        let count = threads.count.max(1);
        let pool = ThreadPoolBuilder::new()
            .num_threads(count)
            .thread_name(move |number| format!("{name}-{number}"))
            .start_handler(move |_| (threads.begin)())
            .build()?;
        Ok(Self { workers: (0..count).map(|_| worker()).collect(), pool })
    }

    /// Spreads records over workers in runs, and gives the results in the order of the records.
    pub(crate) fn spread<R: Send>(
        &mut self,
        entries: &[Entry],
        take: impl Fn(&mut W, &[Entry]) -> R + Sync,
    ) -> Vec<R> {
        let Self { workers, pool } = self;
        // Few records are not worth waking several threads.
        let least = if entries.len() < workers.len() * 2 { entries.len() } else { 1 };
        let share = entries.len().div_ceil(workers.len()).max(least).max(1);
        pool.install(|| {
            let runs = workers.par_iter_mut().zip(entries.par_chunks(share));
            runs.map(|(worker, run)| take(worker, run)).collect()
        })
    }
}
