//! Icons: how a picture in a program is described, and how alike two descriptions are.
//!
//! An `.idb` line describes an icon by where, on 16, 24 or 32 pixels, its most and least coloured, brightest,
//! darkest, most and least structured areas lie, and by its share of red, green and blue. A program's icon is
//! described the same way, and matches when it is alike enough. Found out from what `ClamAV` 1.4.6 says about
//! icons made for it; each step here reproduces its results exactly, oddities included.

mod alike;
mod areas;
mod bitmap;
mod describe;
mod edges;
mod line;
mod scale;
mod table;

pub use alike::confidence;
pub use bitmap::LONGEST;
pub use describe::describe;
pub use table::{IconBuilder, IconTable};

/// A square of an icon and the mean over it of whatever it stands out by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Area {
    pub mean: u16,
    pub x: u8,
    pub y: u8,
}

/// Three areas, the most outstanding first.
pub type Areas = [Area; 3];

/// The description of an icon.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Icon {
    /// Edge in pixels; only icons of the same edge are compared.
    pub side: u8,
    /// The most coloured areas; of an icon without colours the next three edges.
    pub colour: Areas,
    /// The least coloured areas; of an icon without colours the next three plain ones.
    pub grey: Areas,
    pub bright: Areas,
    pub dark: Areas,
    pub edge: Areas,
    pub plain: Areas,
    /// Shares of red, green and blue among the coloured pixels, in percent.
    pub spread: [u8; 3],
    /// Percentage of coloured pixels; 0 is an icon without colours.
    pub coloured: u8,
}

/// A pixel: red, green, blue.
type Pixel = [u8; 3];

/// A picture, row by row from the top.
struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<Pixel>,
}

impl Picture {
    fn at(&self, x: usize, y: usize) -> Pixel {
        let inside = x < self.width && y < self.height;
        if inside { self.pixels.get(y * self.width + x).copied().unwrap_or_default() } else { [0; 3] }
    }

    fn collect(width: usize, height: usize, mut pixel: impl FnMut(usize, usize) -> Pixel) -> Self {
        let mut pixels = Vec::with_capacity(width * height);
        for y in 0..height {
            pixels.extend((0..width).map(|x| pixel(x, y)));
        }
        Self { width, height, pixels }
    }
}

#[cfg(test)]
mod tests;
