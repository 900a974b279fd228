//! KWAJ's method 3: LZ77 over 4 KiB with five Huffman codes, two of them for lengths.
//!
//! Source: the format as libmspack's documentation describes it.

use crate::bits::Bits;
use crate::bounded::{Input, Output, Status};
use crate::huffman::Huffman;
use crate::window::{Window, through};

const WINDOW: usize = 4096;
const SHORTEST: usize = 3;
/// A run of literals this long may be followed by another.
const LONGEST_RUN: usize = 32;
const LITERALS: usize = 256;

struct Codes {
    /// Lengths of matches, 0 for a run of literals; another code after a run.
    lengths: [Huffman; 2],
    runs: Huffman,
    distances: Huffman,
    literals: Huffman,
}

/// Decodes until the input ends.
pub fn decode(input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let mut bits = Bits::new(input);
    let mut codes = read_codes(&mut bits)?;
    through(Window::filled(WINDOW, b' '), output, |window, output| {
        match run(&mut bits, &mut codes, window, output) {
            Err(Status::Truncated) => Ok(()), // there is no other end
            result => result,
        }
    })
}

fn run(
    bits: &mut Bits<'_, '_>,
    codes: &mut Codes,
    window: &mut Window,
    output: &mut Output,
) -> Result<(), Status> {
    let mut after_run = false;
    loop {
        let length = codes.lengths[usize::from(after_run)].decode(bits)?;
        if length > 0 {
            let upper = u32::from(codes.distances.decode(bits)?);
            let distance = upper << 6 | bits.take(6)?;
            window.copy(distance as usize, usize::from(length) + SHORTEST - 1)?;
            after_run = false;
        } else {
            let count = usize::from(codes.runs.decode(bits)?) + 1;
            for _ in 0..count {
                window.put(codes.literals.decode(bits)? as u8);
            }
            after_run = count < LONGEST_RUN;
        }
        window.spill_when_full(output)?;
    }
}

fn read_codes(bits: &mut Bits<'_, '_>) -> Result<Codes, Status> {
    let mut forms = [0; 6]; // the last one fills the byte
    for form in &mut forms {
        *form = bits.take(4)?;
    }
    Ok(Codes {
        lengths: [read_code(bits, forms[0], 16)?, read_code(bits, forms[1], 16)?],
        runs: read_code(bits, forms[2], LONGEST_RUN)?,
        distances: read_code(bits, forms[3], 64)?,
        literals: read_code(bits, forms[4], LITERALS)?,
    })
}

/// A code by its lengths: all the same, by differences in two ways, or as they are.
fn read_code(bits: &mut Bits<'_, '_>, form: u32, count: usize) -> Result<Huffman, Status> {
    let mut lengths = vec![0_u8; count];
    let mut before = if form == 0 { count.ilog2() } else { 0 };
    for (index, length) in lengths.iter_mut().enumerate() {
        before = match form {
            0 => before,
            1 | 2 if index == 0 => bits.take(4)?,
            1 if bits.take(1)? == 0 => before,
            1 if bits.take(1)? == 0 => before + 1,
            2 => match bits.take(2)? {
                3 => bits.take(4)?,
                step => (before + step).wrapping_sub(1),
            },
            1 | 3 => bits.take(4)?,
            _ => return Err(Status::Corrupt),
        };
        *length = u8::try_from(before).map_err(|_| Status::Corrupt)?;
    }
    let mut code = Huffman::new();
    code.set(&lengths)?;
    Ok(code)
}
