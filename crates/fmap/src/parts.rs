//! Digests over parts of a view: what a signature inside a file covers is never the whole file.

use crate::Fmap;
use crate::digest::WINDOW;

/// The digest algorithms that signatures use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Md5,
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Algorithm {
    /// The algorithm called `name`, in lower case and without dashes.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "md5" => Some(Self::Md5),
            "sha1" => Some(Self::Sha1),
            "sha256" => Some(Self::Sha256),
            "sha384" => Some(Self::Sha384),
            "sha512" => Some(Self::Sha512),
            _ => None,
        }
    }
}

impl Fmap {
    /// The digest of `parts` (offset and size, cut to what exists), one after the other.
    pub fn digest_parts(&self, algorithm: Algorithm, parts: &[(u64, u64)]) -> Vec<u8> {
        match algorithm {
            Algorithm::Md5 => self.hash_parts::<md5::Md5>(parts),
            Algorithm::Sha1 => self.hash_parts::<sha1::Sha1>(parts),
            Algorithm::Sha256 => self.hash_parts::<sha2::Sha256>(parts),
            Algorithm::Sha384 => self.hash_parts::<sha2::Sha384>(parts),
            Algorithm::Sha512 => self.hash_parts::<sha2::Sha512>(parts),
        }
    }

    fn hash_parts<H: md5::Digest>(&self, parts: &[(u64, u64)]) -> Vec<u8> {
        let mut hasher = H::new();
        for &(offset, size) in parts {
            self.slice(offset, size).windows(WINDOW, |_, piece| {
                hasher.update(piece);
                true
            });
        }
        hasher.finalize().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DigestKind;

    #[test]
    fn parts_are_hashed_in_their_order() {
        let map = Fmap::from_vec(b"0123456789".to_vec());
        for (kind, name) in
            [(DigestKind::Md5, "md5"), (DigestKind::Sha1, "sha1"), (DigestKind::Sha256, "sha256")]
        {
            let algorithm = Algorithm::named(name).expect("known");
            let found = map.digest_parts(algorithm, &[(6, 2), (0, 3), (9, 100), (20, 5)]);
            assert_eq!(found, Fmap::from_vec(b"670129".to_vec()).digest(kind).as_bytes());
        }
        assert_eq!(map.digest_parts(Algorithm::Sha384, &[]).len(), 48);
        assert_eq!(map.digest_parts(Algorithm::Sha512, &[]).len(), 64);
    }
}
