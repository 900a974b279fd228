//! Decoding a picture to grey, within memory that the file does not decide.

use std::borrow::Cow;
use std::io::Cursor;

use image::error::{ImageError, ImageResult};
use image::{DynamicImage, GrayImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use nacre_fmap::Fmap;

use super::Picture;
use crate::contained::contained;

/// Most bytes of a file, and of its decoded pixels.
const MOST_BYTES: u64 = 256 << 20;
/// A decoder of progressive JPEG holds all coefficients, two bytes each, as well.
const MOST_JPEG_BYTES: u64 = MOST_BYTES / 2;
/// Pixels in a row: resampling holds 32 rows of 16 bytes a pixel.
const MOST_WIDTH: u32 = 1 << 19;

/// The picture in grey, or why there is none.
pub(super) fn grey(source: &Fmap) -> Result<GrayImage, Picture> {
    if source.len() > MOST_BYTES {
        return Err(Picture::TooLarge);
    }
    let bytes = if let Some(bytes) = source.memory() {
        Cow::Borrowed(bytes)
    } else {
        let mut buffer = Vec::new();
        source.fetch(0..source.len(), &mut buffer);
        Cow::Owned(buffer)
    };
    // The decoders are other people's: one that gives up on its own bug has seen no picture.
    match contained(|| decode(&bytes).and_then(|picture| to_grey(&picture))) {
        Some(Ok(grey)) => Ok(grey),
        Some(Err(ImageError::Limits(_))) => Err(Picture::TooLarge),
        Some(Err(_)) | None => Err(Picture::None),
    }
}

fn decode(bytes: &[u8]) -> ImageResult<DynamicImage> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let most = if reader.format() == Some(ImageFormat::Jpeg) { MOST_JPEG_BYTES } else { MOST_BYTES };
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(MOST_WIDTH);
    limits.max_alloc = Some(most);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder()?;
    limits.reserve(decoder.total_bytes())?;
    decoder.set_limits(limits)?;
    DynamicImage::from_decoder(decoder)
}

fn to_grey(picture: &DynamicImage) -> ImageResult<GrayImage> {
    let (width, height) = (picture.width(), picture.height());
    let pixels = match picture {
        DynamicImage::ImageLuma8(pixels) => return Ok(pixels.clone()),
        DynamicImage::ImageRgb8(pixels) => each(pixels.as_raw().as_chunks().0),
        DynamicImage::ImageRgba8(pixels) => {
            pixels.pixels().map(|pixel| luma([pixel[0], pixel[1], pixel[2]])).collect()
        }
        _ => each(picture.to_rgb8().as_raw().as_chunks().0),
    };
    GrayImage::from_raw(width, height, pixels).ok_or_else(|| {
        ImageError::Limits(image::error::LimitError::from_kind(image::error::LimitErrorKind::DimensionError))
    })
}

fn each(pixels: &[[u8; 3]]) -> Vec<u8> {
    pixels.iter().copied().map(luma).collect()
}

fn luma([red, green, blue]: [u8; 3]) -> u8 {
    (f32::from(red) * 0.299 + f32::from(green) * 0.587 + f32::from(blue) * 0.114).round() as u8
}
