//! From a bitmap to its description.

use super::areas::{Wanted, areas, halves};
use super::bitmap::decode;
use super::edges::edges;
use super::scale::scale;
use super::{Icon, Pixel};

/// Saturation and brightness above which a pixel is coloured.
const COLOURED: u32 = 85;
/// An icon with a smaller percentage of coloured pixels is one without colours.
const FEW: usize = 6;

/// Describes the icon whose resource is `bytes`; none when it is not one that can be described.
pub fn describe(bytes: &[u8]) -> Option<Icon> {
    let (picture, side) = scale(decode(bytes)?)?;
    let pixels = &picture.pixels;
    let bright: Vec<u32> = pixels.iter().map(|pixel| brightness(*pixel)).collect();
    let edges = edges(&picture, side);
    let (edge, second_edge) = halves(areas(&edges, side, Wanted::Highest));
    let (plain, second_plain) = halves(areas(&edges, side, Wanted::Lowest));
    let mut icon = Icon {
        side: side as u8,
        bright: areas(&bright, side, Wanted::Highest),
        dark: areas(&bright, side, Wanted::Lowest),
        edge,
        plain,
        ..Icon::default()
    };
    let coloured: Vec<Pixel> = pixels.iter().copied().filter(|pixel| is_coloured(*pixel)).collect();
    let share = coloured.len() * 100 / (side * side);
    if share < FEW {
        icon.colour = second_edge;
        // The peer writes the places of the second edges here.
        icon.grey = second_plain;
        for (to, from) in icon.grey.iter_mut().zip(&second_edge) {
            (to.x, to.y) = (from.x, from.y);
        }
        return Some(icon);
    }
    let colour: Vec<u32> = pixels.iter().map(|pixel| colour(*pixel)).collect();
    icon.colour = areas(&colour, side, Wanted::Highest);
    icon.grey = areas(&colour, side, Wanted::Lowest);
    icon.coloured = share as u8;
    icon.spread = spread(&coloured);
    Some(icon)
}

fn brightness(pixel: Pixel) -> u32 {
    pixel.iter().copied().max().unwrap_or_default().into()
}

/// Difference between the strongest and the weakest channel.
fn chroma(pixel: Pixel) -> u32 {
    brightness(pixel) - u32::from(pixel.iter().copied().min().unwrap_or_default())
}

fn saturation(pixel: Pixel) -> u32 {
    (255 * chroma(pixel)).checked_div(brightness(pixel)).unwrap_or_default()
}

fn is_coloured(pixel: Pixel) -> bool {
    saturation(pixel) > COLOURED && brightness(pixel) > COLOURED
}

fn colour(pixel: Pixel) -> u32 {
    (f64::from(saturation(pixel)) * f64::from(brightness(pixel)).sqrt()) as u32
}

/// Mean shares of red, green and blue. On the circle of hues red, blue and green take turns every 60 degrees,
/// so that yellow is blue and cyan is red.
fn spread(coloured: &[Pixel]) -> [u8; 3] {
    let mut sums = [0_usize; 3];
    for pixel in coloured {
        let (main, other, distance) = hue(*pixel);
        let span = chroma(*pixel).max(1);
        let share = |distance: u32| (100 - distance * 100 / span) as usize;
        sums[main] += share(distance);
        sums[other] += share(span.saturating_sub(distance));
    }
    sums.map(|sum| (sum / coloured.len().max(1)) as u8)
}

/// The channel whose turn it is at the hue's strongest channel, that of the neighbour the hue leans to, and how
/// far it leans, in units of the chroma.
fn hue([red, green, blue]: Pixel) -> (usize, usize, u32) {
    const RED: usize = 0;
    const GREEN: usize = 1;
    const BLUE: usize = 2;
    let lean = |one: u8, other: u8| u32::from(one.abs_diff(other));
    let most = red.max(green).max(blue);
    if red == most {
        (RED, if green >= blue { BLUE } else { GREEN }, lean(green, blue))
    } else if green == most {
        (GREEN, if blue >= red { RED } else { BLUE }, lean(blue, red))
    } else {
        (BLUE, if red >= green { GREEN } else { RED }, lean(red, green))
    }
}
