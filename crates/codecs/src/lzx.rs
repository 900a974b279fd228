//! LZX ([MS-PATCH], [MS-CAB] and the CHM form): LZ77 with three remembered distances, Huffman codes, and
//! calls of x86 programs made absolute. For cabinets, CHM and WIM.
//!
//! The stream is cut into frames of 32 KiB of output, each beginning a word. At a reset, all but the window
//! starts anew, so that decoding may begin there.
//!
//! WIM ([MS-WIM], "LZX with 32 KiB chunks") cuts its content into chunks that are streams of their own and one
//! frame each; blocks tell their size in another way there, and calls are always translated.

use std::ops::Range;

use nacre_fmap::Fmap;

use crate::bits::Bits;
use crate::bounded::{Input, Output, Status};
use crate::huffman::Huffman;
use crate::window::{Window, through};

/// Windows that are defined.
pub const WINDOW_BITS: std::ops::RangeInclusive<u32> = 15..=21;

const FRAME: u64 = 32 << 10;
/// Calls are translated up to here; the format's own limit.
const TRANSLATED: u64 = FRAME << 15;

const LITERALS: usize = 256;
const SLOTS: usize = 50;
const LENGTHS: usize = 249;
const SHORTEST: usize = 2;
/// Lengths in a match's own symbol; the last one says that a length symbol follows.
const LENGTH_HEADERS: u16 = 8;

/// What a container says of its LZX stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    pub window_bits: u32,
    /// Bytes of output from one reset to the next, 0 without.
    pub reset: u64,
    /// Bytes of output.
    pub size: u64,
}

enum Kind {
    Verbatim,
    Aligned,
    Uncompressed,
}

/// What is forgotten at a reset.
struct State {
    kind: Kind,
    /// Bytes to come in this block; if it is uncompressed and odd, a byte follows.
    left: u64,
    odd: bool,
    recent: [usize; 3],
    main: Huffman,
    main_lengths: Vec<u8>,
    length: Huffman,
    length_lengths: Vec<u8>,
    aligned: Huffman,
    /// Size to which calls were made relative; 0 for none.
    calls: i32,
    begun: bool,
}

impl State {
    fn new(slots: usize) -> Self {
        Self {
            kind: Kind::Verbatim,
            left: 0,
            odd: false,
            recent: [1; 3],
            main: Huffman::new(),
            main_lengths: vec![0; LITERALS + slots * usize::from(LENGTH_HEADERS)],
            length: Huffman::new(),
            length_lengths: vec![0; LENGTHS],
            aligned: Huffman::new(),
            calls: 0,
            begun: false,
        }
    }
}

pub fn decode(form: Form, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    if !WINDOW_BITS.contains(&form.window_bits) || !form.reset.is_multiple_of(FRAME) {
        return Err(Status::Corrupt);
    }
    let window = Window::new(1 << form.window_bits);
    through(window, output, |window, output| run(form, input, window, output))
}

/// Calls in a WIM are made relative to this size.
const WIM_CALLS: i32 = 12_000_000;

/// Decodes a chunk of a WIM, `size` bytes, and keeps what it made before an error.
pub fn chunk(window_bits: u32, packed: &Fmap, size: usize) -> (Vec<u8>, Result<(), Status>) {
    if !WINDOW_BITS.contains(&window_bits) || size > 1 << window_bits {
        return (Vec::new(), Err(Status::Corrupt));
    }
    let mut window = Window::new(1 << window_bits);
    let mut input = Input::new(packed);
    let result = run_chunk(window_bits, size, &mut input, &mut window);
    let mut made = window.fresh().to_vec();
    made.truncate(size);
    relative_calls(&mut made, 0, WIM_CALLS);
    (made, result)
}

fn run_chunk(
    window_bits: u32,
    size: usize,
    input: &mut Input<'_>,
    window: &mut Window,
) -> Result<(), Status> {
    let mut bits = Bits::of_words(input);
    let mut state = State::new(slots(window_bits));
    while window.fresh().len() < size {
        let kind = bits.take(3)?;
        state.left = match bits.take(1)? {
            1 => FRAME,
            _ if window_bits > 15 => bits.take(24)?.into(),
            _ => bits.take(16)?.into(),
        };
        begin_block(kind, &mut bits, &mut state)?;
        let room = state.left.min((size - window.fresh().len()) as u64);
        match state.kind {
            Kind::Uncompressed => stored(&mut bits, room, window)?,
            Kind::Verbatim | Kind::Aligned => matches(&mut bits, &mut state, room, window)?,
        }
        if state.odd {
            state.odd = false;
            bits.bytes().advance(1);
        }
    }
    Ok(())
}

