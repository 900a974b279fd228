//! Where decoded members go: one after the other into one output.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use super::source::Trail;
use crate::bounded::{Bound, Decoded, Output, Status};

/// What was decoded of one member: a place in the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    pub start: u64,
    pub size: u64,
    /// Whether the member was larger than one may be, so that nothing more of it was kept.
    pub cut: bool,
}

/// Collects the members of one run.
pub struct Collector {
    output: Output,
    pieces: Vec<Piece>,
    /// What one more member may have, and all that follow together.
    member_room: u64,
    room: u64,
    stopped: bool,
    trail: Trail,
    /// What may still come once the data are at their end.
    rest: u64,
}

impl Collector {
    /// Once `trail` is behind the end, only what a decoder may have kept back comes from data, so that no more
    /// than `rest` bytes are taken then.
    pub fn new(bound: &Bound<'_>, trail: Trail, rest: u64) -> Self {
        let (output, room) = (Output::new(bound), bound.max_output);
        Self { output, pieces: Vec::new(), member_room: 0, room, stopped: false, trail, rest }
    }

    /// Whether what came last came from behind the end of the data.
    pub fn is_behind(&self) -> bool {
        self.trail.is_behind()
    }

    /// Members begun so far.
    pub fn count(&self) -> usize {
        self.pieces.len()
    }

    /// Bytes kept so far.
    pub fn len(&self) -> u64 {
        self.output.len()
    }

    /// The member begun last, with its number.
    pub fn last(&self) -> Option<(usize, Piece)> {
        self.pieces.len().checked_sub(1).zip(self.pieces.last().copied())
    }

    /// A member comes next; `kept` is false when its bytes are only there for those that follow it.
    pub fn begin(&mut self, max_member: u64, kept: bool) {
        self.member_room = max_member;
        self.pieces.push(Piece { start: self.output.len(), size: 0, cut: !kept });
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), Status> {
        if self.output.expired() {
            return Err(Status::Limit);
        }
        let mut fits = (bytes.len() as u64).min(self.room) as usize;
        if self.trail.is_behind() {
            fits = fits.min(self.rest as usize);
            self.rest -= fits as u64;
        }
        let kept = (fits as u64).min(self.member_room) as usize;
        self.output.keep(bytes.get(..kept).unwrap_or_default())?;
        self.member_room -= kept as u64;
        self.room -= fits as u64;
        if let Some(piece) = self.pieces.last_mut() {
            piece.size += kept as u64;
            piece.cut |= kept < fits;
        }
        if fits == bytes.len() {
            return Ok(());
        }
        Err(if self.trail.is_behind() { Status::Truncated } else { Status::Limit })
    }

    /// Ends the run, which ended with `status` where nothing here ended it.
    pub fn finish(self, status: Status) -> io::Result<(Decoded, Vec<Piece>)> {
        let status = if self.stopped || self.output.expired() { Status::Limit } else { status };
        Ok((self.output.finish(0, status)?, self.pieces))
    }
}

/// The writer that a member is decoded to.
pub struct Sink(pub Rc<RefCell<Collector>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut collector = self.0.try_borrow_mut().map_err(io::Error::other)?;
        if let Err(status) = collector.take(bytes) {
            collector.stopped |= status != Status::Truncated;
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
