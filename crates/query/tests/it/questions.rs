//! Searches as people write them, over sixty rows; the number of rows that match.

use std::collections::HashSet;

use lang::ask::{
    Aggregate, Ask, AskError, Cell, Column, Direction, FacetQuestion, Field, Filter, Having,
    Operator, Pairs, Scope, Table, TableQuestion, Window,
};
use lang::search::{column, event_filter};
use model::clock::Micros;
use model::id::{EventId, IssueId, ProjectId};

use crate::naive;
use crate::small_store::{PLACES, Place, SmallStore, everything, payload, shop, wait};

fn count(scope: Scope, filter: Filter) -> TableQuestion {
    TableQuestion {
        scope,
        filter,
        columns: vec![Column::Aggregate(Aggregate::Count)],
        having: Vec::new(),
        order: Vec::new(),
        offset: 0,
        limit: 1,
    }
}

fn count_rows(filter: Filter) -> TableQuestion {
    count(everything(), filter)
}

#[test]
fn searches() {
    let stores = PLACES.map(|place| SmallStore::with(&shop(), place));
    let searches = [
        ("", 60),
        ("level:error", 24),
        ("!level:[error,fatal]", 24),
        ("payment", 20),
        ("СТАВКА", 20),
        ("title:*declined", 20),
        ("transaction:/api/*", 40),
        ("stack.function:pay", 20),
        ("stack.function:p*y", 40),
        ("!stack.function:main", 20),
        ("browser:Firefox", 30),
        ("has:amount", 20),
        ("tags[amount,number]:>300", 9),
        ("!amount:30", 59),
        ("flags[new-ui]:true", 30),
        ("user:id:1", 24),
        ("has:user", 48),
        ("release:\"\"", 20),
        ("error.unhandled:true", 20),
        ("error.handled:true", 40),
        ("trace:04040404040404040404040404040404", 1),
        ("!has:trace", 45),
        ("id:05050505050505050505050505050505", 1),
        ("id:0505*", 1),
        ("issue.id:11 level:fatal", 3),
        ("event.size:>=150", 10),
        ("level:fatal OR browser:Firefox level:info", 18),
    ];
    for (search, expected) in searches {
        let filter = event_filter(search, Micros(60_000)).unwrap().0;
        let plain = naive::seen(&everything(), &filter, &shop()).len();
        assert_eq!(plain, expected, "{search}");
        for store in &stores {
            let answer = wait(store.engine.table(count(everything(), filter.clone()))).unwrap();
            assert_eq!(answer.rows, [[Cell::U64(expected as u64)]], "{search}");
        }
    }
}

#[test]
fn pages_of_groups_do_not_overlap() {
    let columns = ["transaction", "environment", "count()", "count_unique(user)", "last_seen()"];
    let columns: Vec<Column> = columns.map(|text| column(text).unwrap().column).to_vec();
    for place in PLACES {
        let store = SmallStore::with(&shop(), place);
        let page = |offset| TableQuestion {
            scope: everything(),
            filter: Filter::All,
            columns: columns.clone(),
            having: vec![Having { column: 2, operator: Operator::Greater, value: 5.0 }],
            order: vec![(2, Direction::Descending)],
            offset,
            limit: 2,
        };
        let pages = [0, 2, 4].map(|offset| wait(store.engine.table(page(offset))).unwrap().rows);
        let all: Vec<_> = pages.concat();
        let mut expected: Vec<_> = naive::groups(&page(0), &shop()).into_values().collect();
        expected.sort_by_key(|cells| format!("{:?}", &cells[..2]));
        let mut sorted = all.clone();
        sorted.sort_by_key(|cells| format!("{:?}", &cells[..2]));
        assert_eq!(sorted, expected, "{place:?}");
    }
}

#[test]
fn neighbours_of_an_event_in_its_issue() {
    let store = SmallStore::with(&shop(), Place::Both);
    let at = |direction, start, end| {
        let mut scope = everything();
        scope.issues = Some(vec![IssueId(11)]);
        scope.window = Window { start: Micros(start), end: Micros(end) };
        let question = TableQuestion {
            columns: vec![Column::Field(Field::Timestamp), Column::Field(Field::EventId)],
            order: vec![(0, direction)],
            ..count(scope, Filter::All)
        };
        let rows = wait(store.engine.table(question.clone())).unwrap().rows;
        assert_eq!(rows, naive::newest(&question, &shop()));
        rows
    };
    let newest = at(Direction::Descending, 0, 60_000);
    let Cell::Time(time) = newest[0][0] else { panic!("no time") };
    let before = at(Direction::Descending, 0, time.0);
    let Cell::Time(time) = before[0][0] else { panic!("no time") };
    assert_eq!(at(Direction::Ascending, time.0 + 1, 60_000), newest);
}

