//! The bitmap of an icon resource: a device-independent bitmap whose height counts the picture and the
//! transparency mask behind it.
//!
//! ```text
//! size u32 | width i32 | 2 * height i32 | planes u16 | bits per pixel u16 | ...
//! palette, 4 bytes a colour | rows from the bottom up, padded to 4 bytes | mask, likewise, a bit a pixel
//! ```
//!
//! What is transparent is white, in parts where it has an alpha: 32-bit pixels where any of them has one; otherwise
//! what the mask covers, with the fourth byte of its colour in the palette (zero but in odd ones).

use super::{Picture, Pixel};

const HEADER: usize = 40;
/// Longer headers than anybody writes (the longest known has 124 bytes).
const LONGEST_HEADER: usize = 1 << 16;
/// Bytes from the start of an icon within which all of it lies.
pub const LONGEST: u64 = (LONGEST_HEADER + 1024 + 256 * 256 * 4 + 256 * 256 / 8) as u64;
/// Smallest and largest edge of an icon that is described.
const EDGES: std::ops::RangeInclusive<usize> = 16..=256;

pub(super) fn decode(bytes: &[u8]) -> Option<Picture> {
    let layout = Layout::parse(bytes)?;
    let (width, height) = (layout.width, layout.height);
    let rows = layout.rows(bytes)?;
    let raw = |x: usize, y: usize| layout.pixel(bytes, rows, x, height - 1 - y);
    if layout.bits == 32 && (0..height).any(|y| (0..width).any(|x| raw(x, y)[3] != 0)) {
        return Some(Picture::collect(width, height, |x, y| on_white(raw(x, y))));
    }
    let mask_stride = width.div_ceil(32) * 4;
    let behind = bytes.get(layout.data + layout.stride * height..).unwrap_or(&[]);
    let mask = match behind.get(..mask_stride * height) {
        Some(mask) => mask,
        // Only these are described without a whole mask, and then as if there were none.
        None if layout.bits == 32 => &[],
        None => return None,
    };
    Some(Picture::collect(width, height, |x, y| {
        let at = (height - 1 - y) * mask_stride + x / 8;
        let masked = mask.get(at).is_some_and(|byte| byte >> (7 - x % 8) & 1 == 1);
        let [blue, green, red, alpha] = raw(x, y);
        on_white([blue, green, red, if masked { alpha } else { 255 }])
    }))
}

fn on_white([blue, green, red, alpha]: [u8; 4]) -> Pixel {
    let alpha = u32::from(alpha);
    [red, green, blue].map(|value| ((u32::from(value) * alpha + 255 * (255 - alpha)) / 255) as u8)
}

struct Layout {
    width: usize,
    height: usize,
    bits: usize,
    palette: usize,
    data: usize,
    stride: usize,
}

impl Layout {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let number =
            |at: usize| bytes.get(at..at + 4).and_then(|raw| raw.try_into().ok()).map(u32::from_le_bytes);
        let palette = usize::try_from(number(0)?).ok()?;
        let width = usize::try_from(number(4)?).ok()?;
        let height = usize::try_from(number(8)?).ok()? / 2;
        let bits = (number(12)? >> 16) as usize;
        let known = matches!(bits, 1 | 4 | 8 | 16 | 24 | 32);
        if !(HEADER..=LONGEST_HEADER).contains(&palette)
            || !EDGES.contains(&width)
            || !EDGES.contains(&height)
            || !known
        {
            return None;
        }
        // The number of colours in the header does not count.
        let colours = if bits <= 8 { 1 << bits } else { 0 };
        let data = palette.checked_add(colours * 4)?;
        Some(Self { width, height, bits, palette, data, stride: (width * bits).div_ceil(32) * 4 })
    }

    /// The rows of the picture; none when they are cut.
    fn rows<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        bytes.get(self.data..)?.get(..self.stride * self.height)
    }

    /// Blue, green, red, alpha.
    fn pixel(&self, bytes: &[u8], rows: &[u8], x: usize, row: usize) -> [u8; 4] {
        let at = row * self.stride + x * self.bits / 8;
        let byte = |more: usize| rows.get(at + more).copied().unwrap_or_default();
        match self.bits {
            16 => packed(u16::from_le_bytes([byte(0), byte(1)])),
            24 => [byte(0), byte(1), byte(2), 0],
            32 => [byte(0), byte(1), byte(2), byte(3)],
            _ => {
                let shift = 8 - self.bits - x * self.bits % 8;
                let index = usize::from(byte(0)) >> shift & ((1 << self.bits) - 1);
                let at = self.palette + index * 4;
                let colour = bytes.get(at..at + 4).filter(|_| at + 4 <= self.data);
                colour.and_then(|colour| colour.try_into().ok()).unwrap_or_default()
            }
        }
    }
}

/// Blue, green, red and alpha of a 16-bit pixel. The format has five bits of each colour and no alpha; what the peer
/// takes for them is not that, and is what descriptions of such icons were made by.
fn packed(pixel: u16) -> [u8; 4] {
    let blue = (pixel & 31) << 3 | pixel >> 2 & 7;
    let green = pixel >> 4 & 0x38 | pixel << 1 & 0xc0;
    let red = pixel >> 7 & 7 | pixel >> 9 & 0x7e | pixel >> 4 & 0xc0;
    [blue, green, red, pixel >> 12].map(|value| value as u8)
}
