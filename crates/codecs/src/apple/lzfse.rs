//! LZFSE, Apple's method of disk images and file systems: blocks of copies whose fields are coded with finite
//! state entropy, of LZVN, or of bytes as they are.

use std::io::Read;

use crate::apple::lzvn;
use crate::bounded::{Input, Output, Status};
use crate::history::History;

const WINDOW: usize = 256 << 10;
const PLAIN: [u8; 4] = *b"bvx-";
const SHORT: [u8; 4] = *b"bvxn";
const CODED: [u8; 4] = *b"bvx2";
const END: [u8; 4] = *b"bvx$";

const HEADER: usize = 32;
const MOST_LITERALS: usize = 40_000;
const MOST_MATCHES: usize = 10_000;

/// Symbols and states of: plain lengths, copied lengths, distances, literals.
const ALPHABETS: [(usize, u32); 4] = [(20, 64), (20, 64), (64, 256), (256, 1024)];

/// Decodes the blocks up to the end mark, at most `size` bytes.
pub fn decode(size: u64, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let mut window = History::new(WINDOW, size, output);
    let result = blocks(input, &mut window);
    window.finish(result)
}

fn blocks(input: &mut Input<'_>, window: &mut History<'_>) -> Result<(), Status> {
    loop {
        let magic: [u8; 4] = input.take().ok_or(Status::Truncated)?;
        if magic == END {
            return Ok(());
        }
        if window.full() {
            return Err(Status::Corrupt);
        }
        if window.expired() {
            return Err(Status::Limit); // a block of no bytes makes its tables all the same
        }
        let size = u64::from(input.take().map(u32::from_le_bytes).ok_or(Status::Truncated)?);
        match magic {
            PLAIN => {
                for _ in 0..size {
                    let [byte] = input.take().ok_or(Status::Truncated)?;
                    window.push(byte)?;
                    if window.full() {
                        break;
                    }
                }
            }
            SHORT => {
                let packed = u64::from(input.take().map(u32::from_le_bytes).ok_or(Status::Truncated)?);
                let end = input.position().saturating_add(packed);
                lzvn::codes(input, window)?;
                input.seek(end);
            }
            CODED => coded(input, window)?,
            _ => return Err(Status::Corrupt),
        }
    }
}

/// The fields of a block's header.
struct Header {
    literals: usize,
    literal_bytes: usize,
    literal_spare: u32,
    literal_states: [usize; 4],
    matches: usize,
    match_bytes: usize,
    match_spare: u32,
    match_states: [usize; 3],
    size: usize,
}

impl Header {
    fn read(input: &mut Input<'_>) -> Option<Self> {
        let mut next = || input.take().map(u64::from_le_bytes);
        let (first, second, third) = (next()?, next()?, next()?);
        let field = |word: u64, at: u32, width: u32| (word >> at & ((1 << width) - 1)) as usize;
        let state = |at| field(second, at, 10);
        Some(Self {
            literals: field(first, 0, 20),
            literal_bytes: field(first, 20, 20),
            literal_spare: 7 - field(first, 60, 3) as u32,
            literal_states: [state(0), state(10), state(20), state(30)],
            matches: field(first, 40, 20),
            match_bytes: field(second, 40, 20),
            match_spare: 7 - field(second, 60, 3) as u32,
            match_states: [field(third, 32, 10), field(third, 42, 10), field(third, 52, 10)],
            size: field(third, 0, 32),
        })
    }

    fn fits(&self) -> bool {
        let most = HEADER + 2 * ALPHABETS.iter().map(|(symbols, _)| symbols).sum::<usize>();
        self.literals <= MOST_LITERALS
            && self.literals.is_multiple_of(4)
            && self.matches <= MOST_MATCHES
            && (HEADER..=most).contains(&self.size)
    }
}

fn coded(input: &mut Input<'_>, window: &mut History<'_>) -> Result<(), Status> {
    let header = Header::read(input).ok_or(Status::Truncated)?;
    if !header.fits() {
        return Err(Status::Corrupt);
    }
    let weights = read_weights(&bytes(input, header.size - HEADER)?);
    let [plain, copied, distances, literals] =
        [0, 1, 2, 3].map(|kind| weights.get(kind).and_then(|weights| Table::new(weights, states(kind))));
    let (Some(plain), Some(copied), Some(distances), Some(literals)) = (plain, copied, distances, literals)
    else {
        return Err(Status::Corrupt);
    };
    let mut bits = Backwards::new(bytes(input, header.literal_bytes)?, header.literal_spare)?;
    let mut text = Vec::with_capacity(MOST_LITERALS);
    let mut states = header.literal_states;
    while text.len() < header.literals {
        for state in &mut states {
            text.push(literals.next(state, &mut bits)?.0 as u8);
        }
    }
    let mut text = text.into_iter();
    let mut bits = Backwards::new(bytes(input, header.match_bytes)?, header.match_spare)?;
    let [mut plain_state, mut copied_state, mut distance_state] = header.match_states;
    let mut distance = 0;
    for _ in 0..header.matches {
        let plain = value(&plain, &mut plain_state, &mut bits, plain_length)?;
        let copied = value(&copied, &mut copied_state, &mut bits, copied_length)?;
        let fresh = value(&distances, &mut distance_state, &mut bits, distance_of)?;
        for _ in 0..plain {
            window.push(text.next().ok_or(Status::Corrupt)?)?;
        }
        distance = if fresh == 0 { distance } else { fresh };
        if copied > 0 && (distance == 0 || distance as u64 > window.written()) {
            return Err(Status::Corrupt);
        }
        window.copy(distance, copied)?;
    }
    Ok(())
}

