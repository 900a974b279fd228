//! LZSS as Haruhiko Okumura's: a ring of bytes, matches named by their place in it. For SZDD, KWAJ and LHA.

use crate::bits::Bits;
use crate::bounded::{Input, Output, Status};
use crate::window::{Window, through};

/// Which of its forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// SZDD: a ring of 4096 spaces, begun 16 before its end.
    Szdd,
    /// KWAJ and the SZDD of `QuickBASIC`: begun 18 before it.
    Kwaj,
    /// LHA's -lz5-: the same in a ring that holds all kinds of bytes at first.
    Lz5,
    /// LHA's -lzs-: a ring of 2048 spaces, begun 17 before its end; bits instead of bytes.
    Lzs,
}

const RING: usize = 4096;
const SMALL_RING: usize = 2048;

/// The ring of -lz5- from its start to where output begins, and what is behind that.
fn varied() -> Vec<u8> {
    let mut ring: Vec<u8> = (0..=255).flat_map(|byte| [byte; 13]).collect();
    ring.extend(0..=255);
    ring.extend((0..=255).rev());
    ring.extend([0; 128]);
    ring.extend([b' '; 110]);
    [vec![0; RING - ring.len()], ring].concat()
}

/// Decodes until the input ends or there are `size` bytes.
pub fn decode(form: Form, size: u64, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    match form {
        Form::Szdd => bytes(Window::filled(RING, b' '), RING - 16, size, input, output),
        Form::Kwaj => bytes(Window::filled(RING, b' '), RING - 18, size, input, output),
        Form::Lz5 => bytes(Window::after(varied()), RING - 18, size, input, output),
        Form::Lzs => through(Window::filled(SMALL_RING, b' '), output, |window, output| {
            bits(size, &mut Bits::new(input), window, output)
        }),
    }
}

/// How far back the byte at `place` of the ring is, when `made` bytes were output since `start`.
fn distance(ring: usize, start: usize, made: u64, place: usize) -> usize {
    let here = (start as u64 + made) % ring as u64;
    let back = (here as usize + ring - place) % ring;
    if back == 0 { ring } else { back }
}

/// A byte of flags, least significant first, for eight literals or matches.
fn bytes(
    window: Window,
    start: usize,
    size: u64,
    input: &mut Input<'_>,
    output: &mut Output,
) -> Result<(), Status> {
    through(window, output, |window, output| {
        let mut made = 0;
        let mut flags = 1_u16;
        while made < size {
            if flags == 1 {
                let Some(byte) = input.byte() else { return at_end(size) };
                flags = 0x100 | u16::from(byte);
            }
            let literal = flags & 1 == 1;
            flags >>= 1;
            let Some(first) = input.byte() else { return at_end(size) };
            if literal {
                window.put(first);
                made += 1;
            } else {
                let Some(second) = input.byte() else { return Err(Status::Truncated) };
                let place = usize::from(first) | usize::from(second & 0xf0) << 4;
                let length = u64::from(second & 0x0f) + 3;
                let length = length.min(size - made);
                window.copy(distance(RING, start, made, place), length as usize)?;
                made += length;
            }
            window.spill_when_full(output)?;
        }
        Ok(())
    })
}

/// The input's end is the stream's, unless a size was promised.
fn at_end(size: u64) -> Result<(), Status> {
    if size == u64::MAX { Ok(()) } else { Err(Status::Truncated) }
}

fn bits(size: u64, bits: &mut Bits<'_, '_>, window: &mut Window, output: &mut Output) -> Result<(), Status> {
    let mut made = 0;
    while made < size {
        if bits.take(1)? == 1 {
            window.put(bits.take(8)? as u8);
            made += 1;
        } else {
            let place = bits.take(11)? as usize;
            let length = u64::from(bits.take(4)? + 2).min(size - made);
            window.copy(distance(SMALL_RING, SMALL_RING - 17, made, place), length as usize)?;
            made += length;
        }
        window.spill_when_full(output)?;
    }
    bits.bytes();
    Ok(())
}
