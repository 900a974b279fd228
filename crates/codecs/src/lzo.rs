//! lzop files (.lzo): blocks of LZO1X (Markus Oberhumer), each alone, or stored.
//!
//! Source: the kernel's Documentation/staging/lzo.rst, and what lzop writes. Of the checksums those of the
//! content are compared.

use crate::bounded::{Input, Output, Status};
use crate::checksum::Checksum;
use crate::window::{Window, through};

const MAGIC: [u8; 9] = [0x89, b'L', b'Z', b'O', 0, b'\r', b'\n', 0x1a, b'\n'];
/// The version whose header has more fields.
const LONGER: u16 = 0x0940;
const ADLER_OF_CONTENT: u32 = 1;
const ADLER_OF_PACKED: u32 = 1 << 1;
const EXTRA_FIELD: u32 = 1 << 6;
const CRC_OF_CONTENT: u32 = 1 << 8;
const CRC_OF_PACKED: u32 = 1 << 9;
const FILTER: u32 = 1 << 11;
/// No match reaches back further.
const WINDOW: usize = 48 << 10;

/// All files in a row, joined.
pub fn files(input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    through(Window::new(WINDOW), output, |window, output| {
        let mut right = true;
        loop {
            right &= file(input, window, output)?;
            if input.peek() != Some(MAGIC) {
                return if right { Ok(()) } else { Err(Status::Checksum) };
            }
        }
    })
}

/// One stream of LZO1X without a file around it.
pub fn lone_block(input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    through(Window::new(WINDOW), output, |window, output| block(input, window, output))
}

/// Whether the content has the checksums that the file says, if it says any.
fn file(input: &mut Input<'_>, window: &mut Window, output: &mut Output) -> Result<bool, Status> {
    let flags = header(input)?;
    let mut right = true;
    loop {
        let size = number(input)?;
        if size == 0 {
            return Ok(right);
        }
        let packed = number(input)?;
        let mut told = Vec::new();
        for (flag, kind) in [(ADLER_OF_CONTENT, Checksum::Adler32), (CRC_OF_CONTENT, Checksum::Crc32)] {
            if flags & flag != 0 {
                told.push((kind, number(input)?));
            }
        }
        if packed < size {
            let others = (flags & ADLER_OF_PACKED).count_ones() + (flags & CRC_OF_PACKED).count_ones();
            input.advance(others as usize * 4);
        }
        if let Some((kind, _)) = told.first() {
            window.spill(output)?;
            output.sum(*kind);
        }
        if input.at_end() {
            return Err(Status::Truncated);
        }
        let next = input.position().saturating_add(packed.into());
        if packed < size {
            block(input, window, output)?;
        } else {
            literals(packed as usize, input, window, output)?;
        }
        input.seek(next);
        if let Some((_, value)) = told.first() {
            window.spill(output)?;
            right &= output.summed() == Some(*value);
        }
    }
}

/// Passes the header and gives its flags.
fn header(input: &mut Input<'_>) -> Result<u32, Status> {
    if input.take() != Some(MAGIC) {
        return Err(Status::Corrupt);
    }
    let longer = u16::from_be_bytes(input.take().ok_or(Status::Truncated)?) >= LONGER;
    input.advance(2 + 1); // version of the library, method
    if longer {
        input.advance(2 + 1); // version that is needed, before the method; level
    }
    let flags = number(input)?;
    if flags & FILTER != 0 {
        return Err(Status::Corrupt); // nobody writes these
    }
    input.advance(if longer { 12 } else { 8 }); // mode, times
    let name = input.byte().ok_or(Status::Truncated)?;
    input.advance(usize::from(name) + 4);
    if flags & EXTRA_FIELD != 0 {
        let size = number(input)?;
        input.advance(size as usize + 4);
    }
    Ok(flags)
}

fn number(input: &mut Input<'_>) -> Result<u32, Status> {
    input.take().map(u32::from_be_bytes).ok_or(Status::Truncated)
}

/// What the last instruction left for the meaning of the next one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Nothing,
    FewLiterals,
    ManyLiterals,
}

/// One LZO1X stream, up to its end mark.
fn block(input: &mut Input<'_>, window: &mut Window, output: &mut Output) -> Result<(), Status> {
    let mut after = After::Nothing;
    if let Some([first]) = input.peek::<1>().filter(|[first]| *first > 17) {
        input.advance(1);
        let count = usize::from(first) - 17;
        literals(count, input, window, output)?;
        after = if count < 4 { After::FewLiterals } else { After::ManyLiterals };
    }
    loop {
        let code = usize::from(input.byte().ok_or(Status::Truncated)?);
        let (distance, length, trailing) = match code {
            128.. => {
                let upper = usize::from(input.byte().ok_or(Status::Truncated)?);
                ((upper << 3) + (code >> 2 & 7) + 1, 5 + (code >> 5 & 3), code & 3)
            }
            64..128 => {
                let upper = usize::from(input.byte().ok_or(Status::Truncated)?);
                ((upper << 3) + (code >> 2 & 7) + 1, 3 + (code >> 5 & 1), code & 3)
            }
            32..64 => {
                let length = 2 + count(code & 31, 31, input)?;
                let (lower, trailing) = place(input)?;
                (lower + 1, length, trailing)
            }
            16..32 => {
                let length = 2 + count(code & 7, 7, input)?;
                let (lower, trailing) = place(input)?;
                let distance = 0x4000 + ((code & 8) << 11) + lower;
                if distance == 0x4000 {
                    return Ok(());
                }
                (distance, length, trailing)
            }
            _ if after == After::Nothing => {
                let count = 3 + count(code, 15, input)?;
                literals(count, input, window, output)?;
                after = After::ManyLiterals;
                continue;
            }
            _ => {
                let upper = usize::from(input.byte().ok_or(Status::Truncated)?);
                let lower = (upper << 2) + (code >> 2);
                let many = after == After::ManyLiterals;
                if many { (lower + 2049, 3, code & 3) } else { (lower + 1, 2, code & 3) }
            }
        };
        window.copy_long(distance, length, output)?;
        literals(trailing, input, window, output)?;
        after = if trailing == 0 { After::Nothing } else { After::FewLiterals };
    }
}

/// A count that, if 0 stands for it, goes on in bytes: each 0 is 255 more.
fn count(short: usize, base: usize, input: &mut Input<'_>) -> Result<usize, Status> {
    if short != 0 {
        return Ok(short);
    }
    let mut count = base;
    loop {
        match input.byte().ok_or(Status::Truncated)? {
            0 => count += 255,
            last => return Ok(count + usize::from(last)),
        }
    }
}

/// Distance and number of literals that follow, in two bytes.
fn place(input: &mut Input<'_>) -> Result<(usize, usize), Status> {
    let both = usize::from(u16::from_le_bytes(input.take().ok_or(Status::Truncated)?));
    Ok((both >> 2, both & 3))
}

/// Copies `count` bytes of input.
pub fn literals(
    mut count: usize,
    input: &mut Input<'_>,
    window: &mut Window,
    output: &mut Output,
) -> Result<(), Status> {
    while count > 0 {
        let piece = input.chunk();
        let piece = piece.get(..piece.len().min(count).min(PIECE)).unwrap_or(piece);
        if piece.is_empty() {
            return Err(Status::Truncated);
        }
        let length = piece.len();
        window.extend(piece);
        input.advance(length);
        window.spill_when_full(output)?;
        count -= length;
    }
    Ok(())
}

/// Literals moved at once, lest the window grow with a block.
const PIECE: usize = 64 << 10;
