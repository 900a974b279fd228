//! Bytes written as text in PDF and PostScript: hexadecimal and base 85 (ISO 32000-1, 7.4.2 and 7.4.3).
//!
//! Characters that belong to neither are skipped, as readers do; a missing end mark is no damage.

use crate::bounded::{Input, Output, Status};

/// Input of one step, after which output and clock are looked at.
const STEP: usize = 16 << 10;

/// `ASCIIHexDecode`: a `>` ends it, an odd digit is followed by a zero.
pub fn hexadecimal(input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let mut high = None;
    let ended = each_piece(input, output, |byte, out| {
        let Some(digit) = (byte as char).to_digit(16) else { return byte == b'>' };
        let digit = digit as u8;
        match high.take() {
            Some(first) => out.push(first << 4 | digit),
            None => high = Some(digit),
        }
        false
    });
    ended?;
    if let Some(first) = high {
        output.keep(&[first << 4])?;
    }
    Ok(())
}

/// `ASCII85Decode`: five characters are four bytes, `z` is four zeros, `~` ends it.
pub fn base85(input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let (mut value, mut count, mut opened) = (0_u32, 0_usize, false);
    each_piece(input, output, |byte, out| {
        match byte {
            b'~' if opened => {}
            b'~' => return true,
            b'z' if count == 0 => out.extend([0; 4]),
            b'!'..=b'u' => {
                value = value.wrapping_mul(85).wrapping_add(u32::from(byte - b'!'));
                count += 1;
                if count == 5 {
                    out.extend(value.to_be_bytes());
                    (value, count) = (0, 0);
                }
            }
            _ => {}
        }
        // `<~` begins a text outside PDF.
        opened = byte == b'<' && count == 1;
        if byte == b'~' {
            (value, count) = (0, 0);
        }
        false
    })?;
    if input.peek() == Some([b'>']) {
        input.advance(1);
    }
    if count > 1 {
        for _ in count..5 {
            value = value.wrapping_mul(85).wrapping_add(84);
        }
        output.keep(value.to_be_bytes().get(..count - 1).unwrap_or_default())?;
    }
    Ok(())
}

/// Hands every byte to `take` until it returns true or the input ends; keeps what it pushes.
fn each_piece(
    input: &mut Input<'_>,
    output: &mut Output,
    mut take: impl FnMut(u8, &mut Vec<u8>) -> bool,
) -> Result<(), Status> {
    let mut out = Vec::with_capacity(4 * STEP);
    loop {
        if output.expired() {
            return Err(Status::Limit);
        }
        let piece = input.chunk();
        let piece = piece.get(..piece.len().min(STEP)).unwrap_or(piece);
        let end = piece.iter().position(|&byte| take(byte, &mut out));
        let consumed = end.map_or(piece.len(), |at| at + 1);
        input.advance(consumed);
        output.keep(&out)?;
        out.clear();
        if end.is_some() || consumed == 0 {
            return Ok(());
        }
    }
}
