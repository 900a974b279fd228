//! What every decoder stands on: input by windows, output with a bound, one loop between them.

use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Instant;

use nacre_fmap::{Fmap, Spool};

use crate::checksum::{Checksum, Sum};

/// Output that grows beyond this moves from memory to an unnamed temporary file.
const MEMORY: u64 = 8 << 20;

/// Input window over a layer that is not in memory.
const WINDOW: u64 = 256 << 10;

/// Output of one step. A decoder that fails loses nothing it wrote here.
const SCRATCH: u64 = 64 << 10;

/// How a decoding ended. What was produced before stays, whatever the status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The stream's own end was reached.
    Done,
    /// The input ended first.
    Truncated,
    /// The stream contradicts its specification.
    Corrupt,
    /// The output bound or the deadline was reached.
    Limit,
    /// The declared dictionary or window is larger than this decoder gives anyone.
    Window,
    /// The temporary file could not be written.
    Storage,
    /// The stream's own end was reached, and its content has another checksum than it says.
    Checksum,
}

impl Status {
    /// The word that crosses to Python.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Truncated => "truncated",
            Self::Corrupt => "corrupt",
            Self::Limit => "limit",
            Self::Window => "window",
            Self::Storage => "storage",
            Self::Checksum => "checksum",
        }
    }
}

/// What one decoding may cost.
#[derive(Clone, Copy)]
pub struct Bound<'a> {
    /// Most bytes of output.
    pub max_output: u64,
    /// Where output beyond a few MiB is kept.
    pub directory: &'a Path,
    /// When to stop, whatever was reached.
    pub deadline: Option<Instant>,
}

/// A decoded stream.
pub struct Decoded {
    pub data: Fmap,
    /// Input bytes that belong to the stream, its trailer included; deflate64 leaves out up to three.
    pub consumed: u64,
    pub status: Status,
}

/// A piece of a stream, and the size of what it holds.
pub struct Piece {
    pub bytes: Vec<u8>,
    pub size: usize,
}

/// A cursor over a layer; reads a large file window by window.
pub struct Input<'a> {
    map: &'a Fmap,
    at: u64,
    window: Vec<u8>,
    window_start: u64,
}

impl<'a> Input<'a> {
    pub fn new(map: &'a Fmap) -> Self {
        Self { map, at: 0, window: Vec::new(), window_start: 0 }
    }

    /// Offset of the next byte.
    pub fn position(&self) -> u64 {
        self.at
    }

    /// Goes to `position`, beyond the end if it is.
    pub fn seek(&mut self, position: u64) {
        self.at = position;
    }

    pub fn advance(&mut self, count: usize) {
        self.at = self.at.saturating_add(count as u64);
    }

    /// Some of the bytes from here on; empty only at the end.
    pub fn chunk(&mut self) -> &[u8] {
        if let Some(memory) = self.map.memory() {
            return memory.get(usize::try_from(self.at).unwrap_or(usize::MAX)..).unwrap_or(&[]);
        }
        let inside = |start: u64, len: usize| (start..start.saturating_add(len as u64)).contains(&self.at);
        if !inside(self.window_start, self.window.len()) {
            let want = self.map.len().saturating_sub(self.at).min(WINDOW);
            self.window.resize(want as usize, 0);
            let got = self.map.read_at(self.at, &mut self.window);
            self.window.truncate(got);
            self.window_start = self.at;
        }
        self.window.get((self.at - self.window_start) as usize..).unwrap_or(&[])
    }

    /// The next byte.
    #[inline]
    pub fn byte(&mut self) -> Option<u8> {
        let byte = *self.chunk().first()?;
        self.advance(1);
        Some(byte)
    }

    /// The next piece of a stream that its container cut: its size, the size of what it holds or 0, its bytes.
    /// Nothing at the end, and nothing, without moving, where none is whole.
    pub fn piece(&mut self) -> Option<Piece> {
        let start = self.at;
        let piece = self.whole_piece();
        if piece.is_none() {
            self.at = start;
        }
        piece
    }

