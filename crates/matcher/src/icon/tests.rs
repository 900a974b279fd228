#![allow(clippy::unwrap_used, clippy::format_collect)]

use proptest::prelude::*;

use super::{Area, Areas, Icon, confidence, describe};

/// Pseudo-random bytes; the generator is the test's own, so that the icons below never change.
fn noise(seed: u32, len: usize) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        (state >> 16) as u8
    };
    (0..len).map(|_| next()).collect()
}

/// An icon resource with noise for a palette, for rows, each byte of which is repeated `coarse` times across and
/// down, and for a mask, an eighth of it set.
struct Made {
    width: usize,
    height: usize,
    bits: usize,
    seed: u32,
    grey: bool,
    coarse: usize,
}

impl Made {
    const fn new(width: usize, height: usize, bits: usize, seed: u32, coarse: usize) -> Self {
        Self { width, height, bits, seed, grey: false, coarse }
    }

    const fn grey(seed: u32, bits: usize, coarse: usize) -> Self {
        Self { width: 16, height: 16, bits, seed, grey: true, coarse }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = header(self.width as u32, 2 * self.height as u32, self.bits as u16, 0);
        let mut palette = noise(self.seed, if self.bits <= 8 { 4 << self.bits } else { 0 });
        if self.grey {
            palette.chunks_exact_mut(4).for_each(|colour| colour.fill(colour[0]));
        }
        bytes.extend(palette);
        let stride = (self.width * self.bits).div_ceil(32) * 4;
        let rows = noise(self.seed + 1, stride * self.height);
        for y in 0..self.height {
            bytes.extend((0..stride).map(|x| rows[y / self.coarse * stride + x / self.coarse]));
        }
        let mask = noise(self.seed + 2, self.width.div_ceil(32) * 4 * self.height);
        let before = |at: usize, back: usize| mask[(at + mask.len() - back) % mask.len()];
        bytes.extend((0..mask.len()).map(|at| mask[at] & before(at, 1) & before(at, 2)));
        bytes
    }

    /// As `bytes`, but with `count` bytes inverted from `at`.
    fn changed(&self, at: usize, count: usize) -> Vec<u8> {
        let mut bytes = self.bytes();
        bytes[at..at + count].iter_mut().for_each(|byte| *byte ^= 255);
        bytes
    }
}

fn header(width: u32, height: u32, bits: u16, colours: u32) -> Vec<u8> {
    let mut bytes: Vec<u8> = [40, width, height].iter().flat_map(|number| number.to_le_bytes()).collect();
    bytes.extend([1, 0]);
    bytes.extend(bits.to_le_bytes());
    bytes.extend([0; 16]);
    bytes.extend(colours.to_le_bytes());
    bytes.extend([0; 4]);
    bytes
}

/// The description as an `.idb` line has it.
fn line(icon: &Icon) -> String {
    let wide = |areas: &Areas| -> String {
        areas.iter().map(|area| format!("{:03x}{:02x}{:02x}", area.mean, area.x, area.y)).collect()
    };
    let narrow = |areas: &Areas| -> String {
        areas.iter().map(|area| format!("{:02x}{:02x}{:02x}", area.mean, area.x, area.y)).collect()
    };
    let areas = [&icon.bright, &icon.dark, &icon.edge, &icon.plain].map(narrow).concat();
    let [red, green, blue] = icon.spread;
    let shares = format!("{red:02x}{green:02x}{blue:02x}{:02x}", icon.coloured);
    format!("{:02x}{}{}{areas}{shares}", icon.side, wide(&icon.colour), wide(&icon.grey))
}

