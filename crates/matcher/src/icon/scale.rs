//! An icon brought to 16, 24 or 32 pixels.

use super::{Picture, Pixel};

/// The picture as it is described, and the length of its edge; none when it is too far from a square.
pub(super) fn scale(picture: Picture) -> Option<(Picture, usize)> {
    let (width, height) = (picture.width, picture.height);
    if width * 3 / 4 > height || height * 3 / 4 > width {
        return None;
    }
    if width == height && (width % 32 == 0 || width % 24 == 0) {
        let mut halved = picture;
        while halved.width > 32 {
            halved = half(&halved);
        }
        let side = halved.width;
        return Some((halved, side));
    }
    let far = |side: &usize| width.abs_diff(*side) + height.abs_diff(*side);
    let side = [16, 24, 32].into_iter().min_by_key(far)?;
    // Columns are rounded, rows are not.
    let column = |x: usize| (x * width + side / 2) / side;
    let scaled = Picture::collect(side, side, |x, y| picture.at(column(x).min(width - 1), y * height / side));
    Some((scaled, side))
}

fn half(picture: &Picture) -> Picture {
    Picture::collect(picture.width / 2, picture.height / 2, |x, y| {
        let row = |y: usize| mean(picture.at(2 * x, y), picture.at(2 * x + 1, y));
        mean(row(2 * y), row(2 * y + 1))
    })
}

fn mean(one: Pixel, other: Pixel) -> Pixel {
    std::array::from_fn(|channel| one[channel].midpoint(other[channel]))
}
