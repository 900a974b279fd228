//! Quantum, David Stafford's method of cabinets: an arithmetic coder over adaptive models, LZ77 below it.
//!
//! Comes in pieces of one frame of at most 32 KiB. Models and window go on from frame to frame, the coder
//! starts anew in each. Source: M. Russotto, "Quantum compressed file format".

use crate::bits::Bits;
use crate::bounded::{Input, Output, Status};
use crate::window::{Window, through};

/// Windows that are defined.
pub const WINDOW_BITS: std::ops::RangeInclusive<u32> = 10..=21;
const FRAME: usize = 32 << 10;

/// Frequencies above this are halved.
const LARGEST: u32 = 3800;
const STEP: u32 = 8;
/// Halvings until the symbols are put into the order of their frequencies: at first, and later.
const FIRST_SORT: u32 = 4;
const NEXT_SORT: u32 = 50;

/// Symbols with their frequencies, each with those behind it added; a last one ends the list.
struct Model {
    entries: Vec<(u16, u32)>,
    until_sort: u32,
}

impl Model {
    fn new(first: u16, count: u16) -> Self {
        let entries = (0..=count).map(|index| (first + index, u32::from(count - index))).collect();
        Self { entries, until_sort: FIRST_SORT }
    }

    fn total(&self) -> u32 {
        self.entries.first().map_or(0, |entry| entry.1)
    }

    fn frequency(&self, index: usize) -> u32 {
        self.entries.get(index).map_or(0, |entry| entry.1)
    }

    /// The symbol that stands at `level` in the sum, with its bounds there; it becomes more frequent.
    fn find(&mut self, level: u32) -> (u16, u32, u32) {
        let last = self.entries.len().saturating_sub(2);
        let index = self.entries.iter().skip(1).position(|entry| entry.1 <= level).unwrap_or(last).min(last);
        let symbol = self.entries.get(index).map_or(0, |entry| entry.0);
        let bounds = (self.frequency(index), self.frequency(index + 1));
        for entry in self.entries.iter_mut().take(index + 1) {
            entry.1 += STEP;
        }
        if self.total() > LARGEST {
            self.age();
        }
        (symbol, bounds.0, bounds.1)
    }

    fn age(&mut self) {
        let count = self.entries.len().saturating_sub(1);
        self.until_sort -= 1;
        if self.until_sort == 0 {
            self.until_sort = NEXT_SORT;
            self.sort(count);
            return;
        }
        for index in (0..count).rev() {
            let after = self.frequency(index + 1);
            if let Some(entry) = self.entries.get_mut(index) {
                entry.1 = (entry.1 >> 1).max(after + 1);
            }
        }
    }

    fn sort(&mut self, count: usize) {
        for index in 0..count {
            let after = self.frequency(index + 1);
            if let Some(entry) = self.entries.get_mut(index) {
                entry.1 = entry.1.saturating_sub(after).div_ceil(2);
            }
        }
        // Part of the format: how equals change places here.
        for index in 0..count {
            for other in index + 1..count {
                if self.frequency(index) < self.frequency(other) {
                    self.entries.swap(index, other);
                }
            }
        }
        for index in (0..count).rev() {
            let after = self.frequency(index + 1);
            if let Some(entry) = self.entries.get_mut(index) {
                entry.1 += after;
            }
        }
    }
}

struct Models {
    selector: Model,
    literals: [Model; 4],
    /// Places of matches of three bytes, of four, and of more.
    places: [Model; 3],
    lengths: Model,
}

impl Models {
    fn new(window_bits: u32) -> Self {
        let slots = window_bits as u16 * 2;
        Self {
            selector: Model::new(0, 7),
            literals: [0, 64, 128, 192].map(|first| Model::new(first, 64)),
            places: [24, 36, slots].map(|most| Model::new(0, slots.min(most))),
            lengths: Model::new(0, 27),
        }
    }
}