/// Icons and their descriptions as `clamscan --debug` of `ClamAV` 1.4.6 prints them.
const DESCRIBED: [(Made, &str); 17] = [
    (
        Made::new(16, 16, 1, 1, 1),
        "109dd0400986040794d08075c508005f701046280604f10400f00207ef0807\
         d3070ad50303db0800890303860a028209073700004c0600530006000a5a5c",
    ),
    (
        Made::new(16, 16, 4, 2, 1),
        "10c1e0a02bf00909bdc0100861050a91205059310004dd0709d90002d80306\
         a60705a6030ab003008a0a08650609650a022c00003507003b00082e2c0957",
    ),
    (
        Made::grey(3, 4, 1),
        "1006609050540901052020703c090503f09010510207ad0202a30a079f0409\
         6107006806046b0107860203830a0a6c060a2800002a000a35050000000000",
    ),
    (
        Made::new(16, 16, 8, 4, 4),
        "10d610401cd00a04bf100082ef040b6e0080878a0407f30808ef0a04ee0400\
         7400008e000499040b8a02096f060b6b0904120000200600240a0b1120325a",
    ),
    (
        Made::grey(5, 8, 4),
        "100580a02055020504d060302b0a0203702050400603d70400be0404a90804\
         2700042c040b36080085030972010166090a2205002308062a090000000000",
    ),
    (
        Made::new(16, 16, 24, 6, 6),
        "10072020106a01090550907045020104701090550907b10200a80600930105\
         370909490a00560805bd03058a05097f09011f0a0b360000400a0500000000",
    ),
    (
        Made::new(16, 16, 32, 7, 4),
        "10048090103004000170000030090103a04000480000de0a04de050bdc0604\
         c30400c50a08c802047f020b7b07085c03041700002500042c050000000000",
    ),
    (
        Made::new(24, 24, 8, 8, 4),
        "18a980801a8f0e0ea6800104d30f0061e0a086c50202ec100ee50800e20006\
         9908119a010ca41006740f103d010f330203120d00150a0917081124231c55",
    ),
    (
        Made::new(32, 32, 8, 9, 4),
        "20c5a040cab40804aa9140c654161068b00037040c0fe90814e7030cdf0c0c\
         9d0404ad1004b700165f030b550113431609241411260b00260000241c2457",
    ),
    (
        Made::new(48, 48, 8, 10, 6),
        "18c300906bab090cb07000056503095a7090068f0310f00909dd0306d20f11\
         9a0f009e03009f091182100f7507076101102a0c002d000835000016282556",
    ),
    (
        Made::new(20, 18, 4, 11, 2),
        "10a8e0a0b975040b95409065c1090168b000b6b40507e60300e5020be40606\
         9802059e0509a4000172020a6e0a026c0303210000300600320005301e1657",
    ),
    (
        Made::new(40, 36, 24, 12, 6),
        "2006d150205f0a1705b021704b150204e0a1705a0217b20a0bad0603ad0314\
         6a12166b1106710817830707750b0f74020f2d12113c0007480c0000000000",
    ),
    (
        Made::new(72, 72, 8, 13, 6),
        "1295703029350b078e208034fc010d51200005d00707dd080bd40c00d30b06\
         970408a70c0dab04048c09048c09097e040120000032000d380004201e264d",
    ),
    (
        Made::new(16, 16, 16, 20, 1),
        "1098a0603972090b8da000a4ae040b67a09076a90304e50606db0201d9030a\
         ac0a01b10206b300006f020a6609075c02032500002906002d00072024204b",
    ),
    (
        Made::new(32, 32, 16, 21, 4),
        "20a7214149c504109760a0058e0c1759900075a10317e20010dc160fdb0e10\
         a01200ae1014b300177a01137812136316032c0f002e07173100001c2a1d49",
    ),
    (
        Made::new(40, 40, 16, 22, 2),
        "208e3141080e05167e30f0755c0505599140163e080dd50817d2000dcb1317\
         ad0a07b3150ab9141273150c7114146f09043e130042000a4e000019242645",
    ),
    // There is no place left for a sixth plain area.
    (
        Made::grey(17, 4, 3),
        "10048030604603010270a0001f03060380301fff0a00d808099a040a940a04\
         2d00003e05015602075e0a04540a0a51030b10000213070717070000000000",
    ),
];

#[test]
fn icons_are_described_as_the_peer_does() {
    for (made, expected) in DESCRIBED {
        let icon = describe(&made.bytes()).unwrap();
        assert_eq!(line(&icon), expected, "{} x {}, {} bits", made.width, made.height, made.bits);
    }
}

