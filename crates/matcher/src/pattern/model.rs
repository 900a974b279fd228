//! What a pattern is made of. Bytes are borrowed from the image, or owned right after parsing.

use std::borrow::Cow;

/// A pattern: parts in order, each but the first behind a gap.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Body<'a> {
    pub first: Part<'a>,
    pub rest: Vec<(Gap, Part<'a>)>,
}

/// How many bytes may lie between the end of one part and the start of the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Gap {
    pub min: u32,
    /// None is "any number". A maximum below the minimum is legal and never matches.
    pub max: Option<u32>,
}

/// Elements that follow each other without a gap, and conditions on what surrounds them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Part<'a> {
    pub before: Option<Lone>,
    pub left: Option<Class>,
    pub elements: Vec<Element<'a>>,
    pub right: Option<Boundary>,
    pub after: Option<Lone>,
}

/// A single byte at a distance of `min..=max` from the part, as written with `[min-max]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Lone {
    pub unit: Unit,
    pub min: u8,
    pub max: u8,
}

/// A byte of which the bits under `mask` are fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Unit {
    pub value: u8,
    pub mask: u8,
}

impl Unit {
    pub const ANY: Self = Self { value: 0, mask: 0 };

    #[inline]
    pub const fn accepts(self, byte: u8) -> bool {
        byte & self.mask == self.value
    }

    pub const fn is_fixed(self) -> bool {
        self.mask == 0xff
    }

    /// The same unit without regard to the case of an ASCII letter; nibble units have no case.
    pub const fn folded(self) -> Self {
        if self.is_fixed() && self.value.is_ascii_alphabetic() {
            return Self { value: self.value & !CASE, mask: !CASE };
        }
        self
    }
}

/// The bit in which an upper and a lower case ASCII letter differ.
pub(super) const CASE: u8 = 0x20;

/// `(B)`, `(L)` and `(W)`; the wide form of `(W)` judges two bytes, a letter and its zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Class {
    Word,
    Line,
    NonAlphanumeric,
    WideNonAlphanumeric,
}

/// A class with its sign. At the edge of a part it is a condition, inside it takes input; before a part
/// only a positive one is a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Boundary {
    pub class: Class,
    pub negated: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Element<'a> {
    /// Fixed bytes; with `fold` they are lower case and letters match in both cases.
    Literal { bytes: Cow<'a, [u8]>, fold: bool },
    /// This many bytes of any value.
    Any(u32),
    /// A byte with one fixed nibble.
    Masked(Unit),
    /// One byte that is (or, negated, is not) in a sorted list.
    Set { bytes: Cow<'a, [u8]>, negated: bool },
    /// `width` bytes that equal none of the members, which lie end to end.
    NoneOf { width: u32, members: Cow<'a, [u8]> },
    /// One of several sequences.
    Group(Group<'a>),
    /// A class that takes input.
    Class(Boundary),
}

/// Alternatives, and how long they are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Group<'a> {
    members: Vec<Vec<Element<'a>>>,
    span: Span,
}

impl<'a> Group<'a> {
    pub fn new(members: Vec<Vec<Element<'a>>>) -> Self {
        let spans = members.iter().map(|member| span_of(member));
        let widest = spans.reduce(|a, b| Span { min: a.min.min(b.min), max: a.max.max(b.max) });
        Self { members, span: widest.unwrap_or_default() }
    }

    pub fn members(&self) -> &[Vec<Element<'a>>] {
        &self.members
    }
}

/// The fewest and the most bytes that something takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Span {
    pub min: usize,
    pub max: usize,
}

impl Span {
    const fn exactly(n: usize) -> Self {
        Self { min: n, max: n }
    }

    pub const fn is_fixed(self) -> bool {
        self.min == self.max
    }
}

/// The span of elements that follow each other.
pub(super) fn span_of(elements: &[Element<'_>]) -> Span {
    elements.iter().fold(Span::default(), |sum, element| {
        let span = element.span();
        Span { min: sum.min.saturating_add(span.min), max: sum.max.saturating_add(span.max) }
    })
}

impl Element<'_> {
    pub fn span(&self) -> Span {
        match self {
            Self::Literal { bytes, .. } => Span::exactly(bytes.len()),
            Self::Any(n) => Span::exactly(*n as usize),
            Self::NoneOf { width, .. } => Span::exactly(*width as usize),
            Self::Class(Boundary { class: Class::Line, negated: false }) => Span { min: 1, max: 2 },
            Self::Masked(_) | Self::Set { .. } | Self::Class(_) => Span::exactly(1),
            Self::Group(group) => group.span,
        }
    }
}
