//! A layer as the reader that `rars` wants, with zeros behind its end, and a trail of where it was read.

use std::collections::VecDeque;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use nacre_fmap::Fmap;

/// How far behind the end of a layer headers are looked for: more than any member has.
pub const BEYOND: u64 = 1 << 48;

/// How far a member of which a part is in another volume may be read on.
pub const PADDING: u64 = 1 << 20;

/// How many places are remembered.
const PLACES: usize = 8;

/// The latest places that reading began at, and whether it went behind the end.
#[derive(Clone, Default)]
pub struct Trail {
    places: Arc<Mutex<VecDeque<u64>>>,
    behind: Arc<AtomicBool>,
}

impl Trail {
    /// The places, latest first.
    pub fn places(&self) -> Vec<u64> {
        self.places.lock().map(|places| places.iter().rev().copied().collect()).unwrap_or_default()
    }

    /// Forgets that reading went behind the end.
    pub fn renew(&self) {
        self.behind.store(false, Relaxed);
    }

    /// Whether zeros were read that are not in the layer.
    pub fn is_behind(&self) -> bool {
        self.behind.load(Relaxed)
    }

    fn add(&self, place: u64) {
        if let Ok(mut places) = self.places.lock() {
            if places.len() == PLACES {
                places.pop_front();
            }
            places.push_back(place);
        }
    }
}

/// Bytes that are read as others: headers' checksums that are wrong.
#[derive(Clone, Default)]
pub struct Patches(Vec<(u64, Vec<u8>)>);

impl Patches {
    pub fn count(&self) -> usize {
        self.0.len()
    }

    pub fn add(&mut self, at: u64, bytes: Vec<u8>) {
        self.0.push((at, bytes));
    }

    /// Puts what is patched into `bytes`, which were read at `at`.
    fn apply(&self, at: u64, bytes: &mut [u8]) {
        for (place, patch) in &self.0 {
            for (byte, place) in patch.iter().zip(*place..) {
                let within = place.checked_sub(at).and_then(|index| usize::try_from(index).ok());
                if let Some(patched) = within.and_then(|index| bytes.get_mut(index)) {
                    *patched = *byte;
                }
            }
        }
    }
}

/// The bytes of a layer, and zeros behind them up to `len`: a decoder that finds its data cut gives more of what
/// it has when it may go on.
pub struct Source {
    map: Fmap,
    len: u64,
    at: u64,
    deadline: Option<Instant>,
    trail: Trail,
    patches: Patches,
}

impl Source {
    pub fn new(map: Fmap, len: u64, deadline: Option<Instant>, trail: Trail, patches: Patches) -> Self {
        Self { map, len, at: 0, deadline, trail, patches }
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.trail.add(self.at);
        let room = self.len.saturating_sub(self.at).min(buffer.len() as u64) as usize;
        let wanted = buffer.get_mut(..room).unwrap_or_default();
        let got = self.map.read_at(self.at, wanted);
        self.patches.apply(self.at, wanted.get_mut(..got).unwrap_or_default());
        let behind = wanted.get_mut(got..).unwrap_or_default();
        if !behind.is_empty() {
            behind.fill(0);
            self.trail.behind.store(true, Relaxed);
        }
        self.at = self.at.saturating_add(room as u64);
        Ok(room)
    }
}

impl Seek for Source {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
        };
        self.at = place.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
