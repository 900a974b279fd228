//! The sections of a signature image that the matcher reads. All numbers are little-endian.

use crate::image::Tag;

/// Codes of the atoms, one after the other; the end of each, u32.
pub const ATOMS: Tag = *b"atoms   ";
pub const ATOM_ENDS: Tag = *b"atomends";
/// Records of the signatures in load order; the end of each, u32; the class of each, a byte.
pub const SIGNATURES: Tag = *b"sigs    ";
pub const SIGNATURE_ENDS: Tag = *b"sigends ";
pub const CLASSES: Tag = *b"classes ";
/// Atom of each trigger, u32; where its signatures start in the list, u32 (one more at the end); the list.
pub const TRIGGER_ATOMS: Tag = *b"trigatom";
pub const TRIGGER_STARTS: Tag = *b"trigfrom";
pub const TRIGGER_SIGNATURES: Tag = *b"trigsigs";
/// Signatures to evaluate on every layer, u32.
pub const ALWAYS: Tag = *b"always  ";
/// Triggers that are compared at their offset, four u32 each.
pub const DIRECT: Tag = *b"direct  ";
/// The filters' anchors, four u32 each.
pub const ANCHORS: Tag = *b"anchors ";
/// Picture hashes that activate signatures, see `picture`.
pub const PICTURES: Tag = *b"pictures";
/// Patterns that feed macro groups: group, target and atom, three u32 each.
pub const MACROS: Tag = *b"macros  ";
/// Fixed magics: partition, offset, detected type, required type (u32 each), then their bytes.
pub const MAGICS: Tag = *b"magics  ";
/// What Python keeps about the database, JSON.
pub const METADATA: Tag = *b"metadata";

/// The filter of one target.
pub const fn filter(target: u8) -> Tag {
    let [high, low] = [b'0' + target / 10, b'0' + target % 10];
    [b'f', b'i', b'l', b't', b'e', b'r', high, low]
}

const _: () = assert!(cfg!(target_endian = "little"), "images are little-endian, and so are all targets");
