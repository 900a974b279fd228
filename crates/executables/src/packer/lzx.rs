//! The method of `ASPack`: Huffman codes for literals and matches as in LZX, with tables of its own.
//!
//! A block begins with a bit that says whether code lengths are differences to those before, and 19 lengths of
//! four bits for the code that the other 757 lengths are written in: 721 symbols of literals, matches and the
//! end of a block, 28 of lengths, 8 of the low bits of distances.

use super::stream::{Input, Output};

const MAIN: usize = 721;
const LENGTHS: usize = 28;
const ALIGNED: usize = 8;
const ALL: usize = MAIN + LENGTHS + ALIGNED;
const NEW_TABLES: u16 = 720;
const LONGEST: usize = 15;

struct Bits<'i, 'a> {
    input: &'i mut Input<'a>,
    /// Bits not used yet, at the low end.
    pool: u64,
    count: u32,
}

impl Bits<'_, '_> {
    /// Looks at the next `count` of up to 24 bits; zeros are behind the last byte.
    fn peek(&mut self, count: u32) -> u32 {
        while self.count < count {
            self.pool = self.pool << 8 | u64::from(self.input.byte().unwrap_or(0));
            self.count += 8;
        }
        (self.pool >> (self.count - count)) as u32 & ((1 << count) - 1)
    }

    fn bits(&mut self, count: u32) -> u32 {
        let bits = self.peek(count);
        self.count -= count;
        bits
    }
}

/// A canonical code.
#[derive(Default)]
struct Code {
    /// For each length the first 15 bits that belong to longer codes.
    limits: [u32; LONGEST + 1],
    /// For each length where its symbols begin.
    starts: [u32; LONGEST + 1],
    symbols: Vec<u16>,
}

impl Code {
    /// None where the lengths leave bits without a symbol, or give them two.
    fn new(lengths: &[u8]) -> Option<Self> {
        let mut code = Self::default();
        let mut limit = 0;
        for length in 1..=LONGEST {
            code.starts[length] = code.symbols.len() as u32;
            let symbols = (0u16..).zip(lengths).filter(|(_, own)| usize::from(**own) == length);
            code.symbols.extend(symbols.map(|(symbol, _)| symbol));
            let count = code.symbols.len() as u32 - code.starts[length];
            limit += count << (LONGEST - length);
            code.limits[length] = limit;
        }
        (limit == 1 << LONGEST).then_some(code)
    }

    fn read(&self, bits: &mut Bits<'_, '_>) -> Option<u16> {
        let next = bits.peek(LONGEST as u32);
        let length = (1..=LONGEST).find(|length| next < self.limits[*length])?;
        bits.count -= length as u32;
        let index = self.starts[length] + ((next - self.limits[length - 1]) >> (LONGEST - length));
        self.symbols.get(index as usize).copied()
    }
}

struct Tables {
    main: Code,
    lengths: Code,
    /// None when the low bits of distances are written as they are.
    aligned: Option<Code>,
}

impl Tables {
    fn read(bits: &mut Bits<'_, '_>, known: &mut [u8; ALL]) -> Option<Self> {
        if bits.bits(1) == 0 {
            known.fill(0);
        }
        let mut first = [0; 19];
        first.fill_with(|| bits.bits(4) as u8);
        let code = Code::new(&first)?;
        let mut at = 0;
        while at < ALL {
            let symbol = code.read(bits)?;
            let (count, value) = match symbol {
                16 => (bits.bits(2) + 3, *known.get(at.checked_sub(1)?)?),
                17 => (bits.bits(3) + 3, 0),
                18 => (bits.bits(7) + 11, 0),
                change => (1, (known.get(at)? + change as u8) & 15),
            };
            let end = ALL.min(at + count as usize);
            known.get_mut(at..end)?.fill(value);
            at = end;
        }
        let (main, rest) = known.split_at(MAIN);
        let (lengths, aligned) = rest.split_at(LENGTHS);
        let plain = aligned.iter().all(|length| *length == 3);
        let aligned = Code::new(aligned)?;
        Some(Self {
            main: Code::new(main)?,
            lengths: Code::new(lengths)?,
            aligned: (!plain).then_some(aligned),
        })
    }

    /// The length of a match, and its distance as the code has it.
    fn length(&self, bits: &mut Bits<'_, '_>, symbol: u16) -> Option<u32> {
        let short = u32::from(symbol & 7);
        if short < 7 {
            return Some(short + 2);
        }
        let symbol = u32::from(self.lengths.read(bits)?);
        // Eight lengths of their own, then four to each number of further bits.
        let (base, extra) = match symbol {
            0..8 => (symbol, 0),
            _ => ((4 + symbol % 4) << (symbol / 4 - 1), symbol / 4 - 1),
        };
        Some(9 + base + bits.bits(extra))
    }

    fn distance(&self, bits: &mut Bits<'_, '_>, slot: u32) -> Option<u32> {
        let extra = extra_bits(slot);
        let base: u32 = (0..slot).map(|slot| 1 << extra_bits(slot)).sum();
        match &self.aligned {
            Some(code) if extra >= 3 => {
                let high = bits.bits(extra - 3) << 3;
                Some(base + high + u32::from(code.read(bits)?))
            }
            _ => Some(base + bits.bits(extra)),
        }
    }
}

/// How many bits follow a slot of distances.
fn extra_bits(slot: u32) -> u32 {
    match slot {
        0..2 => 0,
        2..36 => slot / 2 - 1,
        36..50 => 17,
        _ => 18,
    }
}

/// Unpacks at least `size` bytes; the last match may make more of them.
pub fn decode(input: &mut Input<'_>, output: &mut Output<'_>, size: usize) -> Option<()> {
    let mut bits = Bits { input, pool: 0, count: 0 };
    let mut known = [0; ALL];
    let mut recent = [0u32; 3];
    let mut tables = Tables::read(&mut bits, &mut known)?;
    let mut renewed = false;
    while output.position() < size {
        let symbol = tables.main.read(&mut bits)?;
        if symbol >= NEW_TABLES {
            // Tables that are not used would let a few bytes of input keep this busy.
            if std::mem::replace(&mut renewed, true) {
                return None;
            }
            tables = Tables::read(&mut bits, &mut known)?;
            continue;
        }
        renewed = false;
        let Some(coded) = symbol.checked_sub(256) else {
            output.push(symbol as u8)?;
            continue;
        };
        let length = tables.length(&mut bits, coded)?;
        let distance = tables.distance(&mut bits, u32::from(coded >> 3))?;
        match distance {
            0 => {}
            1 | 2 => recent.swap(0, distance as usize),
            _ => recent = [distance - 3, recent[0], recent[1]],
        }
        output.copy(recent[0] as usize + 1, length as usize)?;
    }
    Some(())
}
