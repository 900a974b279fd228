//! ACE 1.0 and 2.0: members stored, of LZ77, or of blocks that change between LZ77, sound and pictures.
//!
//! Source: M. Lemke's "Technical information of the archiver ACE v1.2", and the package acefile for 2.0, which no
//! paper describes. In a solid archive the dictionary stays from member to member.

mod filter;
mod lz77;
mod picture;
mod sound;
mod tree;

use std::io;

use nacre_fmap::Fmap;

use crate::bits::Bits;
use crate::bounded::{Bound, Decoded, Input, Output, Status};
use crate::window::Window;
use filter::{Exe, interleave};
use lz77::Lz77;
use picture::Picture;
use sound::Sound;

/// The largest dictionary.
const DICTIONARY: usize = 1 << 22;

/// Bytes made in one step.
const STEP: u64 = 64 << 10;

/// One member of a run: where its data are, the size of its content, and its method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    pub start: u64,
    pub packed: u64,
    pub size: u64,
    pub method: Method,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Stored,
    Lz77,
    Blocked,
}

/// How the bytes up to the next change were made smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Lz77,
    /// Planes one after the other, as differences: their number, and the bytes that are rearranged at once.
    Delta {
        planes: usize,
        len: usize,
    },
    /// Targets of calls count from the start; whether those have 32 bits.
    Exe {
        wide: bool,
    },
    Sound(sound::Form),
    Picture,
}

impl Mode {
    fn read(bits: &mut Bits<'_, '_>) -> Result<Self, Status> {
        Ok(match bits.take(8)? {
            0 => Self::Lz77,
            1 => {
                let (planes, len) = (bits.take(8)? as usize, bits.take(17)? as usize);
                if planes == 0 || planes > len {
                    return Err(Status::Corrupt);
                }
                Self::Delta { planes, len }
            }
            2 => Self::Exe { wide: bits.take(8)? != 0 },
            3 => Self::Sound(sound::Form::Bits8),
            4 => Self::Sound(sound::Form::Bits16),
            5 => Self::Sound(sound::Form::Bits32A),
            6 => Self::Sound(sound::Form::Bits32B),
            7 => Self::Picture,
            _ => return Err(Status::Corrupt),
        })
    }
}

/// Decodes `members`, each standing on those before it, into one output, until one fails.
pub fn decode(source: &Fmap, members: &[Member], bound: &Bound<'_>) -> io::Result<Decoded> {
    let mut output = Output::new(bound);
    let mut window = Window::new(DICTIONARY);
    let mut status = Status::Done;
    for member in members {
        let packed = source.slice(member.start, member.packed);
        let mut input = Input::new(&packed);
        let end = output.len().saturating_add(member.size);
        if let Err(failed) = one(member.method, &mut input, &mut window, &mut output, end) {
            status = failed;
            break;
        }
    }
    output.finish(0, status)
}

fn one(
    method: Method,
    input: &mut Input<'_>,
    window: &mut Window,
    output: &mut Output,
    end: u64,
) -> Result<(), Status> {
    match method {
        Method::Stored => stored(input, window, output, end),
        Method::Lz77 => {
            let (mut bits, mut lz77) = (Bits::of_double_words(input), Lz77::default());
            while output.len() < end {
                let left = end - output.len();
                let result = lz77.read(&mut bits, window, left);
                window.spill(output)?;
                if result?.is_some() {
                    return Err(Status::Corrupt); // of 2.0
                }
            }
            Ok(())
        }
        Method::Blocked => {
            let mut blocks = Blocks {
                bits: Bits::of_double_words(input),
                lz77: Lz77::default(),
                exe: Exe::default(),
                last: 0,
                window,
                output,
                end,
            };
            let result = blocks.run();
            let rest = blocks.exe.take_rest();
            result.and(blocks.output.keep(&rest))
        }
    }
}

fn stored(input: &mut Input<'_>, window: &mut Window, output: &mut Output, end: u64) -> Result<(), Status> {
    while output.len() < end {
        let left = end - output.len();
        let piece = input.chunk();
        let piece = piece.get(..piece.len().min(left.min(STEP) as usize)).unwrap_or(piece);
        let count = piece.len();
        window.extend(piece);
        window.spill(output)?;
        if count == 0 {
            return Err(Status::Truncated);
        }
        input.advance(count);
    }
    Ok(())
}

