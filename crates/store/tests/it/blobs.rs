//! Attachments by content.

use std::collections::HashSet;
use std::io::Read;
use std::sync::Arc;

use store::blobs::{BlobError, BlobId, BlobStore};

use crate::fake_disk::FakeDisk;

fn content(store: &BlobStore, id: BlobId) -> Option<Vec<u8>> {
    let (mut file, len) = store.open_blob(id).unwrap()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes.len() as u64, len);
    Some(bytes)
}

#[test]
fn a_blob_is_stored_once_read_back_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let store = BlobStore::open(folder.path(), Arc::new(FakeDisk::healthy())).unwrap();
    let (first, bytes) = store.put(&mut b"minidump".as_slice(), 100).unwrap();
    let (again, _) = store.put(&mut b"minidump".as_slice(), 100).unwrap();
    let (other, _) = store.put(&mut b"log".as_slice(), 100).unwrap();
    assert_eq!((first, bytes), (again, 8));
    assert_eq!(BlobId::parse(&other.to_string()), Some(other), "a catalogue keeps the id as text");
    assert_eq!(content(&store, first).unwrap(), b"minidump");
    assert_eq!(store.bytes().unwrap(), 11);
    store.delete(&HashSet::from([first])).unwrap();
    store.delete(&HashSet::from([first])).unwrap();
    assert_eq!(content(&store, first), None);
    assert_eq!(content(&store, other).unwrap(), b"log");
}

#[test]
fn a_blob_over_the_limit_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = BlobStore::open(folder.path(), Arc::new(FakeDisk::healthy())).unwrap();
    let refused = store.put(&mut [0; 101].as_slice(), 100);
    assert!(matches!(refused, Err(BlobError::TooLarge { bytes_max: 100 })));
    assert_eq!(store.bytes().unwrap(), 0);
}

#[test]
fn what_is_received_is_a_blob_only_when_placed() {
    let folder = tempfile::tempdir().unwrap();
    let store = BlobStore::open(folder.path(), Arc::new(FakeDisk::healthy())).unwrap();
    let received = store.receive(&mut b"bundle".as_slice(), 100).unwrap();
    let mut bytes = Vec::new();
    received.open().unwrap().read_to_end(&mut bytes).unwrap();
    assert_eq!((bytes.as_slice(), received.bytes), (b"bundle".as_slice(), 6));
    let id = received.id;
    assert_eq!(content(&store, id), None);
    drop(received);
    assert_eq!(store.bytes().unwrap(), 0, "it is gone when it was not placed");
    store.receive(&mut b"bundle".as_slice(), 100).unwrap().place().unwrap();
    assert_eq!(content(&store, id).unwrap(), b"bundle");
    assert_eq!(store.bytes().unwrap(), 6);
}

#[test]
fn other_texts_are_not_blob_ids() {
    for text in ["", "..", "../../../etc/passwd", &"g".repeat(64), &"A".repeat(64), &"a".repeat(63)]
    {
        assert_eq!(BlobId::parse(text), None, "{text}");
    }
}

#[test]
fn a_stored_blob_survives_every_crash() {
    for steps in 1..30 {
        let folder = tempfile::tempdir().unwrap();
        let disk = FakeDisk::dying(steps, steps);
        let stored = BlobStore::open(folder.path(), Arc::new(disk.clone()))
            .and_then(|store| store.put(&mut b"evidence".as_slice(), 100));
        disk.crash();
        let store = BlobStore::open(folder.path(), Arc::new(FakeDisk::healthy())).unwrap();
        if let Ok((id, _)) = stored {
            assert_eq!(content(&store, id).unwrap(), b"evidence", "steps {steps}");
        }
    }
}