    fn whole_piece(&mut self) -> Option<Piece> {
        let packed = u32::from_le_bytes(self.take()?);
        let size = u32::from_le_bytes(self.take()?) as usize;
        if u64::from(packed) > self.map.len().saturating_sub(self.at) {
            return None;
        }
        let mut bytes = vec![0; packed as usize];
        self.read_exact(&mut bytes).ok()?;
        Some(Piece { bytes, size })
    }

    /// The next `N` bytes, or nothing when there are fewer.
    pub fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        self.read_exact(&mut bytes).ok()?;
        Some(bytes)
    }

    /// The next `N` bytes without moving.
    pub fn peek<const N: usize>(&mut self) -> Option<[u8; N]> {
        let at = self.at;
        let bytes = self.take();
        self.at = at;
        bytes
    }

    /// Bytes from here to the end.
    pub fn left(&self) -> u64 {
        self.map.len().saturating_sub(self.at)
    }

    pub fn at_end(&self) -> bool {
        self.at >= self.map.len()
    }
}

impl Read for Input<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let piece = self.chunk();
        let count = piece.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), piece.get(..count)) {
            to.copy_from_slice(from);
        }
        self.advance(count);
        Ok(count)
    }
}

/// Where output goes: at most `max_output` bytes of it.
pub struct Output {
    spool: Spool,
    room: u64,
    deadline: Option<Instant>,
    scratch: Vec<u8>,
    sum: Option<Sum>,
}

impl Output {
    pub fn new(bound: &Bound<'_>) -> Self {
        Self {
            spool: Spool::new(bound.directory.to_path_buf(), MEMORY),
            room: bound.max_output,
            deadline: bound.deadline,
            // One byte more than may be kept shows that there is more.
            scratch: vec![0; bound.max_output.saturating_add(1).min(SCRATCH) as usize],
            sum: None,
        }
    }

    /// Bytes kept so far.
    pub fn len(&self) -> u64 {
        self.spool.len()
    }

    /// True once the deadline is over.
    pub fn expired(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Keeps `piece` as far as there is room; a status means that decoding ends here.
    pub fn keep(&mut self, piece: &[u8]) -> Result<(), Status> {
        let fits = (piece.len() as u64).min(self.room) as usize;
        let kept = piece.get(..fits).unwrap_or(piece);
        self.spool.write_all(kept).map_err(|_| Status::Storage)?;
        if let Some(sum) = &mut self.sum {
            sum.update(kept);
        }
        self.room = self.room.saturating_sub(fits as u64);
        if fits < piece.len() { Err(Status::Limit) } else { Ok(()) }
    }

    /// Begins a checksum of what is kept from now on.
    pub fn sum(&mut self, kind: Checksum) {
        self.sum = Some(Sum::new(kind));
    }

    /// The checksum since it was begun.
    pub fn summed(&self) -> Option<u32> {
        self.sum.as_ref().map(Sum::value)
    }

    fn keep_scratch(&mut self, from: usize, to: usize) -> Result<(), Status> {
        let scratch = std::mem::take(&mut self.scratch);
        let kept = self.keep(scratch.get(from..to).unwrap_or(&[]));
        self.scratch = scratch;
        kept
    }

    /// Copies what `reader` gives until it ends or fails.
    pub fn drain(&mut self, reader: &mut impl Read) -> Result<(), Status> {
        loop {
            if self.expired() {
                return Err(Status::Limit);
            }
            match reader.read(&mut self.scratch) {
                Ok(0) => return Ok(()),
                Ok(count) => self.keep_scratch(0, count)?,
                Err(error) => return Err(status_of(&error)),
            }
        }
    }

    /// Ends the output.
    pub fn finish(self, consumed: u64, status: Status) -> io::Result<Decoded> {
        Ok(Decoded { data: self.spool.into_fmap()?, consumed, status })
    }
}

/// What an error of a reading decoder means.
pub fn status_of(error: &io::Error) -> Status {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Status::Truncated,
        io::ErrorKind::OutOfMemory => Status::Window,
        _ => Status::Corrupt,
    }
}

