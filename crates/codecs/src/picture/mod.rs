//! The perceptual hash of a picture, which `fuzzy_img#` subsignatures name; bit for bit `ClamAV`'s.
//!
//! The picture without its transparency becomes grey, then 32 by 32 pixels (Lanczos), then a discrete cosine
//! transform, first of the columns, then of the rows. Of the 8 by 8 lowest frequencies each gives a bit, row
//! by row from the most significant one: whether it is above their median.
//!
//! Nothing here is ours to choose: decoders, resampling and the order of floating-point operations decide
//! bits where a picture is flat or symmetric.

mod decode;

use image::imageops::{self, FilterType};
use image::{GrayImage, ImageBuffer, Luma};
use nacre_fmap::Fmap;
use rustdct::DctPlanner;

/// Edge of the picture that is transformed, in pixels.
const SIDE: usize = 32;
/// Frequencies per direction that give a bit.
const LOW: usize = 8;

/// A picture's hash, or why it has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    Hash([u8; LOW]),
    /// Not a picture that can be decoded.
    None,
    /// Decoding it would take more memory than allowed.
    TooLarge,
}

/// Hashes the picture that `source` is.
pub fn hash(source: &Fmap) -> Picture {
    match decode::grey(source) {
        Ok(grey) => Picture::Hash(bits(&frequencies(&grey))),
        Err(picture) => picture,
    }
}

type Square = [f32; SIDE * SIDE];

fn frequencies(grey: &GrayImage) -> Square {
    let small: ImageBuffer<Luma<u8>, Vec<u8>> =
        imageops::resize(grey, SIDE as u32, SIDE as u32, FilterType::Lanczos3);
    let mut square = [0.0; SIDE * SIDE];
    square.iter_mut().zip(small.as_raw()).for_each(|(to, pixel)| *to = f32::from(*pixel) / 255.0);
    square = transposed(&square);
    transform(&mut square);
    square = transposed(&square);
    transform(&mut square);
    square
}

fn transform(square: &mut Square) {
    let cosines = DctPlanner::new().plan_dct2(SIDE);
    for line in square.chunks_exact_mut(SIDE) {
        cosines.process_dct2(line);
        line.iter_mut().for_each(|value| *value *= 2.0);
    }
}

fn transposed(square: &Square) -> Square {
    let mut turned = [0.0; SIDE * SIDE];
    for (row, line) in square.chunks_exact(SIDE).enumerate() {
        for (to, value) in turned.iter_mut().skip(row).step_by(SIDE).zip(line) {
            *to = *value;
        }
    }
    turned
}

fn bits(square: &Square) -> [u8; LOW] {
    let rows = square.chunks_exact(SIDE).take(LOW);
    let low: Vec<f32> = rows.flat_map(|row| row.iter().take(LOW).copied()).collect();
    let mut sorted = low.clone();
    sorted.sort_unstable_by(f32::total_cmp);
    let median = sorted.iter().skip(LOW * LOW / 2 - 1).take(2).sum::<f32>() / 2.0;
    let number = low.iter().fold(0_u64, |number, value| number << 1 | u64::from(*value > median));
    number.to_be_bytes()
}

#[cfg(test)]
mod tests;
