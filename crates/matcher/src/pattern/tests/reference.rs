//! The simplest matcher that can be right: every place, every way, over the whole data at once.

use std::collections::{BTreeMap, BTreeSet};

use crate::offset::Starts;
use crate::pattern::model::{Body, Boundary, Class, Element, Part, span_of};

/// The starts of all matches, in the order in which they are counted.
pub fn matches(body: &Body<'_>, data: &[u8], starts: &Starts) -> Vec<u64> {
    let mut beginnings: Option<BTreeMap<usize, u64>> = None;
    let mut gap = None;
    let last = body.rest.len();
    let parts = std::iter::once((None, &body.first));
    let parts = parts.chain(body.rest.iter().map(|(gap, part)| (Some(*gap), part)));
    let mut counted = Vec::new();
    for (number, (before, part)) in parts.enumerate() {
        gap = before.or(gap);
        let beginning = |start: usize| match (&beginnings, gap) {
            (Some(ends), Some(gap)) => {
                let fits = |end: usize| {
                    let distance = start.checked_sub(end);
                    distance.is_some_and(|distance| {
                        distance >= gap.min as usize && gap.max.is_none_or(|max| distance <= max as usize)
                    })
                };
                ends.iter().find(|(end, _)| fits(**end)).map(|(_, beginning)| *beginning)
            }
            _ => starts.allows(start as u64).then_some(start as u64),
        };
        let mut reached: BTreeMap<usize, u64> = BTreeMap::new();
        let mut last_counted = None;
        for (all_starts, all_ends) in places(part, data) {
            let valid = |start: &usize| beginning(*start).map(|beginning| (*start, beginning));
            if number == last {
                let later = |start: &&usize| last_counted.is_none_or(|last| **start > last);
                if let Some((start, beginning)) = all_starts.iter().filter(later).find_map(valid) {
                    last_counted = Some(start);
                    counted.push(beginning);
                }
            } else if let Some(first) = all_starts.iter().filter_map(valid).map(|(_, b)| b).min() {
                for end in all_ends {
                    let known = reached.entry(end).or_insert(first);
                    *known = first.min(*known);
                }
            }
        }
        beginnings = Some(reached);
    }
    counted
}

/// For each place of the part's longest run: where the part can start and end around it.
fn places(part: &Part<'_>, data: &[u8]) -> Vec<(BTreeSet<usize>, BTreeSet<usize>)> {
    let length = |element: &Element<'_>| match element {
        Element::Literal { bytes, .. } => bytes.len(),
        _ => 0,
    };
    let anchor = (0..part.elements.len()).rev().max_by_key(|&index| length(&part.elements[index]));
    let anchor = anchor.unwrap_or(0);
    let (head, tail) = part.elements.split_at(anchor);
    let reach = span_of(head).max;
    let mut found = Vec::new();
    for at in 0..data.len() {
        let ends: BTreeSet<usize> = ends(tail, data, at)
            .into_iter()
            .filter(|&end| part.right.is_none_or(|right| after(right, data, end)))
            .filter(|&end| {
                part.after.is_none_or(|lone| {
                    (lone.min..=lone.max)
                        .any(|n| data.get(end + usize::from(n)).is_some_and(|byte| lone.unit.accepts(*byte)))
                })
            })
            .collect();
        let starts: BTreeSet<usize> = (at.saturating_sub(reach)..=at)
            .filter(|&start| self::ends(head, data, start).contains(&at))
            .filter(|&start| part.left.is_none_or(|left| before(left, data, start)))
            .filter(|&start| {
                part.before.is_none_or(|lone| {
                    (lone.min..=lone.max).any(|n| {
                        let lone_at = start.checked_sub(1 + usize::from(n));
                        lone_at.is_some_and(|at| lone.unit.accepts(data[at]))
                    })
                })
            })
            .collect();
        if !starts.is_empty() && !ends.is_empty() {
            found.push((starts, ends));
        }
    }
    found
}

fn ends(elements: &[Element<'_>], data: &[u8], at: usize) -> BTreeSet<usize> {
    let Some((first, rest)) = elements.split_first() else { return BTreeSet::from([at]) };
    let lengths: Vec<usize> = match first {
        Element::Literal { bytes, fold } => {
            let text = data.get(at..at + bytes.len());
            let same = text.is_some_and(|text| {
                text.iter().zip(bytes.iter()).all(|(a, b)| a == b || (*fold && a.to_ascii_lowercase() == *b))
            });
            if same { vec![bytes.len()] } else { vec![] }
        }
        Element::Any(n) => vec![*n as usize],
        Element::Masked(unit) => {
            data.get(at).filter(|byte| unit.accepts(**byte)).map(|_| 1).into_iter().collect()
        }
        Element::Set { bytes, negated } => {
            data.get(at).filter(|byte| bytes.contains(byte) != *negated).map(|_| 1).into_iter().collect()
        }
        Element::NoneOf { width, members } => {
            let width = *width as usize;
            let text = data.get(at..at + width);
            let none = text.is_some_and(|text| members.chunks(width).all(|member| member != text));
            if none { vec![width] } else { vec![] }
        }
        Element::Group(group) => {
            let all = group.members().iter().flat_map(|member| ends(member, data, at));
            all.map(|end| end - at).collect()
        }
        Element::Class(Boundary { class, negated }) => match (class, data.get(at..)) {
            (_, None | Some([])) => vec![],
            (Class::Line, Some([b'\r', b'\n', ..])) if !negated => vec![2],
            (Class::Line, Some([byte, ..])) => vec![1; usize::from((*byte == b'\n') != *negated)],
            (Class::Word, Some([byte, ..])) => {
                let inside = LEFT.contains(byte) || RIGHT.contains(byte);
                vec![1; usize::from(inside != *negated)]
            }
            (_, Some([byte, ..])) => vec![1; usize::from(byte.is_ascii_alphanumeric() == *negated)],
        },
    };
    let next = lengths.into_iter().map(|length| at + length).filter(|next| *next <= data.len());
    next.flat_map(|next| ends(rest, data, next)).collect()
}

const LEFT: &[u8] = b" -/_.<@";
const RIGHT: &[u8] = b"\n\r \"'-/_=>";

fn before(class: Class, data: &[u8], at: usize) -> bool {
    match (class, &data[..at]) {
        (_, []) => true,
        (Class::Word, [.., byte]) => LEFT.contains(byte),
        (Class::Line, [.., byte]) => *byte == b'\n',
        (Class::NonAlphanumeric, [.., byte]) => !byte.is_ascii_alphanumeric(),
        (Class::WideNonAlphanumeric, [.., letter, 0]) => !letter.is_ascii_alphanumeric(),
        (Class::WideNonAlphanumeric, _) => true,
    }
}

fn after(boundary: Boundary, data: &[u8], at: usize) -> bool {
    let holds = match (boundary.class, &data[at..]) {
        (_, []) => return !boundary.negated,
        (Class::Word, [byte, ..]) => RIGHT.contains(byte),
        (Class::Line, text) => text.starts_with(b"\n") || text.starts_with(b"\r\n"),
        (Class::NonAlphanumeric, [byte, ..]) => !byte.is_ascii_alphanumeric(),
        (Class::WideNonAlphanumeric, [letter, 0, ..]) => !letter.is_ascii_alphanumeric(),
        (Class::WideNonAlphanumeric, _) => true,
    };
    holds != boundary.negated
}
