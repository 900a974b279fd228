//! Items to elements in their one canonical form, so that equal patterns are equal bytes in the image.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::model::{Element, Group, Unit};
use super::parse::Item;

/// Joins neighbours: fixed bytes to literals, wild bytes to one skip.
pub(super) fn elements(items: Vec<Item>, nocase: bool) -> Vec<Element<'static>> {
    let mut elements = Vec::new();
    for item in items {
        let element = match item {
            Item::Unit(Unit::ANY) => Element::Any(1),
            Item::Unit(unit) if unit.is_fixed() => literal(vec![unit.value]),
            Item::Unit(unit) => Element::Masked(unit),
            Item::Wild(n) => Element::Any(n),
            Item::Block { element, .. } => element,
        };
        append(&mut elements, element);
    }
    for element in &mut elements {
        fold(element, nocase);
    }
    elements
}

/// A block of any alternatives; `members` are lowered already.
pub(super) fn group(mut members: Vec<Vec<Element<'static>>>) -> Element<'static> {
    if let Some(bytes) = single_bytes(&members) {
        return set(&bytes, false);
    }
    let mut seen = std::collections::HashSet::new();
    members.retain(|member| seen.insert(member.clone()));
    Element::Group(Group::new(members))
}

/// A block of plain bytes, all `width` long.
pub(super) fn fixed(width: usize, members: BTreeSet<Vec<u8>>, negated: bool) -> Element<'static> {
    if width == 1 {
        let bytes: BTreeSet<u8> = members.into_iter().flatten().collect();
        return set(&bytes, negated);
    }
    if negated {
        let members: Vec<u8> = members.into_iter().flatten().collect();
        return Element::NoneOf { width: width as u32, members: members.into() };
    }
    let members: Vec<_> = members.into_iter().map(|bytes| vec![literal(bytes)]).collect();
    Element::Group(Group::new(members))
}

fn literal(bytes: Vec<u8>) -> Element<'static> {
    Element::Literal { bytes: bytes.into(), fold: false }
}

fn set(bytes: &BTreeSet<u8>, negated: bool) -> Element<'static> {
    let bytes: Vec<u8> = bytes.iter().copied().collect();
    match (bytes.as_slice(), negated) {
        (&[byte], false) => literal(vec![byte]),
        _ if bytes.len() == 256 && !negated => Element::Any(1),
        _ => Element::Set { bytes: bytes.into(), negated },
    }
}

/// The bytes that a block takes, when each of its alternatives is exactly one byte.
fn single_bytes(members: &[Vec<Element<'static>>]) -> Option<BTreeSet<u8>> {
    let mut all = BTreeSet::new();
    for member in members {
        match member.as_slice() {
            [Element::Literal { bytes, fold }] => {
                let &[byte] = bytes.as_ref() else { return None };
                all.insert(byte);
                if *fold {
                    all.insert(byte.to_ascii_uppercase());
                }
            }
            [Element::Set { bytes, negated: false }] => all.extend(bytes.iter().copied()),
            [Element::Masked(unit)] => all.extend((0..=255).filter(|byte| unit.accepts(*byte))),
            [Element::Any(1)] => all.extend(0..=255),
            _ => return None,
        }
    }
    Some(all)
}

fn append(elements: &mut Vec<Element<'static>>, next: Element<'static>) {
    match (elements.last_mut(), &next) {
        (Some(Element::Literal { bytes, fold: false }), Element::Literal { bytes: more, fold: false }) => {
            bytes.to_mut().extend_from_slice(more);
        }
        (Some(Element::Any(n)), Element::Any(more)) => *n = n.saturating_add(*more),
        _ => elements.push(next),
    }
}

fn fold(element: &mut Element<'static>, nocase: bool) {
    if let Element::Literal { bytes, fold } = element
        && nocase
        && bytes.iter().any(u8::is_ascii_alphabetic)
    {
        *fold = true;
        *bytes = Cow::Owned(bytes.to_ascii_lowercase());
    }
}
