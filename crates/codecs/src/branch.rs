//! Filters before compression in 7z: branch converters of several processors, delta, swapped bytes; and
//! that of Inno Setup (its `Compress.pas`).

use std::io::Read;

use lzma_rust2::filter::StreamFilter;
use lzma_rust2::filter::bcj2::Bcj2Reader;
use lzma_rust2::{FilterConfig, FilterType};

use crate::bounded::{Input, Output, Status, status_of};

/// Bytes converted at once.
const PIECE: usize = 64 << 10;

/// What a filter did to the bytes; the number is the start position, the distance or the width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    X86(u32),
    PowerPc(u32),
    Ia64(u32),
    Arm(u32),
    Thumb(u32),
    Sparc(u32),
    Arm64(u32),
    RiscV(u32),
    Delta(u32),
    Swap(usize),
    /// Of a whole file, or of one in which none was changed that crosses 64 KiB.
    Calls {
        form: Calls,
        across: bool,
    },
}

/// What Inno Setup does to the targets of calls and jumps in 32-bit code: it counts them from the start
/// of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calls {
    /// Of 4.1.8: any 32 bits.
    Any,
    /// Since 5.2.0: 24 bits of those whose highest byte is a sign.
    Near,
    /// Since 5.3.9: with the sign's byte turned over where the number is negative.
    Turned,
}

impl Filter {
    fn config(self) -> Option<FilterConfig> {
        let (filter_type, property) = match self {
            Self::X86(start) => (FilterType::BcjX86, start),
            Self::PowerPc(start) => (FilterType::BcjPpc, start),
            Self::Ia64(start) => (FilterType::BcjIa64, start),
            Self::Arm(start) => (FilterType::BcjArm, start),
            Self::Thumb(start) => (FilterType::BcjArmThumb, start),
            Self::Sparc(start) => (FilterType::BcjSparc, start),
            Self::Arm64(start) => (FilterType::BcjArm64, start),
            Self::RiscV(start) => (FilterType::BcjRiscv, start),
            Self::Delta(distance) => (FilterType::Delta, distance),
            Self::Swap(_) | Self::Calls { .. } => return None,
        };
        Some(FilterConfig { filter_type, property })
    }
}

/// Takes `filter` back over the whole input.
pub fn convert(filter: Filter, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    if let Filter::Swap(width) = filter {
        return by_pieces(input, output, |piece| swap(piece, width));
    }
    if let Filter::Calls { form, across } = filter {
        let mut start = 0u32;
        return by_pieces(input, output, |piece| {
            let settled = count_from_call(piece, start, form, across);
            start = start.wrapping_add(u32::try_from(settled).unwrap_or_default());
            settled
        });
    }
    let config = filter.config().ok_or(Status::Corrupt)?;
    let mut stream = StreamFilter::new(&config).map_err(|error| status_of(&error))?;
    by_pieces(input, output, |piece| stream.decode(piece))
}

/// Reverses each group of `width` bytes; gives how many bytes whole groups are.
fn swap(piece: &mut [u8], width: usize) -> usize {
    let groups = piece.chunks_exact_mut(width.max(1));
    let count = groups.len();
    groups.for_each(<[u8]>::reverse);
    count * width.max(1)
}

/// Has targets count from behind their instruction again; gives how many bytes are done. `start` is
/// where in the file the piece is.
fn count_from_call(piece: &mut [u8], start: u32, form: Calls, across: bool) -> usize {
    const BLOCK: u32 = 1 << 16;
    let mut at = 0;
    while let Some([code, target @ ..]) = piece.get_mut(at..).and_then(<[u8]>::first_chunk_mut::<5>) {
        let place = start.wrapping_add(u32::try_from(at).unwrap_or_default());
        let crosses = !across && place % BLOCK > BLOCK - 5;
        if !matches!(code, 0xE8 | 0xE9) || crosses {
            at += 1;
            continue;
        }
        at += 5;
        let next = place.wrapping_add(5);
        let number = u32::from_le_bytes(*target).wrapping_sub(next);
        if form == Calls::Any {
            *target = number.to_le_bytes();
        } else if matches!(target[3], 0 | 0xFF) {
            let [low, middle, high, _] = number.to_le_bytes();
            let sign = if form == Calls::Turned && high & 0x80 != 0 { !target[3] } else { target[3] };
            *target = [low, middle, high, sign];
        }
    }
    at
}

/// Runs `settle` over the input; bytes that it does not settle come again before what follows them.
fn by_pieces(
    input: &mut Input<'_>,
    output: &mut Output,
    mut settle: impl FnMut(&mut [u8]) -> usize,
) -> Result<(), Status> {
    let mut piece = Vec::with_capacity(PIECE);
    loop {
        if output.expired() {
            return Err(Status::Limit);
        }
        let held = piece.len();
        piece.resize(PIECE.max(2 * held), 0);
        let got = input.read(piece.get_mut(held..).unwrap_or_default()).map_err(|error| status_of(&error))?;
        piece.truncate(held + got);
        if got == 0 {
            return output.keep(&piece); // nothing follows that could settle the last bytes
        }
        let settled = settle(&mut piece).min(piece.len());
        output.keep(piece.get(..settled).unwrap_or_default())?;
        piece.drain(..settled);
    }
}

/// Joins the four streams of BCJ2: code, targets of calls, targets of jumps, decisions.
pub fn join(sources: [Input<'_>; 4], size: u64, output: &mut Output) -> Result<(), Status> {
    let mut reader = Bcj2Reader::try_new(Vec::from(sources), size).map_err(|error| status_of(&error))?;
    output.drain(&mut reader)
}

#[cfg(test)]
mod tests {
    use super::{Calls, count_from_call};

    #[test]
    fn targets_count_from_their_instruction_again() {
        let near = [0x90, 0xE8, 0x10, 0, 0, 0, 0xE9, 0, 0, 0, 0, 0x90, 0x90];
        let decoded = |form| {
            let mut code = near;
            assert_eq!(count_from_call(&mut code, 0, form, false), 11);
            code
        };
        assert_eq!(decoded(Calls::Any), [0x90, 0xE8, 10, 0, 0, 0, 0xE9, 0xF5, 0xFF, 0xFF, 0xFF, 0x90, 0x90]);
        assert_eq!(decoded(Calls::Near), [0x90, 0xE8, 10, 0, 0, 0, 0xE9, 0xF5, 0xFF, 0xFF, 0, 0x90, 0x90]);
        assert_eq!(decoded(Calls::Turned), decoded(Calls::Any));
    }

    #[test]
    fn far_and_crossing_ones_stay() {
        let mut far = [0xE8, 1, 2, 3, 4];
        count_from_call(&mut far, 0, Calls::Turned, true);
        assert_eq!(far, [0xE8, 1, 2, 3, 4]);
        let mut crossing = [0xE8, 1, 2, 3, 0];
        assert_eq!(count_from_call(&mut crossing, 0xFFFC, Calls::Near, false), 1);
        assert_eq!(crossing, [0xE8, 1, 2, 3, 0]);
        assert_eq!(count_from_call(&mut crossing, 0xFFFC, Calls::Near, true), 5);
    }
}
