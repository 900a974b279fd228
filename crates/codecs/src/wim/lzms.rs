//! LZMS, of Windows images since Windows 8: LZ77 and matches of differences, whose kinds are bits of an
//! adaptive range coder that reads forwards, and whose numbers are symbols of adaptive Huffman codes that read
//! backwards from the end. Calls of x86 programs are translated afterwards.
//!
//! Source: the format as Eric Biggers describes it in wimlib's documentation.

mod calls;
mod code;

use std::sync::LazyLock;

use super::repeat;
use crate::bounded::Status;
use code::{Bits, Code};

/// How many slots there are for each number of extra bits, from none on.
const OFFSET_RUNS: [u8; 21] =
    [9, 0, 9, 7, 10, 15, 15, 20, 20, 30, 33, 40, 42, 45, 60, 73, 80, 85, 95, 105, 6];
const OFFSET_END: u32 = 0x7fff_ffff;
const LENGTH_RUNS: [u8; 17] = [27, 4, 6, 4, 5, 2, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1];
const LENGTH_END: u32 = 0x4001_08ab;

static OFFSETS: LazyLock<Vec<(u32, u32)>> = LazyLock::new(|| slots(&OFFSET_RUNS, OFFSET_END));
static LENGTHS: LazyLock<Vec<(u32, u32)>> = LazyLock::new(|| slots(&LENGTH_RUNS, LENGTH_END));

/// The first value of each slot, and its extra bits.
fn slots(runs: &[u8], end: u32) -> Vec<(u32, u32)> {
    let steps = runs.iter().enumerate().flat_map(|(bits, run)| (0..*run).map(move |_| 1_u32 << bits));
    let starts = steps.scan(0, |start, step| {
        *start += step;
        Some(*start)
    });
    let starts: Vec<u32> = starts.collect();
    let ends = starts.iter().skip(1).copied().chain([end]);
    starts.iter().zip(ends).map(|(start, end)| (*start, (end - start).ilog2())).collect()
}

/// The last bits in one context, of which the zeros are the probability of another.
#[derive(Clone, Copy)]
struct Past {
    bits: u64,
}

impl Past {
    const START: Self = Self { bits: 0x5555_5555 };

    fn zeros(self) -> u32 {
        self.bits.count_zeros().clamp(1, 63)
    }
}

/// Bits of one kind, each in the context of those before it.
struct Kind {
    contexts: Vec<Past>,
    context: usize,
}

impl Kind {
    fn new(contexts: usize) -> Self {
        Self { contexts: vec![Past::START; contexts], context: 0 }
    }
}

/// The range coder.
struct Ranges<'a> {
    rest: &'a [u8],
    range: u32,
    code: u32,
}

impl<'a> Ranges<'a> {
    fn new(packed: &'a [u8]) -> Self {
        let mut ranges = Self { rest: packed, range: u32::MAX, code: 0 };
        ranges.word();
        ranges.word();
        ranges
    }

    fn word(&mut self) {
        let (word, rest) = self.rest.split_first_chunk::<2>().unwrap_or((&[0; 2], &[]));
        self.code = self.code << 16 | u32::from(u16::from_le_bytes(*word));
        self.rest = rest;
    }

    fn bit(&mut self, kind: &mut Kind) -> bool {
        if self.range >> 16 == 0 {
            self.range <<= 16;
            self.word();
        }
        let most = kind.contexts.len() - 1;
        let Some(past) = kind.contexts.get_mut(kind.context) else { return false };
        let bound = (self.range >> 6) * past.zeros();
        let bit = self.code >= bound;
        if bit {
            self.range -= bound;
            self.code -= bound;
        } else {
            self.range = bound;
        }
        past.bits = past.bits << 1 | u64::from(bit);
        kind.context = (kind.context << 1 | usize::from(bit)) & most;
        bit
    }
}

/// What a match may refer to again: the last four, the newest first.
struct Recent<T>([T; 4]);

impl<T: Copy> Recent<T> {
    /// The one at `index`, which becomes the newest. Directly behind another match of its kind the newest one
    /// is left out.
    fn again(&mut self, index: usize, behind: bool) -> T {
        let index = (index + usize::from(behind)).min(3);
        if let Some(part) = self.0.get_mut(..=index) {
            part.rotate_right(1);
        }
        self.0[0]
    }

    fn add(&mut self, value: T) {
        self.0.rotate_right(1);
        self.0[0] = value;
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Literal,
    Match,
    Difference,
}

/// What is worth keeping from chunk to chunk: memory.
pub struct Decoder {
    targets: Vec<i32>,
}

impl Decoder {
    pub fn new() -> Self {
        Self { targets: Vec::new() }
    }

