//! Nobody waits for somebody else's peers.

use std::time::Duration;

use alarm::{DeliveryQuery, DeliveryState};
use ruler::Worker as _;
use serde_json::{Value, json};

use crate::world::{MINUTE, Mood, SECOND, World, alert, block_on, over};

fn route(world: &World, targets: &[Value]) {
    world.route(json!({
        "route": {"receiver": "team", "group_by": ["alertname"], "group_wait": "0s"},
        "receivers": [{"name": "team", "targets": targets}],
    }));
}

/// Another organisation with a webhook called `theirs`; the world is then of that one.
fn others(world: &mut World) {
    world.organization = world.parts.meta.create_organization("other", "Other").unwrap().id;
    let url = json!({"url": "https://hooks.example/theirs"});
    world.channel("webhook", "theirs", url, json!({}));
}

fn fire(world: &mut World, name: &str) {
    world.report(&[alert(&[("alertname", name)])]);
    world.clock.advance_micros(SECOND);
    world.dispatch.step().unwrap();
}

/// As far as it comes without those that never answer.
async fn some_turns(world: &mut World) {
    let turn = tokio::time::timeout(Duration::from_millis(300), world.courier.turn());
    turn.await.unwrap_err();
}

fn heard(world: &World, name: &str) -> usize {
    let heard = world.peer.heard.lock().unwrap();
    heard.iter().filter(|(_, body)| body.to_string().contains(name)).count()
}

#[test]
fn a_message_that_makes_us_panic_holds_no_other() {
    let mut world = World::new();
    route(&world, &[json!({"channel": "hook"})]);
    *world.peer.mood.lock().unwrap() = Mood::Puzzles;
    fire(&mut world, "One");
    block_on(world.courier.round()).unwrap();
    *world.peer.mood.lock().unwrap() = Mood::Well;
    fire(&mut world, "Two");
    block_on(world.courier.round()).unwrap();
    let query = DeliveryQuery { page: (0, 10), ..DeliveryQuery::default() };
    let sent = world.parts.alarms.deliveries(world.organization, &query).unwrap();
    let states: Vec<DeliveryState> = sent.iter().map(|sent| sent.state).collect();
    assert_eq!(states, [DeliveryState::Delivered, DeliveryState::Dead]);
    let attempts = world.parts.alarms.attempts(sent[1].id).unwrap();
    assert_eq!(attempts[0].answer, "an error of Pitwatch's own, which its log tells of");
}

#[test]
fn an_organisation_whose_peers_are_all_dead_holds_no_other() {
    let mut world = World::new();
    *world.peer.stuck.lock().unwrap() = Some("stuck.example");
    for half in ["a", "b"] {
        let mut targets = Vec::new();
        for number in 0..50 {
            let name = format!("{half}{number}");
            let url = json!({"url": format!("https://stuck.example/{name}")});
            world.channel("webhook", &name, url, json!({}));
            targets.push(json!({"channel": name}));
        }
        route(&world, &targets);
        fire(&mut world, half);
    }
    others(&mut world);
    route(&world, &[json!({"channel": "theirs"})]);
    block_on(async {
        some_turns(&mut world).await;
        fire(&mut world, "Theirs");
        some_turns(&mut world).await;
    });
    assert_eq!(heard(&world, "Theirs"), 1);
}

#[test]
fn a_mail_that_is_not_taken_holds_no_other_organisation() {
    let mut world = World::new();
    route(&world, &[json!({"mail": "a@stuck.example"}), json!({"mail": "ab@example.com"})]);
    *world.peer.stuck.lock().unwrap() = Some("stuck.example");
    fire(&mut world, "Ours");
    others(&mut world);
    route(&world, &[json!({"mail": "c@example.com"}), json!({"mail": "d@example.com"})]);
    fire(&mut world, "Theirs");
    block_on(some_turns(&mut world));
    let mails = world.peer.mails.lock().unwrap();
    let to: Vec<&str> = mails.iter().map(|(to, _)| to.as_str()).collect();
    assert_eq!(to, ["ab@example.com", "c@example.com", "d@example.com"]);
}

