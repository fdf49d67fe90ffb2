//! Records as bytes: a frame with a checksum around a compact encoding. See
//! `docs/formats/intake-log.md`.

use model::clock::Micros;
use model::id::{KeyId, OrganizationId, ProjectId};
use model::intake::{BodyCoding, Item, ItemType, Record};
use model::limits;

/// The first bytes of a frame: its kind and version.
const MAGIC: [u8; 4] = *b"PWL\x01";
/// Magic, payload length, checksum of the payload.
pub(super) const HEADER_BYTES: usize = 12;
/// Magic to `received`, which comes first in the payload: what tells a frame's age.
pub(super) const AGE_BYTES: usize = HEADER_BYTES + 8;
/// More items than an envelope may have would be damage.
const ITEMS_MAX: u64 = 4 * limits::ENVELOPE_ITEMS_MAX as u64;

/// The record does not fit `model::limits::LOG_RECORD_BYTES_MAX`.
#[derive(Debug)]
pub(super) struct TooLarge;

/// A frame's header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    /// Bytes of the payload.
    pub(super) len: usize,
    checksum: u32,
}

/// Writes a record with its frame.
pub(super) fn encode(record: &Record) -> Result<Vec<u8>, TooLarge> {
    let mut out = Vec::with_capacity(HEADER_BYTES + 256 + record.header.len() + record.body.len());
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&[0; HEADER_BYTES - MAGIC.len()]);
    out.extend_from_slice(&record.received.0.to_le_bytes());
    for id in [record.organization.0, record.project.0, record.key.0] {
        put_number(&mut out, id);
    }
    for text in [&record.client_ip, &record.user_agent, &record.sdk, &record.header] {
        put_bytes(&mut out, text.as_bytes());
    }
    put_number(&mut out, record.items.len() as u64);
    for item in &record.items {
        out.push(item.item_type as u8);
        for number in [item.start, item.len, item.count] {
            put_number(&mut out, u64::from(number));
        }
        put_bytes(&mut out, item.header.as_bytes());
    }
    out.push(record.coding as u8);
    put_number(&mut out, u64::from(record.body_len));
    put_bytes(&mut out, &record.body);
    let payload = out.get(HEADER_BYTES..).unwrap_or_default();
    let len = Some(payload.len()).filter(|len| *len <= limits::LOG_RECORD_BYTES_MAX);
    let len = len.and_then(|len| u32::try_from(len).ok()).ok_or(TooLarge)?;
    let checksum = crc32fast::hash(payload);
    for (slot, value) in [(4..8, len), (8..12, checksum)] {
        if let Some(slot) = out.get_mut(slot) {
            slot.copy_from_slice(&value.to_le_bytes());
        }
    }
    Ok(out)
}

impl Header {
    /// Reads a header; `None` when no frame begins here.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        if reader.take::<4>()? != MAGIC {
            return None;
        }
        let len = usize::try_from(u32::from_le_bytes(reader.take()?)).ok()?;
        let checksum = u32::from_le_bytes(reader.take()?);
        (len <= limits::LOG_RECORD_BYTES_MAX).then_some(Self { len, checksum })
    }

    /// Reads the payload; `None` when it is damaged.
    pub(super) fn decode(self, payload: &[u8]) -> Option<Record> {
        if payload.len() != self.len || crc32fast::hash(payload) != self.checksum {
            return None;
        }
        let mut reader = Reader(payload);
        let record = reader.record()?;
        reader.0.is_empty().then_some(record)
    }

    /// Whether the payload is what was written, without reading it further.
    pub(super) fn fits(self, payload: &[u8]) -> bool {
        payload.len() == self.len && crc32fast::hash(payload) == self.checksum
    }
}

/// When the record at the start of `bytes` was received.
pub(super) fn received(bytes: &[u8]) -> Option<Micros> {
    Header::read(bytes)?;
    let mut reader = Reader(bytes.get(HEADER_BYTES..)?);
    Some(Micros(u64::from_le_bytes(reader.take()?)))
}

