//! Where an icon has structure: the gradient of each pixel's distance from mid grey.

use super::{Picture, Pixel};

/// CIE 1976 L*a*b* of a pixel (sRGB, D65).
fn lab(pixel: Pixel) -> [f64; 3] {
    let [red, green, blue] = pixel.map(|value| {
        let value = f64::from(value) / 255.0;
        if value > 0.04045 { ((value + 0.055) / 1.055).powf(2.4) } else { value / 12.92 }
    });
    let x = red * 0.4124 + green * 0.3576 + blue * 0.1805;
    let y = red * 0.2126 + green * 0.7152 + blue * 0.0722;
    let z = red * 0.0193 + green * 0.1192 + blue * 0.9505;
    let [x, y, z] = [x / 0.95047, y, z / 1.08883]
        .map(|value: f64| if value > 0.008_856 { value.cbrt() } else { 7.787 * value + 16.0 / 116.0 });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// The gradient at each pixel, 255 at most, softened. The outermost pixels have none.
pub(super) fn edges(picture: &Picture, side: usize) -> Vec<u32> {
    let middle = lab([127; 3]);
    let distance: Vec<f64> = picture
        .pixels
        .iter()
        .map(|pixel| {
            lab(*pixel).iter().zip(&middle).map(|(one, other)| (one - other).powi(2)).sum::<f64>().sqrt()
        })
        .collect();
    let at = |x: usize, y: usize| distance.get(y * side + x).copied().unwrap_or_default();
    let mut strength = vec![0_u32; side * side];
    for y in 1..side - 1 {
        for x in 1..side - 1 {
            let across = at(x + 1, y - 1) + 2.0 * at(x + 1, y) + at(x + 1, y + 1)
                - at(x - 1, y - 1)
                - 2.0 * at(x - 1, y)
                - at(x - 1, y + 1);
            let down = at(x - 1, y + 1) + 2.0 * at(x, y + 1) + at(x + 1, y + 1)
                - at(x - 1, y - 1)
                - 2.0 * at(x, y - 1)
                - at(x + 1, y - 1);
            strength[y * side + x] = (across * across + down * down).sqrt() as u32;
        }
    }
    let most = strength.iter().copied().max().unwrap_or_default();
    if most == 0 {
        // The peer then goes on with what it keeps there: the pixels' blue.
        let blue = picture.pixels.iter().enumerate().map(|(at, pixel)| {
            let (x, y) = (at % side, at / side);
            let inside = (1..side - 1).contains(&x) && (1..side - 1).contains(&y);
            if inside { u32::from(pixel[2]) } else { 0 }
        });
        return soften(&blue.collect::<Vec<_>>(), side);
    }
    for value in &mut strength {
        *value = *value * 255 / most;
    }
    soften(&strength, side)
}

/// A quarter, a half, a quarter, of each row; then of each column, from what is already softened above.
fn soften(values: &[u32], side: usize) -> Vec<u32> {
    let mut soft = values.to_vec();
    for (to, from) in soft.chunks_exact_mut(side).zip(values.chunks_exact(side)) {
        for (to, around) in to.iter_mut().skip(1).zip(from.windows(3)) {
            *to = (around[0] + 2 * around[1] + around[2]) / 4;
        }
    }
    for at in side..side * (side - 1) {
        soft[at] = (soft[at - side] + 2 * soft[at] + soft[at + side]) / 4;
    }
    soft
}
