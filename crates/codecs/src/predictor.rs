//! Predictors of PDF and TIFF (ISO 32000-1, 7.4.4.4; PNG, clause 9): what stands in a row is the difference from
//! what a neighbour lets expect.

use std::io;

use nacre_fmap::Fmap;

use crate::bounded::{Bound, Decoded, Input, Output, Status};

const NONE: u32 = 1;
const TIFF: u32 = 2;
const PNG: u32 = 10;
/// Bytes of the longest row; pictures are not so wide.
const LONGEST: u64 = 16 << 20;

/// The parameters of a predictor, as a file gives them.
#[derive(Clone, Copy, Debug)]
pub struct Predictor {
    pub kind: u32,
    pub colors: u32,
    pub bits: u32,
    pub columns: u32,
}

impl Predictor {
    /// Undoes the prediction. TIFF samples of less than a byte stay as they are.
    pub fn undo(&self, source: &Fmap, bound: &Bound<'_>) -> io::Result<Decoded> {
        let (mut input, mut output) = (Input::new(source), Output::new(bound));
        let result = self.rows(&mut input, &mut output);
        output.finish(input.position().min(source.len()), result.err().unwrap_or(Status::Done))
    }

    fn rows(&self, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
        let pixel_bits = u64::from(self.colors).saturating_mul(u64::from(self.bits));
        let row = pixel_bits.saturating_mul(u64::from(self.columns)).div_ceil(8);
        if row == 0 || row > LONGEST {
            return Err(Status::Corrupt);
        }
        let (row, pixel) = (row as usize, pixel_bits.div_ceil(8) as usize);
        let png = self.kind >= PNG;
        let mut above = vec![0; if png { row } else { 0 }];
        let mut line = Vec::new();
        loop {
            if output.expired() {
                return Err(Status::Limit);
            }
            let filter = if png { input.take::<1>().map_or(0, |[filter]| filter) } else { 0 };
            fill(input, &mut line, row);
            if line.is_empty() {
                return Ok(());
            }
            match self.kind {
                PNG.. => png_row(filter, pixel, &mut line, &above),
                TIFF => tiff_row(self.bits, self.colors as usize, &mut line),
                ..=NONE | 3..PNG => {}
            }
            output.keep(&line)?;
            std::mem::swap(&mut above, &mut line);
        }
    }
}

fn fill(input: &mut Input<'_>, line: &mut Vec<u8>, size: usize) {
    line.clear();
    while line.len() < size {
        let piece = input.chunk();
        let piece = piece.get(..piece.len().min(size - line.len())).unwrap_or(piece);
        if piece.is_empty() {
            return;
        }
        line.extend_from_slice(piece);
        let taken = piece.len();
        input.advance(taken);
    }
}

fn png_row(filter: u8, pixel: usize, line: &mut [u8], above: &[u8]) {
    for at in 0..line.len() {
        let before = at.checked_sub(pixel);
        let left = before.and_then(|at| line.get(at)).copied().unwrap_or_default();
        let up = above.get(at).copied().unwrap_or_default();
        let corner = before.and_then(|at| above.get(at)).copied().unwrap_or_default();
        let expected = match filter {
            1 => left,
            2 => up,
            3 => left.midpoint(up),
            4 => paeth(left, up, corner),
            _ => 0,
        };
        if let Some(byte) = line.get_mut(at) {
            *byte = byte.wrapping_add(expected);
        }
    }
}

/// The neighbour nearest to what the three of them let expect.
fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let (a, b, c) = (i16::from(left), i16::from(up), i16::from(corner));
    let (to_left, to_up, to_corner) = ((b - c).abs(), (a - c).abs(), (a + b - 2 * c).abs());
    if to_left <= to_up && to_left <= to_corner {
        left
    } else if to_up <= to_corner {
        up
    } else {
        corner
    }
}

fn tiff_row(bits: u32, colors: usize, line: &mut [u8]) {
    match bits {
        8 => {
            for at in colors..line.len() {
                let left = line.get(at - colors).copied().unwrap_or_default();
                if let Some(byte) = line.get_mut(at) {
                    *byte = byte.wrapping_add(left);
                }
            }
        }
        16 => {
            let sample = |line: &[u8], at: usize| match line.get(at..at + 2) {
                Some(&[high, low]) => u16::from_be_bytes([high, low]),
                _ => 0,
            };
            for at in (2 * colors..line.len().saturating_sub(1)).step_by(2) {
                let sum = sample(line, at).wrapping_add(sample(line, at - 2 * colors));
                if let Some(place) = line.get_mut(at..at + 2) {
                    place.copy_from_slice(&sum.to_be_bytes());
                }
            }
        }
        _ => {}
    }
}
