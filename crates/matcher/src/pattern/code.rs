//! A pattern as bytes of the signature image, and back.
//!
//! ```text
//! pattern = part (gap part)*          part = [left] [lone] element+ [right] [lone]
//! head    = kind << 5 | n             n = 1..31; 0: a number follows that is 32 or more
//! number  = LEB128
//! literal = head bytes                runs of a pattern lie in the image as they are searched
//! ```
//! Decoding trusts nothing: what does not hold together is None.

use std::borrow::Cow;

use super::model::{Body, Boundary, Class, Element, Gap, Group, Lone, Part, Unit};
use crate::leb128;

const LITERAL: u8 = 0;
const FOLDED: u8 = 1;
const ANY: u8 = 2;
const MASKED: u8 = 3;
const SET: u8 = 4;
const NOT_SET: u8 = 5;
const GROUP: u8 = 6;
/// The rest, told apart by `n`.
const OTHER: u8 = 7;

const GAP_FROM: u32 = 1;
const GAP_RANGE: u32 = 2;
const NONE_OF: u32 = 3;
const LONE_BEFORE: u32 = 4;
const LONE_AFTER: u32 = 5;
/// A class has three bits: class and sign.
const CLASS_INSIDE: u32 = 8;
const CLASS_LEFT: u32 = 16;
const CLASS_RIGHT: u32 = 24;

/// Deeper blocks than the language allows (16) are refused before they cost stack.
const MAX_NESTING: usize = 20;
/// No pattern that a signature line can hold is longer than this.
const MAX_SPAN: u32 = 1 << 22;

pub(super) fn encode(body: &Body<'_>, out: &mut Vec<u8>) {
    encode_part(&body.first, out);
    for (gap, part) in &body.rest {
        match gap.max {
            None => {
                head(out, OTHER, GAP_FROM);
                leb128::put(out, gap.min);
            }
            Some(max) => {
                head(out, OTHER, GAP_RANGE);
                leb128::put(out, gap.min);
                leb128::put(out, max);
            }
        }
        encode_part(part, out);
    }
}

fn encode_part(part: &Part<'_>, out: &mut Vec<u8>) {
    if let Some(class) = part.left {
        head(out, OTHER, CLASS_LEFT + class_bits(Boundary { class, negated: false }));
    }
    if let Some(lone) = part.before {
        encode_lone(LONE_BEFORE, lone, out);
    }
    encode_elements(&part.elements, out);
    if let Some(class) = part.right {
        head(out, OTHER, CLASS_RIGHT + class_bits(class));
    }
    if let Some(lone) = part.after {
        encode_lone(LONE_AFTER, lone, out);
    }
}

fn encode_lone(code: u32, lone: Lone, out: &mut Vec<u8>) {
    head(out, OTHER, code);
    out.extend([lone.unit.value, lone.unit.mask, lone.min, lone.max]);
}

fn encode_elements(elements: &[Element<'_>], out: &mut Vec<u8>) {
    for element in elements {
        match element {
            Element::Literal { bytes, fold } => bytes_of(out, if *fold { FOLDED } else { LITERAL }, bytes),
            Element::Any(n) => head(out, ANY, *n),
            Element::Masked(unit) => {
                head(out, MASKED, 1);
                out.extend([unit.value, unit.mask]);
            }
            Element::Set { bytes, negated } => bytes_of(out, if *negated { NOT_SET } else { SET }, bytes),
            Element::NoneOf { width, members } => {
                head(out, OTHER, NONE_OF);
                leb128::put(out, *width);
                leb128::put(out, members.len() as u32);
                out.extend_from_slice(members);
            }
            Element::Class(class) => head(out, OTHER, CLASS_INSIDE + class_bits(*class)),
            Element::Group(group) => {
                head(out, GROUP, group.members().len() as u32);
                let mut code = Vec::new();
                for member in group.members() {
                    code.clear();
                    encode_elements(member, &mut code);
                    leb128::put(out, code.len() as u32);
                    out.extend_from_slice(&code);
                }
            }
        }
    }
}

fn bytes_of(out: &mut Vec<u8>, kind: u8, bytes: &[u8]) {
    head(out, kind, bytes.len() as u32);
    out.extend_from_slice(bytes);
}

fn head(out: &mut Vec<u8>, kind: u8, n: u32) {
    if (1..32).contains(&n) {
        out.push(kind << 5 | n as u8);
    } else {
        out.push(kind << 5);
        leb128::put(out, n);
    }
}

fn class_bits(boundary: Boundary) -> u32 {
    let class = match boundary.class {
        Class::Word => 0,
        Class::Line => 1,
        Class::NonAlphanumeric => 2,
        Class::WideNonAlphanumeric => 3,
    };
    class << 1 | u32::from(boundary.negated)
}

fn class_of(bits: u32) -> Boundary {
    let class = match bits >> 1 & 3 {
        0 => Class::Word,
        1 => Class::Line,
        2 => Class::NonAlphanumeric,
        _ => Class::WideNonAlphanumeric,
    };
    Boundary { class, negated: bits & 1 != 0 }
}

pub(super) fn decode(code: &[u8]) -> Option<Body<'_>> {
    let mut reader = Reader { code };
    let (first, mut gap) = reader.part()?;
    let mut rest = Vec::new();
    while let Some(before) = gap {
        let part;
        (part, gap) = reader.part()?;
        rest.push((before, part));
    }
    Some(Body { first, rest })
}

