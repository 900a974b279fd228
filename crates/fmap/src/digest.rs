//! MD5, SHA-1 and SHA-256 of a view, each computed at most once.

use std::sync::OnceLock;

use crate::Fmap;

/// Read window of one digest pass: large enough to amortise a `pread`, small enough for the cache.
pub(crate) const WINDOW: usize = 128 << 10;

/// The hash kinds that signature files hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DigestKind {
    Md5,
    Sha1,
    Sha256,
}

impl DigestKind {
    /// Every kind, in the order ClamAV asks for them.
    pub const ALL: [Self; 3] = [Self::Md5, Self::Sha1, Self::Sha256];

    /// Digest length in bytes: 16, 20 or 32.
    pub const fn size(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// The kind whose digest has `size` bytes.
    pub fn of_size(size: usize) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.size() == size)
    }
}

/// A digest of up to 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest {
    bytes: [u8; 32],
    kind: DigestKind,
}

impl Digest {
    /// The digest's own bytes: 16, 20 or 32 of them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.kind.size()]
    }

    fn new(kind: DigestKind, from: &[u8]) -> Self {
        let mut bytes = [0; 32];
        bytes[..kind.size()].copy_from_slice(from);
        Self { bytes, kind }
    }
}

/// The digests of one view, filled in as they are asked for.
#[derive(Default)]
pub struct Digests {
    md5: OnceLock<Digest>,
    sha1: OnceLock<Digest>,
    sha256: OnceLock<Digest>,
}

impl Digests {
    /// The digest of `kind`, computed over `map` at the first call.
    pub fn get(&self, kind: DigestKind, map: &Fmap) -> Digest {
        match kind {
            DigestKind::Md5 => *self.md5.get_or_init(|| compute::<md5::Md5>(kind, map)),
            DigestKind::Sha1 => *self.sha1.get_or_init(|| compute::<sha1::Sha1>(kind, map)),
            DigestKind::Sha256 => *self.sha256.get_or_init(|| compute::<sha2::Sha256>(kind, map)),
        }
    }
}

fn compute<H: md5::Digest>(kind: DigestKind, map: &Fmap) -> Digest {
    let mut hasher = H::new();
    map.windows(WINDOW, |_, piece| {
        hasher.update(piece);
        true
    });
    Digest::new(kind, hasher.finalize().as_ref())
}