#[test]
fn colours_are_shared_as_the_peer_does() {
    for ([red, green, blue], expected) in [
        ([100, 0, 255], [0, 40, 61]),
        ([0, 100, 255], [40, 0, 61]),
        ([255, 0, 100], [61, 40, 0]),
        ([255, 100, 0], [61, 0, 40]),
        ([100, 255, 0], [0, 61, 40]),
        ([0, 255, 100], [40, 61, 0]),
    ] {
        let rows = [blue, green, red].repeat(256);
        let icon = describe(&[header(16, 32, 24, 0), rows, vec![0; 64]].concat()).unwrap();
        assert_eq!((icon.spread, icon.coloured), (expected, 100), "{red} {green} {blue}");
    }
}

#[test]
fn icons_are_scaled_to_the_nearest_side() {
    for (width, height, side) in [
        (20, 20, 16),
        (20, 21, 24),
        (28, 28, 24),
        (24, 32, 24),
        (24, 33, 24),
        (25, 32, 32),
        (33, 24, 24),
        (33, 25, 32),
        (256, 200, 32),
    ] {
        let icon = describe(&Made::new(width, height, 8, 1, 4).bytes()).unwrap();
        assert_eq!(icon.side, side, "{width} x {height}");
    }
}

#[test]
fn confidence_is_the_peers() {
    // What is changed in the icon, for the signature, and what `clamscan --debug` then prints about the icon.
    let pairs = [
        (Made::new(16, 16, 8, 4, 4), 5, 3, Some(99)),
        (Made::new(16, 16, 8, 4, 4), 30, 8, Some(83)),
        (Made::new(16, 16, 8, 4, 4), 20, 30, Some(79)),
        (Made::new(16, 16, 8, 4, 4), 20, 80, None),
        (Made::new(24, 24, 8, 8, 4), 30, 8, Some(99)),
        (Made::new(24, 24, 8, 8, 4), 20, 30, Some(97)),
        (Made::new(24, 24, 8, 8, 4), 20, 80, Some(75)),
        (Made::new(32, 32, 8, 9, 4), 5, 3, Some(99)),
        (Made::new(32, 32, 8, 9, 4), 20, 80, Some(87)),
        (Made::new(16, 16, 4, 2, 1), 30, 8, Some(88)),
        (Made::new(16, 16, 4, 2, 1), 20, 30, None),
        (Made::new(16, 16, 4, 2, 1), -1, 12, Some(75)),
        (Made::grey(5, 8, 4), 0, 0, Some(83)),
        (Made::grey(5, 8, 4), 30, 8, Some(79)),
        (Made::grey(5, 8, 4), 20, 30, None),
        (Made::grey(5, 8, 4), -1, 48, Some(77)),
        (Made::grey(3, 4, 1), 30, 8, Some(75)),
        (Made::grey(3, 4, 1), 20, 80, None),
        (Made::grey(3, 4, 1), -1, 12, Some(71)),
    ];
    for (made, at, count, expected) in pairs {
        let data = 40 + (4 << made.bits);
        let at = if at < 0 { 40 } else { data + at as usize };
        let signature = describe(&made.changed(at, count)).unwrap();
        let icon = describe(&made.bytes()).unwrap();
        assert_eq!(confidence(&signature, &icon), expected, "{}, {count} from {at}", made.seed);
    }
}

#[test]
fn icons_of_different_sides_are_never_alike() {
    let [small, large] = [24, 32].map(|edge| describe(&Made::new(edge, edge, 8, 1, 4).bytes()).unwrap());
    assert_eq!(confidence(&small, &small), Some(100));
    assert_eq!(confidence(&small, &large), None);
}

