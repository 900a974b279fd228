#![allow(clippy::expect_used)]
use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use proptest::prelude::*;

use super::*;

fn hashed(bytes: Vec<u8>) -> Picture {
    hash(&Fmap::from_vec(bytes))
}

fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    picture.into().write_to(&mut out, format).expect("encodes");
    out.into_inner()
}

fn bitmap(width: u32, height: u32, grey: &[u8]) -> Vec<u8> {
    let picture = GrayImage::from_fn(width, height, |x, y| Luma([grey[(y * width + x) as usize]]));
    encoded(picture, ImageFormat::Bmp)
}

/// Hashes that `ClamAV` 1.4.6 prints for the same files. The flat and symmetric ones are made of rounding.
#[test]
fn hashes_are_those_of_clamav() {
    let cases: [(u32, u32, &[u8], u64); 9] = [
        (1, 1, &[0], 0x0000_0000_0000_0000),
        (1, 1, &[255], 0x8000_0000_0000_0000),
        (1, 1, &[7], 0x8000_0000_0000_0000),
        (2, 1, &[10, 200], 0xbe00_0000_0000_0000),
        (2, 2, &[131, 101, 131, 101], 0xf500_0000_0000_0000),
        (2, 2, &[43, 72, 43, 72], 0xa200_0000_0000_0000),
        (2, 2, &[166, 131, 166, 131], 0xd700_0000_0000_0000),
        (3, 2, &[1, 2, 3, 250, 128, 9], 0xc639_c6f8_cee1_9c03),
        (4, 3, &[0, 255, 0, 255, 255, 0, 255, 0, 17, 34, 51, 68], 0xbf85_2553_f855_fc00),
    ];
    for (width, height, grey, expected) in cases {
        let name = format!("{width} by {height}: {grey:?}");
        assert_eq!(hashed(bitmap(width, height, grey)), Picture::Hash(expected.to_be_bytes()), "{name}");
    }
}

fn colours(x: u32, y: u32) -> [u8; 3] {
    [(x * 5 + y) as u8, (x * y) as u8, (y * 7) as u8]
}

#[test]
fn formats_and_transparency_do_not_matter() {
    let opaque = RgbImage::from_fn(50, 40, |x, y| Rgb(colours(x, y)));
    let clear = RgbaImage::from_fn(50, 40, |x, y| {
        let [red, green, blue] = colours(x, y);
        Rgba([red, green, blue, (x * 3) as u8])
    });
    let expected = Picture::Hash(0x802b_3e3c_7073_676e_u64.to_be_bytes());
    for format in [ImageFormat::Bmp, ImageFormat::Png, ImageFormat::Tiff] {
        assert_eq!(hashed(encoded(opaque.clone(), format)), expected, "{format:?}");
        assert_eq!(hashed(encoded(clear.clone(), format)), expected, "{format:?} with transparency");
    }
}

#[test]
fn what_is_no_picture_has_no_hash() {
    assert_eq!(hashed(Vec::new()), Picture::None);
    assert_eq!(hashed(b"GIF89a\x08\0\x08\0 but not really".to_vec()), Picture::None);
    let mut cut = encoded(RgbImage::new(50, 40), ImageFormat::Png);
    cut.truncate(60);
    assert_eq!(hashed(cut), Picture::None);
}

#[test]
fn a_header_does_not_decide_about_memory() {
    let png = encoded(GrayImage::new(2, 2), ImageFormat::Png);
    for (width, height) in [(1 << 20, 1), (60_000, 60_000), (400_000, 2_000), (u32::MAX >> 1, u32::MAX >> 1)]
    {
        let mut huge = png.clone();
        huge.splice(16..24, [width, height].iter().flat_map(|side: &u32| side.to_be_bytes()));
        let check = crc32(&huge[12..29]);
        huge.splice(29..33, check.to_be_bytes());
        assert_eq!(hashed(huge), Picture::TooLarge, "{width} by {height}");
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum: u32, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| sum >> 1 ^ (0xedb8_8320 * (sum & 1)))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn damaged_pictures_end_well(
        format in prop::sample::select(vec![
            ImageFormat::Bmp, ImageFormat::Png, ImageFormat::Tiff, ImageFormat::Jpeg, ImageFormat::Gif,
        ]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = encoded(RgbImage::from_fn(24, 18, |x, y| Rgb(colours(x, y))), format);
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let _ = hashed(bytes.clone());
        bytes.truncate(cut.index(bytes.len()));
        let _ = hashed(bytes);
    }
}