fn bytes(input: &mut Input<'_>, size: usize) -> Result<Vec<u8>, Status> {
    let mut piece = Vec::new();
    Read::take(&mut *input, size as u64).read_to_end(&mut piece).map_err(|_| Status::Storage)?;
    if piece.len() == size { Ok(piece) } else { Err(Status::Truncated) }
}

fn states(kind: usize) -> u32 {
    ALPHABETS.get(kind).map_or(0, |&(_, states)| states)
}

/// How often each symbol of each alphabet occurs, in a code of 2 to 14 bits.
fn read_weights(packed: &[u8]) -> [Vec<u32>; 4] {
    let mut at = 0;
    let mut weight = || {
        let window = (0..4).fold(0_u32, |word, byte| {
            word | u32::from(packed.get(at / 8 + byte).copied().unwrap_or(0)) << (8 * byte)
        });
        let bits = window >> (at % 8);
        let (width, weight) = match bits & 31 {
            0 | 4 | 8 | 12 | 16 | 20 | 24 | 28 => (2, 0),
            2 | 6 | 10 | 14 | 18 | 22 | 26 | 30 => (2, 1),
            1 | 9 | 17 | 25 => (3, 2),
            5 | 13 | 21 | 29 => (3, 3),
            3 => (5, 4),
            11 => (5, 5),
            19 => (5, 6),
            27 => (5, 7),
            7 | 23 => (8, 8 + (bits >> 4 & 15)),
            _ => (14, 24 + (bits >> 4 & 0x3ff)),
        };
        at += width;
        weight
    };
    ALPHABETS.map(|(symbols, _)| (0..symbols).map(|_| weight()).collect())
}

/// Bits from the end of a piece to its start.
struct Backwards {
    bytes: Vec<u8>,
    left: usize,
}

impl Backwards {
    fn new(bytes: Vec<u8>, spare: u32) -> Result<Self, Status> {
        let left = (bytes.len() * 8).checked_sub(spare as usize).ok_or(Status::Corrupt)?;
        Ok(Self { bytes, left })
    }

    fn take(&mut self, width: u32) -> Result<usize, Status> {
        self.left = self.left.checked_sub(width as usize).ok_or(Status::Corrupt)?;
        let word = (0..5).fold(0_u64, |word, byte| {
            word | u64::from(self.bytes.get(self.left / 8 + byte).copied().unwrap_or(0)) << (8 * byte)
        });
        Ok((word >> (self.left % 8) & ((1 << width) - 1)) as usize)
    }
}

/// What a state says: its symbol, and where to go with how many bits.
#[derive(Clone, Copy)]
struct State {
    symbol: usize,
    width: u32,
    next: usize,
}

struct Table(Vec<State>);

impl Table {
    /// A table of `states`, shared among the symbols by weight; none when the weights are too many.
    fn new(weights: &[u32], states: u32) -> Option<Self> {
        let mut table = Vec::new();
        let mut sum = 0;
        for (symbol, &weight) in weights.iter().enumerate().filter(|&(_, &weight)| weight > 0) {
            sum += weight;
            if sum > states {
                return None;
            }
            let width = weight.leading_zeros() - states.leading_zeros();
            let wide = ((2 * states) >> width) - weight;
            table.extend((0..weight).map(|number| {
                let (width, next) = if number < wide {
                    (width, ((weight + number) << width) - states)
                } else {
                    (width - 1, (number - wide) << (width - 1))
                };
                State { symbol, width, next: next as usize }
            }));
        }
        Some(Self(table))
    }

    /// The symbol of `state`, which moves on; and the state's bits, after which a value's own may come.
    fn next(&self, state: &mut usize, bits: &mut Backwards) -> Result<(usize, u32), Status> {
        let here = self.0.get(*state).copied().ok_or(Status::Corrupt)?;
        *state = here.next + bits.take(here.width)?;
        Ok((here.symbol, here.width))
    }
}

/// A symbol's value: its least and how many bits are added to that.
fn value(
    table: &Table,
    state: &mut usize,
    bits: &mut Backwards,
    of: fn(usize) -> (usize, u32),
) -> Result<usize, Status> {
    let (least, width) = of(table.next(state, bits)?.0);
    Ok(least + bits.take(width)?)
}

fn plain_length(symbol: usize) -> (usize, u32) {
    match symbol {
        16 => (16, 2),
        17 => (20, 3),
        18 => (28, 5),
        19 => (60, 8),
        _ => (symbol, 0),
    }
}

fn copied_length(symbol: usize) -> (usize, u32) {
    match symbol {
        16 => (16, 3),
        17 => (24, 5),
        18 => (56, 8),
        19 => (312, 11),
        _ => (symbol, 0),
    }
}

/// Four symbols for each number of bits, so that the ranges follow one another.
fn distance_of(symbol: usize) -> (usize, u32) {
    let width = (symbol / 4) as u32;
    ((4 << width) - 4 + ((symbol % 4) << width), width)
}
