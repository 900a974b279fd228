//! Filters before compression in 7z: branch converters of several processors, delta, swapped bytes.

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
            Self::Swap(_) => return None,
        };
        Some(FilterConfig { filter_type, property })
    }
}

/// Takes `filter` back over the whole input.
pub fn convert(filter: Filter, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    if let Filter::Swap(width) = filter {
        return by_pieces(input, output, |piece| swap(piece, width));
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