/// A member of the blocked method on its way.
struct Blocks<'r, 'i, 'm> {
    bits: Bits<'i, 'm>,
    lz77: Lz77,
    exe: Exe,
    /// What the next difference is added to.
    last: u8,
    window: &'r mut Window,
    output: &'r mut Output,
    end: u64,
}

impl Blocks<'_, '_, '_> {
    fn run(&mut self) -> Result<(), Status> {
        let mut mode = Mode::Lz77;
        let mut sound = Sound::new(sound::Form::Bits8);
        let mut picture: Option<Picture> = None;
        while self.left() > 0 {
            if self.output.expired() {
                return Err(Status::Limit);
            }
            let next = match mode {
                Mode::Lz77 => self.plain()?,
                Mode::Exe { wide } => self.code(wide)?,
                Mode::Delta { planes, len } => self.differences(planes, len)?,
                Mode::Sound(_) => {
                    let most = self.left().min(STEP);
                    let mut made = Vec::new();
                    let result = sound.read(&mut self.bits, most, &mut made);
                    self.register(&made)?;
                    result?
                }
                Mode::Picture => {
                    let Some(picture) = picture.as_mut() else { return Err(Status::Corrupt) };
                    let (left, mut made) = (self.left(), Vec::new());
                    let result = picture.read(&mut self.bits, left.min(STEP), &mut made);
                    made.truncate(left.min(made.len() as u64) as usize);
                    self.register(&made)?;
                    result?
                }
            };
            let Some(next) = next else { continue };
            match next {
                Mode::Sound(form) if next != mode => sound = Sound::new(form),
                Mode::Picture if next != mode => picture = Some(Picture::begin(&mut self.bits)?),
                _ => {}
            }
            mode = next;
        }
        Ok(())
    }

    /// Bytes that are still to come; some may have been made already, and wait for those behind them.
    fn left(&self) -> u64 {
        self.end.saturating_sub(self.output.len()).saturating_sub(self.exe.rest().len() as u64)
    }

    fn plain(&mut self) -> Result<Option<Mode>, Status> {
        let left = self.left();
        self.flush()?;
        let result = self.lz77.read(&mut self.bits, self.window, left);
        self.window.spill(self.output)?;
        result
    }

    fn code(&mut self, wide: bool) -> Result<Option<Mode>, Status> {
        let left = self.left();
        let result = self.lz77.read(&mut self.bits, self.window, left);
        let done = self.exe.run(self.window.fresh(), self.output.len(), wide);
        self.window.forget();
        self.output.keep(&done)?;
        result
    }

    fn differences(&mut self, planes: usize, len: usize) -> Result<Option<Mode>, Status> {
        self.flush()?;
        let (mut made, mut next) = (Vec::with_capacity(len), None);
        while made.len() < len {
            let result = self.lz77.read(&mut self.bits, self.window, (len - made.len()) as u64);
            made.extend_from_slice(self.window.fresh());
            self.window.forget();
            if let Some(mode) = result? {
                if next.is_some() {
                    return Err(Status::Corrupt);
                }
                next = Some(mode);
                if made.is_empty() {
                    return Ok(next);
                }
            }
        }
        for byte in &mut made {
            self.last = self.last.wrapping_add(*byte);
            *byte = self.last;
        }
        let mut done = interleave(&made, planes);
        done.truncate(self.left().min(done.len() as u64) as usize);
        self.output.keep(&done)?;
        Ok(next)
    }

    /// Gives out, and keeps for copies, what another method than LZ77 made.
    fn register(&mut self, made: &[u8]) -> Result<(), Status> {
        self.flush()?;
        self.window.extend(made);
        self.window.spill(self.output)
    }

    /// Gives out what waits for the end of an instruction that does not come.
    fn flush(&mut self) -> Result<(), Status> {
        let rest = self.exe.take_rest();
        self.output.keep(&rest)
    }
}
