//! How many questions many rules are.

use alarm::{Alarms, SeriesOf};

use crate::metric_world::{World, row, ten_for_each};

/// 10,000 rules must not be 10,000 questions.
#[tokio::test]
async fn rules_that_ask_the_same_share_a_question() {
    let projects = 20;
    let mut world = World::with_projects(projects);
    ten_for_each(&world, projects);
    world.engine.say(move |asked| {
        let of = |id: &u64| {
            let mut cells = row(*id, 3.0);
            cells.resize(asked.columns, lang::ask::Cell::F64(1.0));
            cells
        };
        Ok(asked.projects.iter().map(of).collect())
    });
    world.minute().await;
    world.questions();
    world.minute().await;
    let asked = world.questions();
    // Errors, transactions and spans, over 5 minutes and over an hour.
    assert_eq!(asked.len(), 6, "{asked:?}");
    assert!(asked.iter().all(|asked| asked.projects.len() as u64 == projects));
    let alarms: &Alarms = &world.parts.alarms;
    assert_eq!(alarms.series(SeriesOf::All).unwrap().len() as u64, 10 * projects);
}