/// The arithmetic decoder of one frame.
struct Coder<'i, 'm> {
    low: u32,
    high: u32,
    code: u32,
    bits: Bits<'i, 'm>,
}

impl<'i, 'm> Coder<'i, 'm> {
    fn new(mut bits: Bits<'i, 'm>) -> Result<Self, Status> {
        Ok(Self { low: 0, high: 0xffff, code: bits.take(16)?, bits })
    }

    fn symbol(&mut self, model: &mut Model) -> Result<u16, Status> {
        let range = (self.high.wrapping_sub(self.low) & 0xffff) + 1;
        let total = model.total();
        let inside = (self.code.wrapping_sub(self.low) & 0xffff) + 1;
        let level = ((inside * total).wrapping_sub(1) / range) & 0xffff;
        let (symbol, upper, lower) = model.find(level);
        self.high = self.low.wrapping_add((upper * range / total).wrapping_sub(1)) & 0xffff;
        self.low = self.low.wrapping_add(lower * range / total) & 0xffff;
        self.narrow()?;
        Ok(symbol)
    }

    /// Drops the leading bits that are settled.
    fn narrow(&mut self) -> Result<(), Status> {
        loop {
            if (self.low ^ self.high) & 0x8000 != 0 {
                if self.low & 0x4000 == 0 || self.high & 0x4000 != 0 {
                    return Ok(());
                }
                self.code ^= 0x4000;
                self.low &= 0x3fff;
                self.high |= 0x4000;
            }
            self.low = self.low << 1 & 0xffff;
            self.high = (self.high << 1 | 1) & 0xffff;
            self.code = (self.code << 1 | self.bits.take(1)?) & 0xffff;
        }
    }
}

/// Decodes frames with a window of 2 to the `window_bits` bytes.
pub fn pieces(window_bits: u32, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    if !WINDOW_BITS.contains(&window_bits) {
        return Err(Status::Corrupt);
    }
    let mut models = Models::new(window_bits);
    through(Window::new(1 << window_bits), output, |window, output| {
        while let Some(piece) = input.piece() {
            frame(&piece.bytes, piece.size.min(FRAME), &mut models, window)?;
            window.spill(output)?;
        }
        if input.at_end() { Ok(()) } else { Err(Status::Truncated) }
    })
}

fn frame(packed: &[u8], size: usize, models: &mut Models, window: &mut Window) -> Result<(), Status> {
    let source = nacre_fmap::Fmap::from_vec(packed.to_vec());
    let mut input = Input::new(&source);
    let mut coder = Coder::new(Bits::new(&mut input))?;
    let start = window.fresh().len();
    while window.fresh().len() - start < size {
        let selector = coder.symbol(&mut models.selector)?;
        if let Some(literals) = models.literals.get_mut(usize::from(selector)) {
            window.put(coder.symbol(literals)? as u8);
            continue;
        }
        let kind = usize::from(selector).saturating_sub(4);
        let length = if kind < 2 { kind + 3 } else { length(&mut coder, &mut models.lengths)? };
        let places = models.places.get_mut(kind).ok_or(Status::Corrupt)?;
        let slot = u32::from(coder.symbol(places)?);
        let (base, extra) =
            if slot < 4 { (slot, 0) } else { ((2 | slot & 1) << (slot / 2 - 1), slot / 2 - 1) };
        let distance = base + coder.bits.take(extra)? + 1;
        window.copy(distance as usize, length)?;
    }
    Ok(())
}

fn length(coder: &mut Coder<'_, '_>, lengths: &mut Model) -> Result<usize, Status> {
    let slot = u32::from(coder.symbol(lengths)?);
    let (base, extra) = match slot {
        0..6 => (slot, 0),
        6..26 => {
            let extra = (slot - 2) / 4;
            (((4 | ((slot - 6) & 3)) << extra) - 2, extra)
        }
        _ => (254, 0),
    };
    Ok((base + coder.bits.take(extra)?) as usize + 5)
}
