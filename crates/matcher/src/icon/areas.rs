//! The squares of an icon that stand out.

use super::{Area, Areas};

/// Which squares are wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Highest,
    Lowest,
}

/// The `count` squares, a quarter of the edge wide, with the most or the least in them, the first in reading
/// order among equals, none overlapping one before. Where there is none left: all zeros but for the mean of the least,
/// which is then what the peer starts to look from.
pub(super) fn areas<const COUNT: usize>(values: &[u32], side: usize, wanted: Wanted) -> [Area; COUNT] {
    let edge = side / 4;
    let mut taken: Vec<(usize, usize)> = Vec::with_capacity(COUNT);
    std::array::from_fn(|_| {
        let mut best: Option<(u32, usize, usize)> = None;
        // The last place of a column counts, that of a row does not.
        for y in 0..side - edge {
            for x in 0..side - edge - 1 {
                let overlaps = |&(a, b): &(usize, usize)| x.abs_diff(a) < edge && y.abs_diff(b) < edge;
                if taken.iter().any(overlaps) {
                    continue;
                }
                let sum = sum(values, side, edge, x, y);
                let better = match (wanted, best) {
                    (Wanted::Highest, None) => sum > 0,
                    (Wanted::Lowest, None) => true,
                    (Wanted::Highest, Some((most, ..))) => sum > most,
                    (Wanted::Lowest, Some((least, ..))) => sum < least,
                };
                if better {
                    best = Some((sum, x, y));
                }
            }
        }
        let (sum, x, y) = best.inspect(|(_, x, y)| taken.push((*x, *y))).unwrap_or(match wanted {
            Wanted::Highest => (0, 0, 0),
            Wanted::Lowest => (u16::MAX.into(), 0, 0),
        });
        Area { mean: (sum / (edge * edge) as u32) as u16, x: x as u8, y: y as u8 }
    })
}

fn sum(values: &[u32], side: usize, edge: usize, x: usize, y: usize) -> u32 {
    (y..y + edge).filter_map(|row| values.get(row * side + x..row * side + x + edge)).flatten().sum()
}

/// The first and the second half of six.
pub(super) fn halves(six: [Area; 6]) -> (Areas, Areas) {
    let half = |from: usize| std::array::from_fn(|at| six[from + at]);
    (half(0), half(3))
}