/// Each conversation is repeated each minute.
#[test]
fn a_dead_alertmanager_with_many_conversations_holds_nobody() {
    let mut world = World::new();
    let urls = json!({"urls": "https://am.example"});
    world.channel("alertmanager", "am", urls, json!({}));
    route(&world, &[json!({"channel": "am"})]);
    let alerts: Vec<_> =
        (0..100).map(|number| alert(&[("alertname", format!("A{number}").as_str())])).collect();
    world.report(&alerts);
    world.pass(SECOND, 5_000);
    assert_eq!(world.peer.heard.lock().unwrap().len(), 100);
    world.pass(2 * MINUTE + 30 * SECOND, SECOND);
    assert_eq!(world.peer.heard.lock().unwrap().len(), 300, "twice more");
    *world.peer.stuck.lock().unwrap() = Some("am.example");
    world.clock.advance_micros(2 * MINUTE);
    route(&world, &[json!({"channel": "hook"})]);
    block_on(async {
        some_turns(&mut world).await;
        fire(&mut world, "New");
        some_turns(&mut world).await;
    });
    assert_eq!(heard(&world, "New"), 1);
}

#[test]
fn of_two_alertmanagers_one_hears_while_the_other_is_down() {
    for (down, is_delivered) in [("am1.example", true), ("am2.example", true), ("am", false)] {
        let mut world = World::new();
        let urls = json!({"urls": "https://am1.example, https://am2.example"});
        world.channel("alertmanager", "am", urls, json!({}));
        route(&world, &[json!({"channel": "am"})]);
        *world.peer.mood.lock().unwrap() = Mood::DownAt(down);
        fire(&mut world, "One");
        block_on(world.courier.round()).unwrap();
        assert_eq!(heard(&world, "One"), usize::from(is_delivered), "{down}");
        let query = DeliveryQuery { page: (0, 10), ..DeliveryQuery::default() };
        let sent = &world.parts.alarms.deliveries(world.organization, &query).unwrap()[0];
        assert_eq!(sent.state == DeliveryState::Delivered, is_delivered, "{down}");
        let attempts = world.parts.alarms.attempts(sent.id).unwrap();
        let said = if is_delivered { "delivered, but not to all: " } else { "" };
        assert_eq!(attempts[0].answer, format!("{said}answered 503: down"));
        world.pass(2 * MINUTE, SECOND);
        let repeated = heard(&world, "One");
        assert_eq!(repeated, if is_delivered { 3 } else { 0 }, "{down}: also what is repeated");
    }
}

/// Other programs get the first 200.
#[test]
fn an_alertmanager_hears_of_each_alert_of_a_group_and_of_each_end() {
    let mut world = World::new();
    world.channel("alertmanager", "am", json!({"urls": "https://am.example"}), json!({}));
    route(&world, &[json!({"channel": "am"}), json!({"channel": "hook"})]);
    let of = |number| {
        let instance = format!("i{number}");
        alert(&[("alertname", "Many"), ("instance", instance.as_str())])
    };
    let alerts: Vec<_> = (0..350).map(of).collect();
    world.report(&alerts);
    world.pass(SECOND, SECOND);
    let heard = world.peer.heard.lock().unwrap().clone();
    let hook = heard.iter().find(|(_, body)| body.is_object()).unwrap();
    assert_eq!(hook.1["pitwatch"]["facts"]["alerts"].as_array().unwrap().len(), 200);
    let posted = heard.iter().find(|(_, body)| body.is_array()).unwrap();
    assert_eq!(posted.1.as_array().unwrap().len(), 350);
    world.report(&[over(&alerts[349])]);
    world.pass(7 * MINUTE, SECOND);
    let heard = world.peer.heard.lock().unwrap().clone();
    let (_, newest) = heard.iter().rfind(|(_, body)| body.is_array()).unwrap();
    let posted = notify::read_alerts(newest, world.now()).unwrap();
    let over = posted.iter().filter(|alert| alert.ends.unwrap() <= world.now());
    let over: Vec<&str> = over.map(|alert| alert.labels["instance"].as_str()).collect();
    assert_eq!(over, ["i349"], "also in what is repeated");
}