/// Seven bits a byte, lowest first; the top bit says that more follow.
fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// What is left to read; every step checks that it is there.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn record(&mut self) -> Option<Record> {
        Some(Record {
            received: Micros(u64::from_le_bytes(self.take()?)),
            organization: OrganizationId(self.number()?),
            project: ProjectId(self.number()?),
            key: KeyId(self.number()?),
            client_ip: self.text()?,
            user_agent: self.text()?,
            sdk: self.text()?,
            header: self.text()?,
            items: self.items()?,
            coding: BodyCoding::from_number(self.byte()?)?,
            body_len: self.small()?,
            body: self.bytes()?.to_vec(),
        })
    }

    fn items(&mut self) -> Option<Vec<Item>> {
        let count = self.number().filter(|count| *count <= ITEMS_MAX)?;
        (0..count).map(|_| self.item()).collect()
    }

    fn item(&mut self) -> Option<Item> {
        Some(Item {
            item_type: ItemType::from_number(self.byte()?)?,
            start: self.small()?,
            len: self.small()?,
            count: self.small()?,
            header: self.text()?,
        })
    }

    fn take<const BYTES: usize>(&mut self) -> Option<[u8; BYTES]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take::<1>().map(|[byte]| byte)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                return None;
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn small(&mut self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(self.number()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(bytes)
    }

    fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?.to_vec()).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode(frame: &[u8]) -> Option<Record> {
        Header::read(frame)?.decode(frame.get(HEADER_BYTES..)?)
    }

    fn item() -> impl Strategy<Value = Item> {
        let types = prop::sample::select(&ItemType::ALL[..]);
        (types, any::<[u32; 3]>(), ".{0,30}").prop_map(|((item_type, _), numbers, header)| {
            let [start, len, count] = numbers;
            Item { item_type, start, len, count, header }
        })
    }

    fn record() -> impl Strategy<Value = Record> {
        let ids = any::<[u64; 4]>();
        let texts = [".{0,20}", ".{0,20}", ".{0,20}", ".{0,300}"];
        let items = prop::collection::vec(item(), 0..5);
        let body = (0_u8..3, any::<u32>(), prop::collection::vec(any::<u8>(), 0..500));
        (ids, texts, items, body).prop_map(|(ids, texts, items, (coding, body_len, body))| {
            let [received, organization, project, key] = ids;
            let [client_ip, user_agent, sdk, header] = texts;
            Record {
                received: Micros(received),
                organization: OrganizationId(organization),
                project: ProjectId(project),
                key: KeyId(key),
                client_ip,
                user_agent,
                sdk,
                header,
                items,
                coding: BodyCoding::from_number(coding).unwrap(),
                body_len,
                body,
            }
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_written_is_read_back(record in record()) {
            let frame = encode(&record).unwrap();
            prop_assert_eq!(received(&frame), Some(record.received));
            prop_assert_eq!(decode(&frame), Some(record));
        }

        #[test]
        fn a_changed_frame_is_noticed(record in record(), place in any::<prop::sample::Index>(), bit in 0..8) {
            let mut frame = encode(&record).unwrap();
            let place = place.index(frame.len());
            frame[place] ^= 1_u8 << bit;
            prop_assert_eq!(decode(&frame), None);
        }

        #[test]
        fn any_payload_with_a_right_checksum_is_read_without_a_panic(payload in prop::collection::vec(any::<u8>(), 0..200)) {
            let header = Header { len: payload.len(), checksum: crc32fast::hash(&payload) };
            header.decode(&payload);
        }
    }

    #[test]
    fn numbers_over_64_bits_are_refused() {
        let mut bytes = vec![0xff; 9];
        bytes.push(0x01);
        assert_eq!(Reader(&bytes).number(), Some(u64::MAX));
        bytes[9] = 0x02;
        assert_eq!(Reader(&bytes).number(), None);
    }
}
