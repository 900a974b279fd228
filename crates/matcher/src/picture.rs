//! Perceptual hashes of pictures that activate logical signatures.
//!
//! A column of the image, sorted by target, hash and signature: a picture finds its signatures by bisection,
//! however many there are.

/// Target, the hash's halves, and the signature that it activates.
pub type PictureRow = [u32; 4];

/// `signature`, of `target`, is activated by `hash`.
pub fn row(target: u8, hash: [u8; 8], signature: u32) -> PictureRow {
    let [high, low] = halves(hash);
    [target.into(), high, low, signature]
}

/// The rows of signatures for `target`.
pub fn of_target(rows: &[PictureRow], target: u8) -> &[PictureRow] {
    equal(rows, |row| row[0], &u32::from(target))
}

/// The signatures that `hash` activates, among one target's `rows`.
pub fn with_hash(rows: &[PictureRow], hash: [u8; 8]) -> impl Iterator<Item = u32> {
    equal(rows, |row| [row[1], row[2]], &halves(hash)).iter().map(|row| row[3])
}

fn halves(hash: [u8; 8]) -> [u32; 2] {
    let number = u64::from_be_bytes(hash);
    [(number >> 32) as u32, number as u32]
}

fn equal<'a, T: Ord>(rows: &'a [PictureRow], key: impl Fn(&PictureRow) -> T, wanted: &T) -> &'a [PictureRow] {
    let start = rows.partition_point(|row| key(row) < *wanted);
    let end = rows.partition_point(|row| key(row) <= *wanted);
    rows.get(start..end).unwrap_or(&[])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_are_found_as_by_looking_at_all(
            mut rows in prop::collection::vec((0_u8..3, 0_u8..4, any::<u32>()), 0..40),
            target in 0_u8..4,
            last in 0_u8..5,
        ) {
            let hash = |last: u8| [1, 2, 3, 4, 5, 6, 7, last];
            rows.sort_unstable();
            let column: Vec<PictureRow> =
                rows.iter().map(|&(target, last, signature)| row(target, hash(last), signature)).collect();
            let found: Vec<u32> = with_hash(of_target(&column, target), hash(last)).collect();
            let expected: Vec<u32> =
                rows.iter().filter(|row| row.0 == target && row.1 == last).map(|row| row.2).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn unsorted_rows_never_panic(noise: Vec<[u32; 4]>, target: u8, hash: [u8; 8]) {
            let _ = with_hash(of_target(&noise, target), hash).count();
        }
    }
}
