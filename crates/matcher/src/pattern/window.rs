//! A stretch of a layer's bytes, and what elements make of it.

use super::model::{Boundary, Class, Element};
use crate::steps::{Exhausted, Steps};

/// Bytes of a layer from `base` on. Positions are indexes into `bytes`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window<'w> {
    pub bytes: &'w [u8],
    pub base: u64,
    /// Length of the layer.
    pub total: u64,
}

/// Where a row of elements can end.
pub(super) enum Reach {
    Nowhere,
    At(usize),
    Several(Vec<usize>),
}

impl Window<'_> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    fn byte_before(&self, at: usize, distance: usize) -> Option<u8> {
        self.byte(at.checked_sub(distance)?)
    }

    fn is_start(&self, at: usize) -> bool {
        at == 0 && self.base == 0
    }

    fn is_end(&self, at: usize) -> bool {
        self.base + at as u64 >= self.total
    }

    /// Whether the condition of a class holds before `at`.
    pub fn holds_before(&self, class: Class, at: usize) -> bool {
        if self.is_start(at) {
            return true;
        }
        let Some(byte) = self.byte_before(at, 1) else { return false };
        match class {
            Class::Word => b" -/_.<@".contains(&byte),
            Class::Line => byte == b'\n',
            Class::NonAlphanumeric => !byte.is_ascii_alphanumeric(),
            Class::WideNonAlphanumeric => {
                let letter = self.byte_before(at, 2);
                byte != 0 || letter.is_none_or(|letter| !letter.is_ascii_alphanumeric())
            }
        }
    }

    /// Whether the condition holds from `at` on. A negated one is false where the layer ends.
    pub fn holds_after(&self, boundary: Boundary, at: usize) -> bool {
        if self.is_end(at) {
            return !boundary.negated;
        }
        let (Some(byte), next) = (self.byte(at), self.byte(at + 1)) else { return false };
        let holds = match boundary.class {
            Class::Word => b"\n\r \"'-/_=>".contains(&byte),
            Class::Line => byte == b'\n' || (byte == b'\r' && next == Some(b'\n')),
            Class::NonAlphanumeric => !byte.is_ascii_alphanumeric(),
            Class::WideNonAlphanumeric => !byte.is_ascii_alphanumeric() || next != Some(0),
        };
        holds != boundary.negated
    }

    /// Every place where `elements`, begun at `at`, can end; sorted.
    pub fn reach(
        &self,
        elements: &[Element<'_>],
        mut at: usize,
        steps: &mut Steps,
    ) -> Result<Reach, Exhausted> {
        for (index, element) in elements.iter().enumerate() {
            steps.charge(1)?;
            let span = element.span();
            if !span.is_fixed() {
                let rest = elements.get(index..).unwrap_or_default();
                return self.reach_several(rest, at, steps);
            }
            if !self.fits(element, at, steps)? {
                return Ok(Reach::Nowhere);
            }
            at += span.min;
        }
        Ok(Reach::At(at))
    }

    fn reach_several(
        &self,
        elements: &[Element<'_>],
        at: usize,
        steps: &mut Steps,
    ) -> Result<Reach, Exhausted> {
        let mut places = vec![at];
        let mut next = Vec::new();
        for element in elements {
            steps.charge(places.len() as u64)?;
            for at in places.drain(..) {
                self.extend(element, at, &mut next, steps)?;
            }
            if next.is_empty() {
                return Ok(Reach::Nowhere);
            }
            next.sort_unstable();
            next.dedup();
            std::mem::swap(&mut places, &mut next);
        }
        Ok(Reach::Several(places))
    }

    fn extend(
        &self,
        element: &Element<'_>,
        at: usize,
        ends: &mut Vec<usize>,
        steps: &mut Steps,
    ) -> Result<(), Exhausted> {
        match element {
            Element::Class(Boundary { class: Class::Line, negated: false }) => {
                match (self.byte(at), self.byte(at + 1)) {
                    (Some(b'\n'), _) => ends.push(at + 1),
                    (Some(b'\r'), Some(b'\n')) => ends.push(at + 2),
                    _ => {}
                }
            }
            Element::Group(group) if !element.span().is_fixed() => {
                for member in group.members() {
                    match self.reach(member, at, steps)? {
                        Reach::Nowhere => {}
                        Reach::At(end) => ends.push(end),
                        Reach::Several(several) => ends.extend(several),
                    }
                }
            }
            _ => {
                if self.fits(element, at, steps)? {
                    ends.push(at + element.span().min);
                }
            }
        }
        Ok(())
    }

    /// Whether an element of fixed length stands at `at`.
    fn fits(&self, element: &Element<'_>, at: usize, steps: &mut Steps) -> Result<bool, Exhausted> {
        let taken = |length: usize| self.bytes.get(at..at.checked_add(length)?);
        Ok(match element {
            Element::Literal { bytes, fold: false } => taken(bytes.len()) == Some(bytes),
            Element::Literal { bytes, fold: true } => {
                taken(bytes.len()).is_some_and(|taken| taken.eq_ignore_ascii_case(bytes))
            }
            Element::Any(n) => taken(*n as usize).is_some(),
            Element::Masked(unit) => self.byte(at).is_some_and(|byte| unit.accepts(byte)),
            Element::Set { bytes, negated } => {
                self.byte(at).is_some_and(|byte| bytes.contains(&byte) != *negated)
            }
            Element::NoneOf { width, members } => {
                let Some(taken) = taken(*width as usize) else { return Ok(false) };
                steps.charge(members.len() as u64 / 16)?;
                members.chunks(taken.len()).all(|member| member != taken)
            }
            Element::Class(Boundary { class, negated }) => {
                self.byte(at).is_some_and(|byte| takes(*class, byte) != *negated)
            }
            Element::Group(group) => {
                for member in group.members() {
                    if !matches!(self.reach(member, at, steps)?, Reach::Nowhere) {
                        return Ok(true);
                    }
                }
                false
            }
        })
    }
}

/// Whether a class inside a part takes this byte; a line end of two bytes is not looked at here.
fn takes(class: Class, byte: u8) -> bool {
    match class {
        Class::Word => b" -/_.<@\n\r\"'=>".contains(&byte),
        Class::Line => byte == b'\n',
        Class::NonAlphanumeric | Class::WideNonAlphanumeric => !byte.is_ascii_alphanumeric(),
    }
}
