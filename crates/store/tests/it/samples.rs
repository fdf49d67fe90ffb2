//! Random values from a seed: rows, payloads, records.

use model::clock::Micros;
use model::error_row::ErrorRow;
use model::id::{EventId, IssueId, KeyId, OrganizationId, ProjectId, SpanId, TraceId};
use model::intake::{BodyCoding, Item, ItemType, Record};
use model::span::{Attribute, AttributeValue, SpanRow};

/// Xorshift: the same numbers from the same seed.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end.max(1)
    }

    pub(crate) fn size(&mut self, end: usize) -> usize {
        usize::try_from(self.below(end as u64)).unwrap()
    }

    pub(crate) fn coin(&mut self) -> bool {
        self.below(2) == 1
    }

    fn text(&mut self, length_max: usize) -> String {
        let length = self.size(length_max + 1);
        (0..length).map(|_| if self.coin() { 'e' } else { 'ß' }).collect()
    }

    fn bytes<const BYTES: usize>(&mut self) -> [u8; BYTES] {
        std::array::from_fn(|_| u8::try_from(self.below(256)).unwrap())
    }
}

/// Day 20,000 since 1970, in microseconds.
pub(crate) const START: u64 = 20_000 * 24 * 60 * 60 * 1_000_000;

/// An event with every column set, or not, at random.
pub(crate) fn event(dice: &mut Dice) -> (ErrorRow, Vec<u8>) {
    let moment = START + dice.below(1_000_000);
    let pairs = |dice: &mut Dice| -> Vec<(String, String)> {
        (0..dice.below(4)).map(|number| (format!("key{number}"), dice.text(6))).collect()
    };
    let row = ErrorRow {
        project: ProjectId(1 + dice.below(3)),
        issue: IssueId(1 + dice.below(5)),
        event_id: EventId(dice.bytes()),
        timestamp: Micros(moment),
        received: Micros(moment + dice.below(1_000)),
        level: "error".to_owned(),
        event_type: "error".to_owned(),
        platform: dice.text(2),
        environment: dice.text(2),
        release: dice.text(3),
        dist: String::new(),
        transaction: dice.text(5),
        server_name: dice.text(3),
        logger: dice.text(2),
        title: dice.text(20),
        message: dice.text(40),
        culprit: dice.text(9),
        user: dice.text(9),
        user_id: dice.text(9),
        user_email: dice.text(9),
        user_username: dice.text(9),
        user_ip: dice.text(9),
        geo_country: dice.text(1),
        sdk_name: dice.text(2),
        sdk_version: dice.text(2),
        http_method: dice.text(1),
        http_url: dice.text(30),
        error_type: dice.text(5),
        error_value: dice.text(30),
        error_mechanism: dice.text(3),
        error_handled: dice.coin().then(|| dice.coin()),
        stack_functions: dice.text(50),
        stack_modules: dice.text(50),
        stack_filenames: dice.text(50),
        trace: dice.coin().then(|| TraceId(dice.bytes())),
        span: dice.coin().then(|| SpanId(dice.bytes())),
        replay: String::new(),
        tags: pairs(dice),
        flags: pairs(dice),
        size: 1,
        attachments: 0,
    };
    let payload = format!("{{\"event_id\":\"{}\",\"x\":\"{}\"}}", row.event_id, dice.text(600));
    (row, payload.into_bytes())
}

/// A span with every column set, or not, at random; one of few traces.
pub(crate) fn span(dice: &mut Dice) -> SpanRow<'static> {
    let moment = START + dice.below(1_000_000);
    let mut attributes: Vec<Attribute<'static>> = Vec::new();
    for number in 0..dice.below(6) {
        let name = format!("key{}", number * 3 + dice.below(3)).into();
        let value = match dice.below(4) {
            0 => AttributeValue::Bool(dice.coin()),
            // Halves are exact.
            1 => AttributeValue::Number(f64::from(u16::try_from(dice.below(900)).unwrap()) / 2.0),
            _ => AttributeValue::Text(dice.text(9).into()),
        };
        attributes.push(Attribute { name, value });
    }
    if dice.below(40) == 0 {
        let name = format!("rare{}", dice.below(9)).into();
        attributes.push(Attribute { name, value: AttributeValue::Text(dice.text(3).into()) });
    }
    let trace = u8::try_from(dice.below(40)).unwrap();
    let span = SpanId(dice.bytes());
    let name = dice.text(20);
    SpanRow {
        project: ProjectId(1 + dice.below(3)),
        trace: TraceId([trace; 16]),
        span,
        parent: dice.coin().then(|| SpanId(dice.bytes())),
        segment: if dice.coin() { span } else { SpanId(dice.bytes()) },
        is_segment: dice.coin(),
        timestamp: Micros(moment),
        duration: dice.below(u64::MAX),
        self_time: dice.below(1_000),
        received: Micros(moment + dice.below(1_000)),
        op: dice.text(2).into(),
        category: dice.text(1).into(),
        description: if dice.coin() { name.clone() } else { dice.text(10) }.into(),
        name: name.into(),
        group: dice.below(u64::MAX),
        transaction: dice.text(2).into(),
        status: dice.text(1).into(),
        environment: dice.text(1).into(),
        release: dice.text(2).into(),
        platform: dice.text(1).into(),
        user: dice.text(5).into(),
        weight: if dice.coin() { 1.0 } else { 2.5 },
        attributes,
    }
}

/// A record with a body of up to `body_max` bytes; `number` is its project.
pub(crate) fn record(dice: &mut Dice, number: u64, body_max: usize) -> Record {
    let body: Vec<u8> = (0..dice.size(body_max + 1)).map(|_| dice.bytes::<1>()[0]).collect();
    let items = (0..dice.below(3)).map(|_| Item {
        item_type: ItemType::Event,
        start: u32::try_from(dice.below(1 << 20)).unwrap(),
        len: 7,
        count: 1,
        header: dice.text(20),
    });
    Record {
        items: items.collect(),
        received: Micros(START + number),
        organization: OrganizationId(dice.below(u64::MAX)),
        project: ProjectId(number),
        key: KeyId(1),
        client_ip: "127.0.0.1".to_owned(),
        user_agent: dice.text(10),
        sdk: String::new(),
        header: "{}".to_owned(),
        coding: BodyCoding::Gzip,
        body_len: u32::try_from(body.len()).unwrap(),
        body,
    }
}