/// Where a decoder stands after one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    More,
    End,
    Failed(Status),
}

/// What one step took and gave.
pub struct Step {
    pub consumed: usize,
    pub produced: usize,
    pub progress: Progress,
}

/// A decoder that is pushed: bytes in, bytes out, as far as either reaches.
pub trait Stream {
    /// Most input to offer in one step; small where a failing step loses its output.
    const OFFER: usize = usize::MAX;

    /// Decodes some of `input` into `output`. An empty input says that nothing follows.
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step;
}

/// Runs one stream from `input` to its end; an error is any other end than its own.
pub fn pump<S: Stream>(stream: &mut S, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    pump_from(stream, input, output, &mut Replay { until: None, kept: 0 })
}

/// The same for a stream whose failing step loses its output: after damage it is run again, byte by byte where
/// it failed, so that what can be decoded before that is kept. Returns the stream.
pub fn pump_twice<S: Stream>(
    make: impl Fn() -> Result<S, Status>,
    input: &mut Input<'_>,
    output: &mut Output,
) -> Result<S, Status> {
    let (start, before) = (input.position(), output.len());
    let mut stream = make()?;
    match pump(&mut stream, input, output) {
        Ok(()) => return Ok(stream),
        Err(Status::Corrupt) => {}
        Err(status) => return Err(status),
    }
    let until = input.position().saturating_sub(S::OFFER as u64).max(start);
    let kept = output.len().saturating_sub(before);
    input.seek(start);
    pump_from(&mut make()?, input, output, &mut Replay { until: Some(until), kept })?;
    Err(Status::Corrupt)
}

/// Runs another stream over input whose first `kept` bytes of output are there already.
pub fn pump_over<S: Stream>(
    stream: &mut S,
    kept: u64,
    input: &mut Input<'_>,
    output: &mut Output,
) -> Result<(), Status> {
    pump_from(stream, input, output, &mut Replay { until: None, kept })
}

/// What a second run over the same input passes over.
struct Replay {
    /// From this position on bytes are offered one by one, if from any.
    until: Option<u64>,
    /// Bytes of output that the first run kept.
    kept: u64,
}

impl Replay {
    fn offer<S: Stream>(&self, position: u64) -> usize {
        let Some(until) = self.until else { return S::OFFER };
        let left = usize::try_from(until.saturating_sub(position)).unwrap_or(usize::MAX);
        left.clamp(1, S::OFFER)
    }

    /// How many of `produced` bytes were kept before.
    fn pass_over(&mut self, produced: usize) -> usize {
        let over = usize::try_from(self.kept).unwrap_or(usize::MAX).min(produced);
        self.kept = self.kept.saturating_sub(over as u64);
        over
    }
}

fn pump_from<S: Stream>(
    stream: &mut S,
    input: &mut Input<'_>,
    output: &mut Output,
    replay: &mut Replay,
) -> Result<(), Status> {
    loop {
        if output.expired() {
            return Err(Status::Limit);
        }
        let offer = replay.offer::<S>(input.position());
        let piece = input.chunk();
        let piece = piece.get(..piece.len().min(offer)).unwrap_or(piece);
        let last = piece.is_empty();
        let step = stream.step(piece, &mut output.scratch);
        input.advance(step.consumed);
        output.keep_scratch(replay.pass_over(step.produced), step.produced)?;
        match step.progress {
            Progress::End => return Ok(()),
            Progress::Failed(Status::Corrupt) if last => return Err(Status::Truncated),
            Progress::Failed(status) => return Err(status),
            Progress::More if step.consumed == 0 && step.produced == 0 => {
                return Err(if last { Status::Truncated } else { Status::Corrupt });
            }
            Progress::More => {}
        }
    }
}
