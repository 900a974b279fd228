//! How alike two icons are.

use super::{Area, Areas, Icon};

/// Means of an area may differ by a fifth of what is possible.
const FAR: u16 = 255 / 5;
const FAR_COLOUR: u16 = 4072 / 5;

/// Percentage to which an icon is what a signature describes; none when that is not enough.
pub fn confidence(signature: &Icon, icon: &Icon) -> Option<u32> {
    if signature.side != icon.side {
        return None;
    }
    let colourless = [signature, icon].map(|icon| icon.coloured == 0);
    let reach = u32::from(icon.side) / 5;
    let score = |field: fn(&Icon) -> &Areas, far: u16| areas(field(signature), field(icon), reach, far);
    let bright = score(|icon| &icon.bright, FAR);
    let dark = score(|icon| &icon.dark, FAR);
    // In twelfths of a hundred times six.
    let (sum, enough) = if colourless == [true; 2] {
        let six = |first: fn(&Icon) -> &Areas, second: fn(&Icon) -> &Areas| {
            let [wanted, found] = [signature, icon].map(|icon| [*first(icon), *second(icon)].concat());
            areas(&wanted, &found, reach, FAR)
        };
        let edge = six(|icon| &icon.edge, |icon| &icon.colour);
        let plain = six(|icon| &icon.plain, |icon| &icon.grey);
        (2 * (bright + dark) + 4 * edge + 2 * plain, 70)
    } else {
        let enough = match icon.side {
            16 => 72,
            24 => 68,
            _ => 64,
        };
        let comparable = colourless == [false; 2];
        let colour = if comparable { score(|icon| &icon.colour, FAR_COLOUR) } else { 0 };
        let grey = if comparable { score(|icon| &icon.grey, FAR_COLOUR) } else { 0 };
        let edge = score(|icon| &icon.edge, FAR);
        let plain = score(|icon| &icon.plain, FAR);
        let spread = spread(signature, icon);
        (2 * (colour + dark + edge + spread) + (grey + bright + plain) * 4 / 3, enough)
    };
    Some(sum / 12).filter(|percent| *percent >= enough)
}

/// The mean over the icon's areas: hundred for one where the signature has one, less where it lies nearby.
fn areas(signature: &[Area], icon: &[Area], reach: u32, far: u16) -> u32 {
    let each = icon.iter().map(|found| {
        signature.iter().map(|wanted| near(*wanted, *found, reach, far)).max().unwrap_or_default()
    });
    each.sum::<u32>() / icon.len().max(1) as u32
}

fn near(one: Area, other: Area, reach: u32, far: u16) -> u32 {
    let (across, down) = (u32::from(one.x.abs_diff(other.x)), u32::from(one.y.abs_diff(other.y)));
    let distance = (across * across + down * down).isqrt();
    if one.mean.abs_diff(other.mean) > far || distance > reach {
        return 0;
    }
    100 - distance * 60 / reach.max(1)
}

/// Hundred for the same shares of colours, ten less in the mean for each percent of difference, in each share
/// at most a quarter of all.
fn spread(one: &Icon, other: &Icon) -> u32 {
    let near = |one: u8, other: u8| 10_u32.saturating_sub(one.abs_diff(other).into()) * 10;
    let shares: u32 = one.spread.iter().zip(&other.spread).map(|(one, other)| near(*one, *other)).sum();
    (shares + near(one.coloured, other.coloured)) / 4
}
