//! `PMarc`'s -pm1-: LZ77 over 11 KiB in fixed codes, of which more are in use the more is output.
//!
//! Source: what lhasa's documentation and tests say of the format.

use crate::bits::Bits;
use crate::bounded::{Input, Output, Status};
use crate::lha::pmarc::{Range, Recent, in_range};
use crate::window::{Window, through};

const WINDOW: usize = 16 << 10;
/// Bits behind the end of the data that archives rely on.
const SPARE: u32 = 32;
/// How long ago a byte was seen.
const AGES: [Range; 6] = [(0, 4), (16, 4), (32, 5), (64, 6), (128, 6), (192, 6)];
/// Lengths of the codes of those ranges. A stream uses one of these 32 codes, which its first bits tell.
#[rustfmt::skip]
const CODES: [&str; 32] = [
    "((((ab)c)d)(ef))", "(((ab)(cf))(de))", "(((ab)c)(d(ef)))", "((a(bc))(d(ef)))",
    "((a(bd))(c(ef)))", "((a(b(ef)))(cd))", "((ab)((cd)(ef)))", "((ab)((c(ef))d))",
    "((ab)(c(d(ef))))", "(a(((bf)c)(de)))", "(a(((b(ef))c)d))", "(a(((bc)d)(ef)))",
    "(a((b(cf))(de)))", "(a((bc)(d(ef))))", "(a((b(d(ef)))c))", "(a(b((cd)(ef))))",
    "(a(b(c(d(ef)))))", "(((de)c)(de))", "((a(be))(cd))", "((ab)(c(de)))",
    "(a(((be)c)d))", "(a((bc)(de)))", "(a((b(de))c))", "(a(b(c(de))))",
    "(((ab)c)d)", "((a(bd))c)", "((ab)(cd))", "(a((bd)c))",
    "(a(b(cd)))", "(a(bc))", "(ab)", "a",
];
/// Distances less one, of each kind of copy.
const DISTANCES: [Range; 6] = [(0, 6), (64, 8), (0, 6), (64, 9), (576, 11), (2624, 13)];
/// Output from which copies of kinds 1 and 3, 4 and 5 are in use.
const STARTS: [u64; 3] = [64, 576, 2624];
/// The longest run of bytes. Behind a shorter one comes a copy.
const LONGEST_RUN: u32 = 216;

struct Decoder<'b, 'i, 'm> {
    bits: &'b mut Bits<'i, 'm>,
    /// What is left of the description of the code of bytes.
    code: &'static str,
    recent: Recent,
    made: u64,
}

impl Decoder<'_, '_, '_> {
    /// A bit that is there only once so much is output.
    fn bit_from(&mut self, start: u64, before: bool) -> Result<bool, Status> {
        if self.made < start { Ok(before) } else { Ok(self.bits.take(1)? == 1) }
    }

    fn kind_of_copy(&mut self) -> Result<usize, Status> {
        if self.bits.take(1)? == 0 {
            if self.bit_from(STARTS[1], false)? {
                return Ok(4);
            }
            return Ok(self.bit_from(STARTS[0], false)?.into());
        }
        if !self.bit_from(STARTS[0], true)? {
            return Ok(3);
        }
        Ok(if self.bit_from(STARTS[2], true)? { 2 } else { 5 })
    }

    fn length_of_copy(&mut self) -> Result<u32, Status> {
        const RANGES: [Range; 4] = [(11, 2), (15, 3), (85, 5), (117, 7)];
        let first = self.bits.take(2)?;
        if first < 3 {
            return Ok(first + 3);
        }
        match self.bits.take(3)? {
            short @ 0..=4 => Ok(short + 6),
            5 => in_range(&RANGES, 0, self.bits),
            6 => in_range(&RANGES, 1, self.bits),
            _ => match self.bits.take(6)? {
                short @ 0..=61 => Ok(short + 23),
                62 => in_range(&RANGES, 2, self.bits),
                _ => in_range(&RANGES, 3, self.bits),
            },
        }
    }

    fn length_of_run(&mut self) -> Result<u32, Status> {
        const RANGES: [Range; 2] = [(25, 6), (89, 7)];
        let first = self.bits.take(2)?;
        if first < 3 {
            return Ok(first + 1);
        }
        let second = self.bits.take(3)?;
        if second < 7 {
            return Ok(second + 4);
        }
        match self.bits.take(4)? {
            short @ 0..=13 => Ok(short + 11),
            14 => in_range(&RANGES, 0, self.bits),
            _ => in_range(&RANGES, 1, self.bits),
        }
    }

    /// Length and distance.
    fn copy(&mut self) -> Result<(u32, usize), Status> {
        let kind = self.kind_of_copy()?;
        let length = if kind < 2 { 2 } else { self.length_of_copy()? };
        let (first, mut width) = *DISTANCES.get(kind).ok_or(Status::Corrupt)?;
        if kind > 2 {
            // Early on a distance has only the bits that what is there can need.
            let needed = (8..width).find(|&width| self.made < u64::from(first) + (1 << width));
            width = needed.unwrap_or(width);
        }
        let before = first + self.bits.take(width)?;
        if u64::from(before) < self.made {
            return Ok((length, before as usize + 1));
        }
        Err(if self.bits.is_past_end() { Status::Truncated } else { Status::Corrupt })
    }

    fn byte(&mut self) -> Result<u8, Status> {
        let mut code = self.code.as_bytes();
        while let [b'(', inner @ ..] = code {
            let first = branch(inner);
            let (left, right) = inner.split_at_checked(first).ok_or(Status::Corrupt)?;
            code = if self.bits.take(1)? == 0 { left } else { right };
        }
        let range = code.first().map_or(0, |leaf| leaf.wrapping_sub(b'a'));
        self.recent.byte(in_range(&AGES, range.into(), self.bits)?)
    }
}

/// Bytes of the first branch in the description of a code.
fn branch(code: &[u8]) -> usize {
    let mut depth = 0;
    for (at, &byte) in code.iter().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    code.len()
}

/// Decodes `size` bytes.
pub fn decode(size: u64, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    through(Window::new(WINDOW), output, |window, output| {
        let bits = &mut Bits::new(input).with_spare(SPARE);
        let code = CODES.get(bits.take(5)? as usize).copied().unwrap_or_default();
        let mut decoder = Decoder { bits, code, recent: Recent::new(), made: 0 };
        while decoder.made < size {
            let mut run = 0;
            if decoder.bits.take(1)? == 1 {
                run = decoder.length_of_run()?;
                for _ in 0..u64::from(run).min(size - decoder.made) {
                    let byte = decoder.byte()?;
                    decoder.recent.touch(byte);
                    window.put(byte);
                    decoder.made += 1;
                }
            }
            if run < LONGEST_RUN && decoder.made < size {
                let (length, distance) = decoder.copy()?;
                for _ in 0..u64::from(length).min(size - decoder.made) {
                    window.copy(distance, 1)?;
                    decoder.recent.touch(window.last());
                    decoder.made += 1;
                }
            }
            window.spill_when_full(output)?;
        }
        decoder.bits.bytes();
        Ok(())
    })
}