#[test]
fn nothing_to_see() {
    let store = SmallStore::with(&shop(), Place::Memory);
    let mut nobody = everything();
    nobody.projects.clear();
    let mut strangers = everything();
    strangers.projects = vec![ProjectId(99)];
    for scope in [nobody, strangers] {
        let answer = wait(store.engine.table(count(scope.clone(), Filter::All))).unwrap();
        assert_eq!(answer.rows, [[Cell::U64(0)]]);
        let question = FacetQuestion {
            scope,
            filter: Filter::All,
            pairs: Pairs::Tags,
            key: None,
            value_contains: String::new(),
            values_max: 3,
        };
        assert_eq!(wait(store.engine.facets(question)).unwrap(), []);
    }
}

#[test]
fn an_event_by_its_id() {
    let rows = shop();
    for place in PLACES {
        let store = SmallStore::with(&rows, place);
        let event = |project, byte| {
            wait(store.engine.event(ProjectId(project), EventId([byte; 16]))).unwrap()
        };
        let found = event(2, 5).unwrap();
        assert_eq!((found.issue, found.payload), (IssueId(11), payload(&rows[5])));
        assert_eq!(event(1, 5), None, "another project's");
        assert_eq!(event(2, 200), None);
        store.engine.hide_issues(HashSet::from([IssueId(11)]));
        assert_eq!(event(2, 5), None, "of a removed issue");
        let left = wait(store.engine.table(count(everything(), Filter::All))).unwrap();
        assert_eq!(left.rows, [[Cell::U64(45)]]);
    }
}

#[test]
fn facets_of_one_tag() {
    let store = SmallStore::with(&shop(), Place::Both);
    let question = FacetQuestion {
        scope: everything(),
        filter: Filter::All,
        pairs: Pairs::Tags,
        key: Some("amount".to_owned()),
        value_contains: "5".to_owned(),
        values_max: 2,
    };
    let facets = wait(store.engine.facets(question)).unwrap();
    assert_eq!(facets.len(), 1);
    // 150, 450, 510, 540 and 570.
    assert_eq!((facets[0].total, facets[0].unique, facets[0].values.len()), (5, 5, 2));
    assert_eq!(facets[0].values[0].value, "150");
}

#[test]
fn facets_of_feature_flags() {
    for place in PLACES {
        let store = SmallStore::with(&shop(), place);
        let ask = |key: Option<&str>| {
            let question = FacetQuestion {
                scope: everything(),
                filter: Filter::All,
                pairs: Pairs::Flags,
                key: key.map(str::to_owned),
                value_contains: String::new(),
                values_max: 2,
            };
            wait(store.engine.facets(question)).unwrap()
        };
        let facets = ask(None);
        assert_eq!(facets, ask(Some("new-ui")));
        let counts: Vec<(&str, u64)> =
            facets[0].values.iter().map(|value| (value.value.as_str(), value.count)).collect();
        assert_eq!(counts, [("false", 30), ("true", 30)]);
        assert_eq!(ask(Some("browser")), [], "tags are no flags");
    }
}

#[test]
fn long_searches_are_answered_or_refused() {
    let store = SmallStore::with(&shop(), Place::Both);
    let long = |count: usize, condition: &str| {
        let search: Vec<String> =
            (0..count).map(|n| condition.replace('N', &n.to_string())).collect();
        let filter = event_filter(&search.join(" "), Micros(60_000)).unwrap().0;
        wait(store.engine.table(count_rows(filter)))
    };
    let sixty = Table { rows: vec![vec![Cell::U64(60)]] };
    assert_eq!(long(24, "(!a:N OR b:N)").unwrap(), sixty);
    assert_eq!(long(49, "!a:N").unwrap(), sixty);
    for condition in ["!a:N", "(a:N OR b:N)", "a:N OR"] {
        let refused = long(150, &format!("{condition} c:N"));
        assert!(matches!(refused, Err(AskError::Invalid(_))), "{condition}");
    }
    let many: Vec<String> = (0..900).map(|n| n.to_string()).collect();
    let many = format!("!amount:[{}]", many.join(","));
    assert_eq!(long(1, &many).unwrap(), Table { rows: vec![vec![Cell::U64(40)]] });
}

#[test]
fn questions_that_are_refused() {
    let store = SmallStore::with(&shop(), Place::Memory);
    let plain = count(everything(), Filter::All);
    let refused = [
        TableQuestion { columns: Vec::new(), ..plain.clone() },
        TableQuestion { columns: vec![Column::Bucket(0)], ..plain.clone() },
        TableQuestion { order: vec![(1, Direction::Ascending)], ..plain.clone() },
        TableQuestion { limit: 1_000_000, ..plain.clone() },
        TableQuestion {
            columns: vec![Column::Aggregate(Aggregate::Average(Field::Title))],
            ..plain
        },
    ];
    for question in refused {
        let answer = wait(store.engine.table(question));
        assert!(matches!(answer, Err(AskError::Invalid(_))), "{answer:?}");
    }
}
