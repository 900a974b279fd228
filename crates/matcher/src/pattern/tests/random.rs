//! Random patterns of the whole language, and data that they hit, nearly hit and hit again and again.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::pattern::model::{Body, Boundary, Class, Element, Part};
use crate::pattern::{Modifiers, Pattern, parse};

const LETTERS: &[u8] = b"abcB";
const OTHERS: &[u8] = b"abcdAB \n\r-_1\0.";

fn byte() -> impl Strategy<Value = String> {
    select(LETTERS).prop_map(|byte| format!("{byte:02x}"))
}

fn unit() -> impl Strategy<Value = String> {
    prop_oneof![8 => byte(), 1 => Just("??".into()), 1 => Just("6?".into()), 1 => Just("?2".into())]
}

fn units(most: usize) -> impl Strategy<Value = String> {
    vec(unit(), 0..=most).prop_map(|units| units.concat())
}

fn block() -> impl Strategy<Value = String> {
    let set = vec(byte(), 1..4).prop_map(|members| members.join("|"));
    let pairs = vec(vec(byte(), 2).prop_map(|units| units.concat()), 1..3);
    let pairs = pairs.prop_map(|members| members.join("|"));
    let plain = (any::<bool>(), prop_oneof![set, pairs]);
    let plain = plain.prop_map(|(not, members)| format!("{}({members})", if not { "!" } else { "" }));
    let member = prop_oneof![3 => units(3), 1 => Just("(61|6263)62".into())];
    let free = vec(member, 1..4).prop_map(|members| format!("({})", members.join("|")));
    prop_oneof![plain, free]
}

fn class() -> impl Strategy<Value = String> {
    select(&["(B)", "(L)", "(W)", "!(B)", "!(L)", "!(W)"][..]).prop_map(String::from)
}

fn maybe<S: Strategy<Value = String>>(strategy: S) -> impl Strategy<Value = String> {
    prop_oneof![2 => Just(String::new()), 1 => strategy]
}

fn part() -> impl Strategy<Value = String> {
    let lone = || (unit(), 0..3_u32, 0..3_u32);
    let before = lone().prop_map(|(unit, n, m)| format!("{unit}[{n}-{}]", n + m));
    let after = lone().prop_map(|(unit, n, m)| format!("[{n}-{}]{unit}", n + m));
    let run = vec(byte(), 2..5).prop_map(|units| units.concat());
    let inner = (units(2), maybe(block()), run, maybe(block()), maybe(class()), units(2));
    let inner = inner.prop_map(|(a, b, c, d, e, f)| [a, b, c, d, e, f].concat());
    (maybe(before), maybe(class()), inner, maybe(class()), maybe(after))
        .prop_map(|(a, b, c, d, e)| [a, b, c, d, e].concat())
}

fn gap() -> impl Strategy<Value = String> {
    let (n, m) = (0..4_u32, 0..4_u32);
    prop_oneof![
        2 => Just("*".to_owned()),
        3 => (n.clone(), m).prop_map(|(n, m)| format!("{{{n}-{}}}", n + m)),
        1 => n.clone().prop_map(|n| format!("{{{n}-}}")),
        1 => n.clone().prop_map(|n| format!("{{-{n}}}")),
        1 => n.prop_map(|n| format!("{{{n}}}")),
    ]
}

/// A pattern of up to `parts` parts with its text; texts that the language refuses are thrown away.
pub fn pattern(parts: usize) -> impl Strategy<Value = (String, Pattern)> {
    let text = (part(), vec((gap(), part()), 0..parts));
    let modifiers = select(&["", "", "", "", "i", "w", "f", "a", "fw", "iw"][..]);
    (text, modifiers).prop_filter_map("refused", |((first, rest), modifiers)| {
        let rest: String = rest.into_iter().map(|(gap, part)| gap + &part).collect();
        let text = first + &rest;
        let parsed = parse(text.as_bytes(), Modifiers::parse(modifiers.as_bytes()).ok()?, 2).ok()?;
        Some((format!("{text}::{modifiers}"), parsed.into_iter().next()?))
    })
}