#[test]
fn what_cannot_be_described_is_not() {
    assert_eq!(describe(b"\x89PNG\r\n\x1a\n"), None);
    for (width, height, bits) in [(15, 15, 8), (257, 257, 1), (16, 24, 8), (16, 16, 2)] {
        assert_eq!(
            describe(&Made::new(width, height, bits, 1, 1).bytes()),
            None,
            "{width} x {height}, {bits} bits"
        );
    }
    let made = Made::new(16, 16, 8, 1, 1).bytes();
    assert_eq!(describe(&made[..made.len() - 1]), None, "the mask is cut");
    let mut few = made.clone();
    few[32] = 5;
    assert_eq!(describe(&few), describe(&made), "the number of colours does not count");
    let no_alpha = |mask: Vec<u8>| [header(16, 32, 32, 0), [7, 80, 9, 0].repeat(256), mask].concat();
    let plain = describe(&no_alpha(vec![0; 64])).unwrap();
    assert_eq!(describe(&no_alpha(vec![255; 63])), Some(plain), "without a whole mask there is none");
    assert_eq!(describe(&no_alpha(vec![])[..1063]), None);
}

fn bytes_like_an_icon() -> impl Strategy<Value = Vec<u8>> {
    let edge = prop_oneof![0_u32..300, any::<u32>()];
    let height = prop_oneof![0_u32..600, any::<u32>()];
    let bits = prop_oneof![prop::sample::select(vec![1_u16, 4, 8, 16, 24, 32]), any::<u16>()];
    let colours = prop_oneof![0_u32..300, any::<u32>()];
    (edge, height, bits, colours, 0_usize..9000, any::<u32>()).prop_map(
        |(width, height, bits, colours, len, seed)| {
            let mut bytes = header(width, height, bits, colours);
            bytes.extend(noise(seed, len));
            bytes
        },
    )
}

fn any_icon() -> impl Strategy<Value = Icon> {
    let area = || (any::<u16>(), any::<u8>(), any::<u8>()).prop_map(|(mean, x, y)| Area { mean, x, y });
    let areas = || [area(), area(), area()];
    let fields = [areas(), areas(), areas(), areas(), areas(), areas()];
    (prop_oneof![Just(32_u8), any::<u8>()], fields, any::<[u8; 3]>(), any::<u8>()).prop_map(
        |(side, [colour, grey, bright, dark, edge, plain], spread, coloured)| Icon {
            side,
            colour,
            grey,
            bright,
            dark,
            edge,
            plain,
            spread,
            coloured,
        },
    )
}

/// Every area lies within the icon; no mean is more than can be, or than an area that was not found has.
fn is_bounded(icon: &Icon) -> bool {
    let side = icon.side;
    let inside = |areas: &Areas, most: u16| {
        let bound = side - side / 4;
        areas.iter().all(|area| area.mean <= most && area.x < bound && area.y < bound)
    };
    let bright = [&icon.bright, &icon.dark, &icon.edge, &icon.plain];
    (16..=32).contains(&side)
        && [&icon.colour, &icon.grey].iter().all(|areas| inside(areas, 4095))
        && bright.iter().all(|areas| inside(areas, 255))
        && icon.spread.iter().map(|share| u32::from(*share)).sum::<u32>() <= 103
        && icon.coloured <= 100
}

proptest! {
    #[test]
    fn any_bytes_are_described_within_bounds_or_not_at_all(
        bytes in prop_oneof![bytes_like_an_icon(), prop::collection::vec(any::<u8>(), 0..2000)],
    ) {
        if let Some(icon) = describe(&bytes) {
            prop_assert!(is_bounded(&icon), "{:?}", icon);
            prop_assert!(confidence(&icon, &icon).is_none_or(|percent| percent <= 100));
        }
    }

    #[test]
    fn made_icons_of_any_size_are_described_within_bounds(
        width in 16_usize..=256,
        height in 16_usize..=256,
        bits in prop::sample::select(vec![1_usize, 4, 8, 16, 24, 32]),
        seed in 0_u32..1000,
        coarse in 1_usize..40,
    ) {
        let icon = describe(&Made::new(width, height, bits, seed, coarse).bytes());
        prop_assert!(icon.is_none_or(|icon| is_bounded(&icon)));
    }

    #[test]
    fn any_descriptions_are_compared(one in any_icon(), other in any_icon()) {
        prop_assert!(confidence(&one, &other).is_none_or(|percent| (64..=100).contains(&percent)));
    }
}
