//! The codes of ACE: shortest first, and of equal length in the order that its own sorting leaves them in.

use crate::bits::Bits;
use crate::bounded::Status;

/// Bits of the widest code of a width.
const WIDEST_WIDTH: u32 = 7;

/// A code whose symbols are found by as many bits as the longest may have.
#[derive(Default)]
pub struct Tree {
    /// The symbol that bits stand for; those behind the last have none.
    symbols: Vec<u16>,
    widths: Vec<u8>,
    longest: u32,
}

impl Tree {
    /// Reads the code of `count` symbols, or one more, of at most `longest` bits.
    pub fn read(bits: &mut Bits<'_, '_>, longest: u32, count: usize) -> Result<Self, Status> {
        let stored = (bits.take(9)? as usize + 1).min(count + 1);
        let (lower, upper) = (bits.take(4)? as u8, bits.take(4)? as u8);
        let width_widths = (0..=upper).map(|_| bits.take(3).map(|width| width as u8));
        let width_tree = Self::new(width_widths.collect::<Result<_, _>>()?, WIDEST_WIDTH)?;
        let mut widths = Vec::with_capacity(stored);
        while widths.len() < stored {
            let symbol = width_tree.symbol(bits)?;
            if symbol < u16::from(upper) {
                widths.push(symbol as u8);
            } else {
                let zeros = bits.take(4)? as usize + 4;
                widths.resize((widths.len() + zeros).min(stored), 0);
            }
        }
        let mut last = 0;
        for width in &mut widths {
            if upper > 0 {
                *width = (*width + last) % upper;
                last = *width;
            }
            if *width > 0 {
                *width += lower;
            }
        }
        Self::new(widths, longest)
    }

    fn new(mut widths: Vec<u8>, longest: u32) -> Result<Self, Status> {
        let mut order: Vec<(u8, u16)> = widths.iter().copied().zip(0..).collect();
        sort(&mut order);
        let mut used = order.iter().take_while(|&&(width, _)| width > 0).count();
        if used < 2 {
            // A lone symbol takes one bit, whatever width it has.
            let lone = order.first().and_then(|&(_, symbol)| widths.get_mut(usize::from(symbol)));
            if let Some(width) = lone {
                *width = 1;
            }
            used = 1;
        }
        let most = 1_usize << longest;
        let mut symbols = Vec::with_capacity(most);
        for &(width, symbol) in order.iter().take(used).rev() {
            let room = longest.checked_sub(u32::from(width)).ok_or(Status::Corrupt)?;
            symbols.resize(symbols.len() + (1 << room), symbol);
            if symbols.len() > most {
                return Err(Status::Corrupt);
            }
        }
        Ok(Self { symbols, widths, longest })
    }

    /// The next symbol.
    #[inline]
    pub fn symbol(&self, bits: &mut Bits<'_, '_>) -> Result<u16, Status> {
        let &symbol = self.symbols.get(bits.peek(self.longest) as usize).ok_or(Status::Corrupt)?;
        bits.skip(self.widths.get(usize::from(symbol)).copied().unwrap_or(1).into())?;
        Ok(symbol)
    }
}

/// Sorts by width, the widest first. Which of two equal ones comes first is part of the format: a quicksort
/// around the last element decides.
fn sort(order: &mut [(u8, u16)]) {
    let Some(&(pivot, _)) = order.last() else { return };
    let width = |order: &[(u8, u16)], at: usize| order.get(at).map_or(pivot, |&(width, _)| width);
    // One more than the place on the right, which may be one before the first.
    let (mut left, mut right) = (0, order.len());
    loop {
        while width(order, left) > pivot {
            left += 1;
        }
        while right > 0 && width(order, right - 1) < pivot {
            right -= 1;
        }
        if left < right {
            order.swap(left, right - 1);
            left += 1;
            right -= 1;
        }
        if left + 1 >= right {
            break; // one element that neither has looked at is in both parts
        }
    }
    sort_part(order.get_mut(..right).unwrap_or_default());
    sort_part(order.get_mut(left..).unwrap_or_default());
}

/// The same for a part; two equal ones stay as they are.
fn sort_part(order: &mut [(u8, u16)]) {
    match order {
        [] | [_] => {}
        [first, second] => {
            if first.0 < second.0 {
                std::mem::swap(first, second);
            }
        }
        more => sort(more),
    }
}

#[cfg(test)]
mod tests {
    use super::sort;

    #[test]
    fn equal_widths_are_in_the_order_of_the_format() {
        let mut order = vec![(1, 0), (0, 1), (0, 2), (1, 3), (2, 4), (0, 5), (0, 6)];
        sort(&mut order);
        assert_eq!(order, [(2, 4), (1, 0), (1, 3), (0, 5), (0, 6), (0, 2), (0, 1)]);
    }
}
