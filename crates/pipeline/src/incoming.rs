//! One item of a record with everything known about it, and its lines in the accounts.

use std::sync::Arc;

use model::category::Category;
use model::id::EventId;
use model::intake::{Item, ItemType, Record};
use model::outcome::{Fate, OutcomeKey, Outcomes, Reason};
use sha2::{Digest as _, Sha256};
use wire::categories;
use wire::envelope::{Header, ItemHeader};

use crate::projects::Rules;

/// See the module.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Incoming<'r> {
    /// The request it came with.
    pub record: &'r Record,
    /// Where it lies in the request.
    pub item: &'r Item,
    /// The envelope's header.
    pub header: &'r Header,
    /// What its project wants.
    pub rules: &'r Arc<Rules>,
}

impl Incoming<'_> {
    /// The id of an event that brought none. It must be the same when the log is read again after a
    /// crash, so it is a digest of where and when it arrived, not a throw of dice. Of the body a checksum
    /// will do: it tells apart what one project sent within one microsecond.
    pub(crate) fn random_id(&self) -> EventId {
        let mut digest = Sha256::new();
        digest.update(self.record.received.0.to_le_bytes());
        digest.update(self.record.project.0.to_le_bytes());
        digest.update(self.item.start.to_le_bytes());
        digest.update(self.record.body.len().to_le_bytes());
        digest.update(crc32fast::hash(&self.record.body).to_le_bytes());
        let digest: [u8; 32] = digest.finalize().into();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        EventId::from_random(bytes)
    }

    /// Attachments in the same envelope.
    pub(crate) fn attachments(&self) -> u32 {
        let items = self.record.items.iter();
        let found = items.filter(|item| item.item_type == ItemType::Attachment).count();
        u32::try_from(found).unwrap_or(u32::MAX)
    }

    /// What its header says.
    pub(crate) fn item_header(&self) -> ItemHeader {
        let header = ItemHeader::parse(self.item.header.as_bytes()).unwrap_or_default();
        ItemHeader { item_type: Some(self.item.item_type), ..header }
    }

    /// A line of the accounts.
    pub(crate) fn key(
        &self,
        category: Category,
        fate: Fate,
        reason: impl Into<Reason>,
    ) -> OutcomeKey {
        let (project, key) = (self.record.project, Some(self.record.key));
        OutcomeKey { project, key, category, fate, reason: reason.into() }
    }

    /// Accounts for it as broken.
    pub(crate) fn drop_it(&self, reason: impl Into<Reason>, outcomes: &mut Outcomes) {
        let reason = reason.into();
        for (category, quantity) in self.quantities() {
            outcomes.record(self.key(category, Fate::Invalid, reason.clone()), quantity);
        }
    }

    /// Accounts for it as stored.
    pub(crate) fn keep_it(&self, outcomes: &mut Outcomes) {
        for (category, quantity) in self.quantities() {
            outcomes.record(self.key(category, Fate::Accepted, ""), quantity);
        }
    }

    fn quantities(&self) -> Vec<(Category, u64)> {
        let len = usize::try_from(self.item.len).unwrap_or(usize::MAX);
        categories::quantities(&self.item_header(), len).collect()
    }
}

/// Accounts for all items of a record as broken.
pub(crate) fn refuse_all(record: &Record, reason: &'static str, outcomes: &mut Outcomes) {
    let header = Header::default();
    let rules = Arc::new(Rules::of_defaults());
    for item in &record.items {
        Incoming { record, item, header: &header, rules: &rules }.drop_it(reason, outcomes);
    }
}
