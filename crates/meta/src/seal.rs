//! Secrets that must be read again, sealed with a key that lies beside the database and not in it.
//!
//! A copy of the database alone, such as a backup or what somebody could read of a table, reveals none of
//! them and signs nothing.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::error::MetaError;
use crate::secret::{Secret, random_bytes, random_hex};
use crate::signature::{hmac, is_same};

const NONCE_BYTES: usize = 32;
const TAG_BYTES: usize = 32;
/// Told apart from any other use of the same key.
const STREAM_PREFIX: &[u8] = b"pitwatch seal stream ";
const TAG_PREFIX: &[u8] = b"pitwatch seal tag ";

/// Seals and opens.
#[derive(Debug)]
pub(crate) struct Sealer {
    /// `None` in memory.
    path: Option<PathBuf>,
    key: OnceLock<Key>,
}

struct Key([u8; 32]);

impl std::fmt::Debug for Key {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("[key]")
    }
}

impl Sealer {
    /// With the key in that file, which is made when it is needed first.
    pub(crate) fn with_file(path: PathBuf) -> Self {
        Self { path: Some(path), key: OnceLock::new() }
    }

    /// With a key that nobody has afterwards.
    pub(crate) fn in_memory() -> Self {
        Self { path: None, key: OnceLock::new() }
    }

    /// `about` says what the secret is for: it opens for nothing else.
    pub(crate) fn seal(&self, about: &str, secret: &Secret) -> Result<Vec<u8>, MetaError> {
        let key = self.key()?;
        let nonce = random_bytes();
        let mut sealed = nonce.to_vec();
        sealed.extend_from_slice(secret.expose().as_bytes());
        mix(&key.0, &nonce, &mut sealed[NONCE_BYTES..]);
        let tag = tag(&key.0, about, &sealed);
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    /// `None` when it was sealed with another key or for something else, or was changed since.
    pub(crate) fn open(&self, about: &str, sealed: &[u8]) -> Result<Option<Secret>, MetaError> {
        let key = self.key()?;
        let Some((sealed, given)) = sealed.split_last_chunk::<TAG_BYTES>() else { return Ok(None) };
        if !is_same(given, &tag(&key.0, about, sealed)) {
            return Ok(None);
        }
        let Some((nonce, hidden)) = sealed.split_first_chunk::<NONCE_BYTES>() else {
            return Ok(None);
        };
        let mut text = hidden.to_vec();
        mix(&key.0, nonce, &mut text);
        Ok(String::from_utf8(text).ok().map(Secret::new))
    }

    fn key(&self) -> Result<&Key, MetaError> {
        if let Some(key) = self.key.get() {
            return Ok(key);
        }
        let key = match &self.path {
            None => random_bytes(),
            Some(path) => {
                read_or_make(path).map_err(|cause| MetaError::Key { path: path.clone(), cause })?
            }
        };
        Ok(self.key.get_or_init(|| Key(key)))
    }
}

/// The keystream is HMAC in counter mode, which no two nonces have in common.
fn mix(key: &[u8; 32], nonce: &[u8; NONCE_BYTES], text: &mut [u8]) {
    for (number, block) in (0_u64..).zip(text.chunks_mut(32)) {
        let stream = hmac(key, &[STREAM_PREFIX, nonce, &number.to_le_bytes()]);
        block.iter_mut().zip(stream).for_each(|(byte, mask)| *byte ^= mask);
    }
}

/// The nonce is a part of `sealed`, and has always the same length.
fn tag(key: &[u8; 32], about: &str, sealed: &[u8]) -> [u8; 32] {
    let length = (about.len() as u64).to_le_bytes();
    hmac(key, &[TAG_PREFIX, &length, about.as_bytes(), sealed])
}

/// Whoever makes the file first decides; a file that is there is never replaced.
fn read_or_make(path: &Path) -> io::Result<[u8; 32]> {
    match read(path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
        read => return read,
    }
    let draft = path.with_extension(format!("key-{}", random_hex()));
    write(&draft, &random_bytes())?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Err(cause) if cause.kind() != io::ErrorKind::AlreadyExists => return Err(cause),
        _ => {}
    }
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    read(path)
}

fn read(path: &Path) -> io::Result<[u8; 32]> {
    let length = fs::metadata(path)?.len();
    if length != 32 {
        let message = format!("a key has 32 bytes, this file has {length}");
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    let bytes = fs::read(path)?;
    bytes.try_into().or(Err(io::ErrorKind::InvalidData.into()))
}

fn write(path: &Path, key: &[u8; 32]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(key)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_key_opens_for_the_same_thing() {
        let sealer = Sealer::in_memory();
        let secret = Secret::new("webhook-0123456789".repeat(3));
        let sealed = sealer.seal("flags of 1", &secret).unwrap();
        assert_eq!(sealer.open("flags of 1", &sealed).unwrap(), Some(secret.clone()));
        assert_eq!(sealer.open("flags of 2", &sealed).unwrap(), None);
        assert_eq!(Sealer::in_memory().open("flags of 1", &sealed).unwrap(), None);
        assert_ne!(sealer.seal("flags of 1", &secret).unwrap(), sealed, "a nonce of its own");
        let has = |part: &[u8]| sealed.windows(part.len()).any(|window| window == part);
        assert!(!has(b"webhook") && !has(b"0123"));
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert_eq!(sealer.open("flags of 1", &changed).unwrap(), None, "byte {place}");
            assert_eq!(sealer.open("flags of 1", &sealed[..place]).unwrap(), None, "{place} bytes");
        }
    }

    #[test]
    fn the_key_is_made_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("meta.key");
        let sealed = Sealer::with_file(path.clone()).seal("x", &Secret::new("s3cret")).unwrap();
        let again = Sealer::with_file(path.clone());
        assert_eq!(again.open("x", &sealed).unwrap(), Some(Secret::new("s3cret")));
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "no draft stays: {left:?}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::write(&path, "short").unwrap();
        let broken = Sealer::with_file(path).seal("x", &Secret::new("s"));
        assert!(matches!(broken, Err(MetaError::Key { .. })));
    }
}
