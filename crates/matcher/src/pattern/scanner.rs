//! Finding one run of fixed bytes in a stretch of data, as fast as the machine reads.

use std::borrow::Cow;
use std::ops::ControlFlow;

use memchr::memmem::Finder;

use super::model::CASE;
use crate::steps::Exhausted;

/// Bytes of a run that are searched for; the rest is compared at the candidate.
const NEEDLE: usize = 64;
/// Places looked at together in a search without regard to case.
const BLOCK: usize = 64;

/// How much a byte of a run says about where it is: the rarer in files, the more.
pub(super) fn weight(run: &[u8], fold: bool) -> u32 {
    let mut previous = None;
    let mut sum = 0;
    for &byte in run.iter().take(NEEDLE) {
        if previous.replace(byte) != Some(byte) {
            sum += rarity(byte) - u32::from(fold && byte.is_ascii_alphabetic());
        }
    }
    sum
}

fn rarity(byte: u8) -> u32 {
    match byte {
        0 | 0xff | b' ' => 1,
        b'a'..=b'z' | 1..=8 | b'\n' | b'0'..=b'2' | 0x83 | 0x89 | 0x8b | 0xc0 | 0xe8 => 4,
        b'A'..=b'Z' | b'3'..=b'9' | 9..=0x1f | b'.' | b'/' | b'"' | b'=' | b'-' | b'_' => 5,
        _ => 7,
    }
}

/// A prepared search for one run.
pub(super) enum Scanner<'p> {
    Exact(Box<Finder<'p>>),
    Folded(Folded<'p>),
}

impl<'p> Scanner<'p> {
    pub fn new(run: &'p [u8], fold: bool) -> Self {
        let needle = run.get(..NEEDLE).unwrap_or(run);
        if fold { Self::Folded(Folded::new(needle)) } else { Self::Exact(Box::new(Finder::new(needle))) }
    }

    /// Calls `visit` with every place in `data` where the run may begin, in order.
    pub fn each<F>(&self, data: &[u8], mut visit: F) -> Result<(), Exhausted>
    where
        F: FnMut(usize) -> Result<ControlFlow<()>, Exhausted>,
    {
        let mut from = 0;
        while let Some(rest) = data.get(from..) {
            let found = match self {
                Self::Exact(finder) => finder.find(rest),
                Self::Folded(folded) => folded.find(rest),
            };
            let Some(at) = found else { break };
            if visit(from + at)?.is_break() {
                break;
            }
            from += at + 1;
        }
        Ok(())
    }
}

/// A search that takes letters in both cases: two telling bytes first, then all of them.
pub(super) struct Folded<'p> {
    needle: Cow<'p, [u8]>,
    first: Probe,
    second: Probe,
}

#[derive(Clone, Copy)]
struct Probe {
    at: usize,
    value: u8,
    case: u8,
}

impl Probe {
    fn new(at: usize, value: u8) -> Self {
        Self { at, value, case: if value.is_ascii_alphabetic() { CASE } else { 0 } }
    }

    #[inline]
    fn accepts(self, byte: u8) -> bool {
        byte | self.case == self.value
    }
}

impl<'p> Folded<'p> {
    fn new(needle: &'p [u8]) -> Self {
        let mut places: Vec<usize> = (0..needle.len()).collect();
        let byte = |at: usize| needle.get(at).copied().unwrap_or_default();
        places.sort_by_key(|&at| std::cmp::Reverse(rarity(byte(at))));
        let first = places.first().copied().unwrap_or_default();
        let other = places.iter().copied().find(|&at| byte(at) != byte(first));
        let second = other.or(places.get(1).copied()).unwrap_or(first);
        let probe = |at| Probe::new(at, byte(at));
        Self { needle: needle.into(), first: probe(first), second: probe(second) }
    }

    fn find(&self, data: &[u8]) -> Option<usize> {
        let places = (data.len() + 1).checked_sub(self.needle.len())?;
        let first = data.get(self.first.at..)?.get(..places)?;
        let second = data.get(self.second.at..)?.get(..places)?;
        let mut blocks = first.chunks(BLOCK).zip(second.chunks(BLOCK)).enumerate();
        blocks.find_map(|(block, (first, second))| {
            if !self.may_hold(first, second) {
                return None;
            }
            (block * BLOCK..block * BLOCK + first.len()).find(|&at| {
                let taken = data.get(at..at + self.needle.len());
                taken.is_some_and(|taken| taken.eq_ignore_ascii_case(&self.needle))
            })
        })
    }

    /// Whether both telling bytes agree at some place of a block. Written so that it is compiled to vectors.
    #[inline]
    fn may_hold(&self, first: &[u8], second: &[u8]) -> bool {
        let (Ok(first), Ok(second)) = (<&[u8; BLOCK]>::try_from(first), <&[u8; BLOCK]>::try_from(second))
        else {
            return true;
        };
        let mut hit = 0;
        for (a, b) in first.iter().zip(second) {
            hit |= u8::from(self.first.accepts(*a)) & u8::from(self.second.accepts(*b));
        }
        hit != 0
    }
}
