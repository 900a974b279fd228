//! The list of places that UPX relocates itself, and what stands at them.
//!
//! Each byte is the distance to the next place; 0 ends the list, and from 0xf0 on the low four bits and two
//! more bytes are the distance, or, of 0xf0 and a distance of 0, four bytes behind. At a place is an address
//! as big-endian number, counted from where the content begins.

/// Flag of a header: nothing is relocated.
const STRIPPED: u8 = 1;
const IMPORTS: usize = 24 + 112 + 8;
const RELOCATIONS: usize = 24 + 112 + 5 * 8;
/// An import directory of this size or less is empty.
const NO_IMPORTS: u32 = 20;
/// A directory of this size is one of nothing, and then there is no list.
const NO_RELOCATIONS: u32 = 8;

/// Puts the addresses back in `content`, which begins at `address`; `rest` is what follows the section table.
pub fn relocate(content: &mut [u8], pe: &[u8], rest: &[u8], address: u32) -> Option<()> {
    let number = |at: usize| Some(u32::from_le_bytes(*pe.get(at..)?.first_chunk()?));
    let size = number(RELOCATIONS + 4)?;
    if size <= NO_RELOCATIONS || pe.get(22)? & STRIPPED != 0 {
        return None;
    }
    let skip = if number(IMPORTS)? != 0 && number(IMPORTS + 4)? > NO_IMPORTS { 8 } else { 0 };
    let list = u32::from_le_bytes(*rest.get(skip..)?.first_chunk()?);
    let list = content.get(list as usize..)?.to_vec();
    let base = u64::from_le_bytes(*pe.get(48..)?.first_chunk()?);
    for place in places(&list) {
        let bytes = content.get_mut(place..place.checked_add(8)?)?;
        let told = u64::from_be_bytes(*bytes.first_chunk()?);
        bytes.copy_from_slice(&told.wrapping_add(base).wrapping_add(address.into()).to_le_bytes());
    }
    Some(())
}

/// Offsets in the content, rising.
fn places(list: &[u8]) -> Vec<usize> {
    let mut places = Vec::new();
    let (mut rest, mut place) = (list, -4_i64);
    while let Some((first, behind)) = rest.split_first() {
        let (distance, behind) = match (first, behind) {
            (0xf0, [0, 0, a, b, c, d, behind @ ..]) => (u32::from_le_bytes([*a, *b, *c, *d]), behind),
            (0xf0.., [low, high, behind @ ..]) => {
                (u32::from(first & 15) << 16 | u32::from(*high) << 8 | u32::from(*low), behind)
            }
            (0 | 0xf0.., _) => break,
            (distance, behind) => (u32::from(*distance), behind),
        };
        place = place.saturating_add(distance.into());
        places.extend(usize::try_from(place).ok());
        rest = behind;
    }
    places
}