/// What data is made of, besides the pattern.
#[derive(Clone, Debug)]
pub enum Piece {
    /// The pattern as these choices fill it.
    Instance(u64),
    /// The same with one byte changed, dropped or put in.
    Near(u64),
    Noise(Vec<u8>),
    Row(u8, usize),
}

pub fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    let piece = prop_oneof![
        3 => any::<u64>().prop_map(Piece::Instance),
        3 => any::<u64>().prop_map(Piece::Near),
        1 => vec(select(OTHERS), 0..6).prop_map(Piece::Noise),
        1 => (select(LETTERS), 1..12_usize).prop_map(|(byte, n)| Piece::Row(byte, n)),
    ];
    vec(piece, 0..6)
}

pub fn data(pattern: &Pattern, pieces: &[Piece]) -> Vec<u8> {
    let mut data = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Instance(seed) => data.extend(Choices(*seed).body(&pattern.body)),
            Piece::Near(seed) => {
                let mut choices = Choices(*seed);
                let mut bytes = choices.body(&pattern.body);
                let at = choices.below(bytes.len());
                match choices.below(3) {
                    0 => bytes[at] = choices.of(OTHERS),
                    1 => bytes.insert(at, choices.of(OTHERS)),
                    _ => drop(bytes.remove(at)),
                }
                data.extend(bytes);
            }
            Piece::Noise(bytes) => data.extend(bytes),
            Piece::Row(byte, n) => data.extend(std::iter::repeat_n(*byte, *n)),
        }
    }
    data
}

/// A row of choices that a seed decides.
struct Choices(u64);

impl Choices {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n.max(1)
    }

    fn of(&mut self, bytes: &[u8]) -> u8 {
        bytes[self.below(bytes.len())]
    }

    fn noise(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.of(OTHERS)).collect()
    }

    fn body(&mut self, body: &Body<'_>) -> Vec<u8> {
        let mut out = self.part(&body.first);
        for (gap, part) in &body.rest {
            let min = gap.min as usize;
            let length = min + self.below(gap.max.map_or(6, |max| (max as usize).saturating_sub(min) + 2));
            out.extend(self.noise(length));
            out.extend(self.part(part));
        }
        out
    }

    fn part(&mut self, part: &Part<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        if let Some(lone) = part.before {
            out.push(lone.unit.value);
            let distance = usize::from(lone.min) + self.below(usize::from(lone.max - lone.min) + 1);
            out.extend(self.noise(distance));
        }
        if let Some(class) = part.left {
            out.extend(self.class(Boundary { class, negated: false }));
        }
        self.elements(&part.elements, &mut out);
        if let Some(class) = part.right {
            out.extend(self.class(class));
        }
        if let Some(lone) = part.after {
            let distance = usize::from(lone.min) + self.below(usize::from(lone.max - lone.min) + 1);
            out.extend(self.noise(distance));
            out.push(lone.unit.value);
        }
        out
    }

    fn class(&mut self, boundary: Boundary) -> Vec<u8> {
        match (boundary.class, self.below(3)) {
            _ if boundary.negated => b"a".to_vec(),
            (_, 0) => self.noise(1),
            (Class::Line, 1) => b"\r\n".to_vec(),
            (Class::Line, _) => b"\n".to_vec(),
            (Class::WideNonAlphanumeric, _) => b"-\0".to_vec(),
            _ => b"-".to_vec(),
        }
    }

    fn elements(&mut self, elements: &[Element<'_>], out: &mut Vec<u8>) {
        for element in elements {
            match element {
                Element::Literal { bytes, fold } => {
                    out.extend(bytes.iter().map(|byte| {
                        if *fold && self.below(2) == 0 { byte.to_ascii_uppercase() } else { *byte }
                    }));
                }
                Element::Any(n) => out.extend(self.noise(*n as usize)),
                Element::Masked(unit) => out.push(unit.value | (self.below(256) as u8 & !unit.mask)),
                Element::Set { bytes, negated: false } => out.push(self.of(bytes)),
                Element::Set { .. } => out.extend(self.noise(1)),
                Element::NoneOf { width, .. } => out.extend(self.noise(*width as usize)),
                Element::Class(class) => out.extend(self.class(*class)),
                Element::Group(group) => {
                    let member = self.below(group.members().len());
                    self.elements(&group.members()[member], out);
                }
            }
        }
    }
}
