//! What rules about numbers cost besides the questions themselves: 10,000 rules over 1,000 projects:
//! `cargo bench -p ruler --bench metrics`.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement for people")]

#[path = "../tests/it/metric_world.rs"]
#[expect(dead_code, reason = "the tests use all of it")]
mod metric_world;

use std::time::{Duration, Instant};

use lang::ask::Cell;
use metric_world::{World, row, ten_for_each};

const PROJECTS: u64 = 1_000;
const MINUTES: u32 = 5;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(measure());
}

async fn measure() {
    let mut world = World::with_projects(PROJECTS);
    ten_for_each(&world, PROJECTS);
    world.engine.say(|asked| {
        let of = |id: &u64| {
            let mut cells = row(*id, 3.0);
            cells.resize(asked.columns, Cell::F64(1.0));
            cells
        };
        Ok(asked.projects.iter().map(of).collect())
    });
    println!("{PROJECTS} projects with 10 rules each");
    minute(&mut world, "the first minute, in which all series begin").await;
    let mut all = Duration::ZERO;
    for _ in 0..MINUTES {
        all += minute(&mut world, "a minute").await;
    }
    println!("{:.1} % of a core", 100.0 * (all / MINUTES).as_secs_f64() / 60.0);
}

async fn minute(world: &mut World, what: &str) -> Duration {
    #[expect(clippy::disallowed_methods, reason = "it measures time")]
    let begun = Instant::now();
    world.minute().await;
    let took = begun.elapsed();
    println!("{took:>10.2?}  {} questions  {what}", world.questions().len());
    took
}