fn slots(window_bits: u32) -> usize {
    match window_bits {
        21 => SLOTS,
        20 => 42,
        bits => bits as usize * 2,
    }
}

fn run(form: Form, input: &mut Input<'_>, window: &mut Window, output: &mut Output) -> Result<(), Status> {
    let slots = slots(form.window_bits);
    let mut bits = Bits::of_words(input);
    let mut state = State::new(slots);
    let mut done = 0;
    while done < form.size {
        if form.reset > 0 && done.is_multiple_of(form.reset) {
            state = State::new(slots);
        }
        if !state.begun {
            state.begun = true;
            state.calls = if bits.take(1)? == 1 { bits.take(32)? as i32 } else { 0 };
        }
        let target = FRAME.min(form.size - done);
        while (window.fresh().len() as u64) < target {
            if state.left == 0 {
                start_block(&mut bits, &mut state)?;
            }
            let room = state.left.min(target - window.fresh().len() as u64);
            let before = window.fresh().len();
            let result = match state.kind {
                Kind::Uncompressed => stored(&mut bits, room, window),
                Kind::Verbatim | Kind::Aligned => matches(&mut bits, &mut state, room, window),
            };
            let made = (window.fresh().len() - before) as u64;
            state.left = state.left.saturating_sub(made);
            result?;
            // A match ends with its block and its frame. What is asked for may end within one.
            if made > room && target == FRAME {
                return Err(Status::Corrupt);
            }
            if state.left == 0 && state.odd {
                state.odd = false;
                bits.bytes().advance(1);
            }
        }
        give(window, &state, done..done + target, output)?;
        done += target;
        if done < form.size {
            bits.align()?;
        }
    }
    bits.bytes();
    Ok(())
}

/// Outputs a frame, its calls made relative again.
fn give(window: &mut Window, state: &State, place: Range<u64>, output: &mut Output) -> Result<(), Status> {
    let mut frame = window.fresh().to_vec();
    frame.truncate((place.end - place.start) as usize);
    if state.calls != 0 && place.start < TRANSLATED {
        relative_calls(&mut frame, place.start as i32, state.calls);
    }
    window.forget();
    output.keep(&frame)?;
    if output.expired() { Err(Status::Limit) } else { Ok(()) }
}

/// The operand of each call, an E8 byte, is the place it calls; it becomes the distance from there.
fn relative_calls(frame: &mut [u8], start: i32, size: i32) {
    let mut at = 0;
    let end = frame.len().saturating_sub(10);
    while let Some(found) = frame.get(at..end).and_then(|rest| memchr::memchr(0xe8, rest)) {
        at += found;
        let place = start.wrapping_add(at as i32);
        if let Some(operand) = frame.get_mut(at + 1..).and_then(<[u8]>::first_chunk_mut::<4>) {
            let called = i32::from_le_bytes(*operand);
            if called >= 0_i32.wrapping_sub(place) && called < size {
                let distance =
                    if called >= 0 { called.wrapping_sub(place) } else { called.wrapping_add(size) };
                *operand = distance.to_le_bytes();
            }
        }
        at += 5;
    }
}

fn start_block(bits: &mut Bits<'_, '_>, state: &mut State) -> Result<(), Status> {
    let kind = bits.take(3)?;
    state.left = bits.take(24)?.into();
    begin_block(kind, bits, state)
}

fn begin_block(kind: u32, bits: &mut Bits<'_, '_>, state: &mut State) -> Result<(), Status> {
    state.kind = match kind {
        1 => Kind::Verbatim,
        2 => Kind::Aligned,
        3 => Kind::Uncompressed,
        _ => return Err(Status::Corrupt),
    };
    if state.left == 0 {
        return Err(Status::Corrupt); // lest empty blocks go on for ever
    }
    if kind == 3 {
        return start_stored(bits, state);
    }
    if kind == 2 {
        let mut lengths = [0; 8];
        for length in &mut lengths {
            *length = bits.take(3)? as u8;
        }
        state.aligned.set(&lengths)?;
    }
    let (literals, others) = state.main_lengths.split_at_mut(LITERALS);
    read_lengths(bits, literals)?;
    read_lengths(bits, others)?;
    state.main.set(&state.main_lengths)?;
    read_lengths(bits, &mut state.length_lengths)?;
    state.length.set(&state.length_lengths)
}