struct Reader<'a> {
    code: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: u32) -> Option<&'a [u8]> {
        let (taken, rest) = self.code.split_at_checked(count as usize)?;
        self.code = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.code.split_first()?;
        self.code = rest;
        Some(*byte)
    }

    fn number(&mut self) -> Option<u32> {
        leb128::take(&mut self.code)
    }

    fn head(&mut self) -> Option<(u8, u32)> {
        let byte = self.byte()?;
        let n = match byte & 31 {
            0 => self.number()?,
            n => u32::from(n),
        };
        Some((byte >> 5, n))
    }

    /// A part, and the gap behind it unless it is the last one.
    fn part(&mut self) -> Option<(Part<'a>, Option<Gap>)> {
        let mut part = Part::default();
        while !self.code.is_empty() {
            match self.head()? {
                (OTHER, GAP_FROM) => {
                    return Some((part, Some(Gap { min: self.number()?, max: None })));
                }
                (OTHER, GAP_RANGE) => {
                    let (min, max) = (self.number()?, Some(self.number()?));
                    return Some((part, Some(Gap { min, max })));
                }
                (OTHER, LONE_BEFORE) => part.before = Some(self.lone()?),
                (OTHER, LONE_AFTER) => part.after = Some(self.lone()?),
                (OTHER, n @ CLASS_LEFT..CLASS_RIGHT) => part.left = Some(class_of(n).class),
                (OTHER, n @ CLASS_RIGHT..32) => part.right = Some(class_of(n)),
                (kind, n) => part.elements.push(self.element(kind, n, 0)?),
            }
        }
        Some((part, None))
    }

    fn lone(&mut self) -> Option<Lone> {
        match self.take(4)? {
            &[value, mask, min, max] => Some(Lone { unit: Unit { value, mask }, min, max }),
            _ => None,
        }
    }

    fn element(&mut self, kind: u8, n: u32, depth: usize) -> Option<Element<'a>> {
        Some(match (kind, n) {
            (LITERAL | FOLDED, _) => {
                Element::Literal { bytes: Cow::Borrowed(self.take(n)?), fold: kind == FOLDED }
            }
            (ANY, ..=MAX_SPAN) => Element::Any(n),
            (MASKED, 1) => match self.take(2)? {
                &[value, mask] => Element::Masked(Unit { value, mask }),
                _ => return None,
            },
            (SET | NOT_SET, _) => {
                Element::Set { bytes: Cow::Borrowed(self.take(n)?), negated: kind == NOT_SET }
            }
            (GROUP, _) if depth < MAX_NESTING => self.group(n, depth + 1)?,
            (OTHER, NONE_OF) => {
                let width = self.number().filter(|width| (1..=MAX_SPAN).contains(width))?;
                let length = self.number()?;
                Element::NoneOf { width, members: Cow::Borrowed(self.take(length)?) }
            }
            (OTHER, CLASS_INSIDE..CLASS_LEFT) => Element::Class(class_of(n)),
            _ => return None,
        })
    }

    fn group(&mut self, count: u32, depth: usize) -> Option<Element<'a>> {
        let mut members = Vec::new();
        for _ in 0..count {
            let length = self.number()?;
            let mut inner = Reader { code: self.take(length)? };
            let mut elements = Vec::new();
            while !inner.code.is_empty() {
                let (kind, n) = inner.head()?;
                elements.push(inner.element(kind, n, depth)?);
            }
            members.push(elements);
        }
        Some(Element::Group(Group::new(members)))
    }
}