    /// Decodes a chunk of `size` bytes, and keeps what it made before an error.
    pub fn chunk(&mut self, packed: &[u8], size: usize) -> (Vec<u8>, Result<(), Status>) {
        if !packed.len().is_multiple_of(2) || packed.len() < 4 {
            return (Vec::new(), Err(Status::Corrupt));
        }
        let mut made = Vec::new();
        let result = Chunk::new(packed, size).run(size, &mut made);
        calls::untranslate(&mut made, &mut self.targets);
        (made, result)
    }
}

struct Chunk<'a> {
    ranges: Ranges<'a>,
    bits: Bits<'a>,
    main: Kind,
    difference: Kind,
    again: [Kind; 2],
    which: [[Kind; 2]; 2],
    literals: Code,
    offsets: Code,
    lengths: Code,
    difference_offsets: Code,
    powers: Code,
    recent: Recent<u32>,
    recent_differences: Recent<(u32, u32)>,
}

impl<'a> Chunk<'a> {
    fn new(packed: &'a [u8], size: usize) -> Self {
        let places = OFFSETS.partition_point(|(start, _)| (*start as usize) < size).max(1);
        Self {
            ranges: Ranges::new(packed),
            bits: Bits::new(packed),
            main: Kind::new(16),
            difference: Kind::new(32),
            again: [Kind::new(64), Kind::new(64)],
            which: [[Kind::new(64), Kind::new(64)], [Kind::new(64), Kind::new(64)]],
            literals: Code::new(256, 1024),
            offsets: Code::new(places, 1024),
            lengths: Code::new(LENGTHS.len(), 512),
            difference_offsets: Code::new(places, 1024),
            powers: Code::new(8, 512),
            recent: Recent([1, 2, 3, 4]),
            recent_differences: Recent([(0, 1), (0, 2), (0, 3), (0, 4)]),
        }
    }

    fn run(&mut self, size: usize, made: &mut Vec<u8>) -> Result<(), Status> {
        let mut before = Before::Literal;
        while made.len() < size {
            if !self.ranges.bit(&mut self.main) {
                made.push(self.literals.decode(&mut self.bits)? as u8);
                before = Before::Literal;
            } else if !self.ranges.bit(&mut self.difference) {
                self.matched(before == Before::Match, size, made)?;
                before = Before::Match;
            } else {
                self.differing(before == Before::Difference, size, made)?;
                before = Before::Difference;
            }
        }
        Ok(())
    }

    fn matched(&mut self, behind: bool, size: usize, made: &mut Vec<u8>) -> Result<(), Status> {
        let offset = if let Some(index) = self.which(0) {
            self.recent.again(index, behind)
        } else {
            let offset = value(&OFFSETS, &mut self.offsets, &mut self.bits)?;
            self.recent.add(offset);
            offset
        };
        let length = value(&LENGTHS, &mut self.lengths, &mut self.bits)?;
        repeat(made, offset as usize, length as usize, size)
    }

    /// A match of differences: of bytes with those `span` before them.
    fn differing(&mut self, behind: bool, size: usize, made: &mut Vec<u8>) -> Result<(), Status> {
        let (power, offset) = if let Some(index) = self.which(1) {
            self.recent_differences.again(index, behind)
        } else {
            let power = self.powers.decode(&mut self.bits)?.into();
            let offset = value(&OFFSETS, &mut self.difference_offsets, &mut self.bits)?;
            self.recent_differences.add((power, offset));
            (power, offset)
        };
        let length = value(&LENGTHS, &mut self.lengths, &mut self.bits)? as usize;
        let (span, offset) = (1_usize << power, (offset as usize) << power);
        let start = made.len().checked_sub(offset + span).ok_or(Status::Corrupt)?;
        if length > size - made.len() {
            return Err(Status::Corrupt);
        }
        for at in start..start + length {
            let of = |at: usize| made.get(at).copied().unwrap_or(0);
            let byte = of(at + span).wrapping_add(of(made.len() - span)).wrapping_sub(of(at));
            made.push(byte);
        }
        Ok(())
    }

    /// Which of the recent ones a match or, with 1, a difference repeats, if any.
    fn which(&mut self, difference: usize) -> Option<usize> {
        let (Some(again), Some([first, second])) =
            (self.again.get_mut(difference), self.which.get_mut(difference))
        else {
            return None;
        };
        if !self.ranges.bit(again) {
            None
        } else if !self.ranges.bit(first) {
            Some(0)
        } else if !self.ranges.bit(second) {
            Some(1)
        } else {
            Some(2)
        }
    }
}

fn value(slots: &[(u32, u32)], code: &mut Code, bits: &mut Bits<'_>) -> Result<u32, Status> {
    let slot = code.decode(bits)?;
    let (start, extra) = slots.get(usize::from(slot)).ok_or(Status::Corrupt)?;
    Ok(start.saturating_add(bits.take(*extra)?))
}