fn start_stored(bits: &mut Bits<'_, '_>, state: &mut State) -> Result<(), Status> {
    bits.take(1)?; // even at the start of a word, at least one bit is passed
    bits.align()?;
    let input = bits.bytes();
    for recent in &mut state.recent {
        *recent = u32::from_le_bytes(input.take().ok_or(Status::Truncated)?) as usize;
    }
    state.odd = state.left % 2 == 1;
    Ok(())
}

/// Code lengths, told by their differences to the ones before them.
fn read_lengths(bits: &mut Bits<'_, '_>, lengths: &mut [u8]) -> Result<(), Status> {
    let mut own = [0; 20];
    for length in &mut own {
        *length = bits.take(4)? as u8;
    }
    let mut code = Huffman::new();
    code.set(&own)?;
    let mut at = 0;
    while at < lengths.len() {
        let symbol = code.decode(bits)?;
        let (count, value) = match symbol {
            17 => (4 + bits.take(4)?, 0),
            18 => (20 + bits.take(5)?, 0),
            19 => {
                let count = 4 + bits.take(1)?;
                let symbol = code.decode(bits)?;
                (count, less(lengths.get(at), symbol)?)
            }
            _ => (1, less(lengths.get(at), symbol)?),
        };
        let rest = lengths.get_mut(at..).unwrap_or_default();
        // A run beyond the end is cut, as in other decoders.
        for length in rest.iter_mut().take(count as usize) {
            *length = value;
        }
        at += count as usize;
    }
    Ok(())
}

/// A length that is `difference` less than before, round the corner of 17.
fn less(before: Option<&u8>, difference: u16) -> Result<u8, Status> {
    let before = u16::from(*before.ok_or(Status::Corrupt)?);
    if difference > 16 {
        return Err(Status::Corrupt);
    }
    Ok(((before + 17 - difference) % 17) as u8)
}

fn stored(bits: &mut Bits<'_, '_>, mut room: u64, window: &mut Window) -> Result<(), Status> {
    let input = bits.bytes();
    while room > 0 {
        let piece = input.chunk();
        let piece = piece.get(..room.min(piece.len() as u64) as usize).unwrap_or_default();
        if piece.is_empty() {
            return Err(Status::Truncated);
        }
        window.extend(piece);
        room -= piece.len() as u64;
        let count = piece.len();
        input.advance(count);
    }
    Ok(())
}

/// Decodes symbols until there are `room` bytes more; a last match may go beyond.
fn matches(bits: &mut Bits<'_, '_>, state: &mut State, room: u64, window: &mut Window) -> Result<(), Status> {
    let target = window.fresh().len() as u64 + room;
    while (window.fresh().len() as u64) < target {
        let symbol = state.main.decode(bits)?;
        let Some(symbol) = symbol.checked_sub(LITERALS as u16) else {
            window.put(symbol as u8);
            continue;
        };
        let mut length = usize::from(symbol % LENGTH_HEADERS);
        if length == usize::from(LENGTH_HEADERS) - 1 {
            length += usize::from(state.length.decode(bits)?);
        }
        let distance = distance(bits, state, u32::from(symbol / LENGTH_HEADERS))?;
        window.copy(distance, length + SHORTEST)?;
    }
    Ok(())
}

fn distance(bits: &mut Bits<'_, '_>, state: &mut State, slot: u32) -> Result<usize, Status> {
    if slot < 3 {
        state.recent.swap(0, slot as usize);
        return Ok(state.recent[0]);
    }
    let extra = (slot / 2).saturating_sub(1).min(17);
    let base = match slot {
        3 => 3,
        4..36 => (2 | slot & 1) << extra,
        _ => (slot - 34) << 17,
    };
    let value = match state.kind {
        Kind::Aligned if extra >= 3 => bits.take(extra - 3)? << 3 | u32::from(state.aligned.decode(bits)?),
        _ => bits.take(extra)?,
    };
    let distance = (base + value - 2) as usize;
    state.recent = [distance, state.recent[0], state.recent[1]];
    Ok(distance)
}
