//! Readable stacks, by source maps and debug files that were uploaded.

use std::panic::{AssertUnwindSafe, catch_unwind};

use model::event::Event;

use super::Given;

/// Makes the stacks of an event readable. Whatever goes wrong, the event goes on as it came.
pub(crate) fn stacks(event: &mut Event<'_>, given: &Given<'_>) {
    if !given.stacks.concerns(event) {
        return;
    }
    let project = given.record.project;
    // A copy, because a panic in the middle leaves what it was working on half done.
    let mut copy = event.clone();
    let changed = catch_unwind(AssertUnwindSafe(|| given.stacks.make_readable(project, &mut copy)));
    match changed {
        Ok(true) => *event = copy,
        Ok(false) => {}
        Err(_) => {
            tracing::error!(%project, "making a stack readable panicked; it stays as it came");
        }
    }
}

#[cfg(test)]
mod tests {
    use model::clock::Micros;
    use model::id::{EventId, KeyId, OrganizationId, ProjectId};
    use model::intake::{BodyCoding, ItemType, Record};
    use wire::envelope::Header;

    use super::super::{Prepared, Stacks, process};
    use super::*;
    use crate::projects::Rules;

    /// What somebody does to a stack.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Deed {
        Rename,
        Nothing,
        PanicHalfWay,
    }

    impl Stacks for Deed {
        fn concerns(&self, event: &Event<'_>) -> bool {
            event.root.str("platform") == Some("javascript")
        }

        fn make_readable(&self, _: ProjectId, event: &mut Event<'_>) -> bool {
            if *self == Self::Nothing {
                return false;
            }
            event.root.remove("exception");
            assert!(*self != Self::PanicHalfWay, "half way");
            let stack = br#"{"values": [{"type": "E", "value": "x", "stacktrace": {"frames":
                [{"function": "charge", "filename": "wallet.ts", "in_app": true}]}}]}"#;
            let mut stack = stack.to_vec();
            let parsed = wire::json::parse(&mut stack).unwrap().into_owned();
            event.root.insert("exception", parsed);
            true
        }

        fn read_minidump(&self, _: ProjectId, _: &[u8]) -> Result<Vec<u8>, String> {
            Err("not here".to_owned())
        }
    }

    fn prepared(deed: Deed, platform: &str) -> Prepared {
        let record = Record {
            received: Micros(1_795_255_200_000_000),
            organization: OrganizationId(1),
            project: ProjectId(1),
            key: KeyId(1),
            client_ip: String::new(),
            user_agent: String::new(),
            sdk: String::new(),
            header: "{}".to_owned(),
            items: Vec::new(),
            coding: BodyCoding::Identity,
            body_len: 0,
            body: Vec::new(),
        };
        let (header, rules) = (Header::default(), Rules::of_defaults());
        let given = Given {
            record: &record,
            header: &header,
            rules: &rules,
            stacks: &deed,
            random_id: EventId([7; 16]),
            item_type: ItemType::Event,
            attachments: 0,
        };
        let mut event = format!(
            r#"{{"platform": "{platform}", "exception": {{"values": [{{"type": "E", "value": "x",
            "stacktrace": {{"frames": [{{"function": "a", "filename": "app.min.js", "in_app": true}}]}}}}]}}}}"#
        )
        .into_bytes();
        let mut parser = wire::json::Parser::default();
        let event = super::super::check::event(&mut parser, &mut event).unwrap();
        process(event, &given).unwrap()
    }

    #[test]
    fn readable_functions_decide_what_belongs_together() {
        let came = prepared(Deed::Nothing, "javascript");
        let readable = prepared(Deed::Rename, "javascript");
        assert!(String::from_utf8(readable.payload).unwrap().contains("charge"));
        assert_ne!(readable.facts.hashes, came.facts.hashes);
        assert_eq!(prepared(Deed::Rename, "python").facts.hashes.len(), came.facts.hashes.len());
    }

    #[test]
    fn a_panic_leaves_the_event_as_it_came() {
        let came = prepared(Deed::Nothing, "javascript");
        let after = prepared(Deed::PanicHalfWay, "javascript");
        assert_eq!(after.facts.hashes, came.facts.hashes);
        assert!(String::from_utf8(after.payload).unwrap().contains("app.min.js"));
    }
}
