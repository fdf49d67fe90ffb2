//! Events recorded from official SDKs: which of them are one issue, and how it is called.
//!
//! `tests/data/corpus` holds what grouping looks at of each event, with `message` moved to
//! `logentry.formatted` and tags as pairs, as they are after normalisation.

use std::collections::BTreeMap;
use std::path::Path;

use group::GroupingRules;
use serde_json::Value as Json;

use crate::given;

#[test]
fn recorded_events_become_the_expected_issues() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/corpus");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 20);
    let mut problems = Vec::new();
    for file in files {
        let scenario: Json = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        check(&scenario, |problem| problems.push(format!("{name}: {problem}")));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

fn check(scenario: &Json, mut problem: impl FnMut(String)) {
    let rules = GroupingRules::default();
    let mut issue_of_hash = BTreeMap::new();
    let mut issue_of_event = BTreeMap::new();
    let mut titles = BTreeMap::new();
    for json in scenario["events"].as_array().unwrap() {
        let id = json["event_id"].as_str().unwrap();
        let mut event = given::event(json);
        let grouping = given::group(&event, &rules);
        group::group(&mut event, &rules);
        let known = grouping.hashes.iter().find_map(|hash| issue_of_hash.get(hash).copied());
        let issue = known.unwrap_or(issue_of_hash.len());
        for hash in grouping.hashes {
            issue_of_hash.entry(hash).or_insert(issue);
        }
        issue_of_event.insert(id, issue);
        titles.insert(id, group::title(&event, grouping.title_override.as_deref()));
    }

    let mut owner = BTreeMap::new();
    for (number, issue) in scenario["issues"].as_array().unwrap().iter().enumerate() {
        let ids: Vec<_> = strings(&issue["events"]);
        let found: Vec<_> = ids.iter().map(|id| issue_of_event[id]).collect();
        let may_split =
            scenario["may_join"].as_array().unwrap().iter().any(|ids| *ids == issue["events"]);
        if !may_split && found.iter().any(|other| *other != found[0]) {
            problem(format!("{} is split: {found:?}", issue["title"]));
        }
        for place in found {
            if *owner.entry(place).or_insert(number) != number {
                problem(format!("{} is joined with another", issue["title"]));
            }
        }
        let title = &titles[ids[0]];
        if title.title != issue["title"] {
            problem(format!("title {:?}, expected {}", title.title, issue["title"]));
        }
        let wanted = issue["function_a_person_looks_for"].as_str();
        let fits = wanted.is_some_and(|function| title.culprit.contains(function));
        if !fits && title.culprit != issue["culprit"] {
            problem(format!("culprit {:?}, expected {}", title.culprit, issue["culprit"]));
        }
    }
}

fn strings(list: &Json) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}
