//! Packed programs: what their loaders would make of them, without running anything.
//!
//! Each packer is recognised by the code at the entry point and the layout of sections, as ClamAV does it, and
//! unpacked by our own reading of its loader. What comes out is a program file with the unpacked sections.
//! Memory is given by what the headers claim only up to the caller's bound; every step of a decompressor
//! writes or reads a byte, so that work is bounded with it.

mod aplib;
mod aspack;
mod fsg;
mod image;
mod lzma;
mod lzx;
mod mew;
mod nrv;
mod nspack;
mod pespin;
mod petite;
mod poly;
mod rebuild;
mod stream;
mod upack;
mod upx;
mod wwpack;
mod yc;

use nacre_fmap::Fmap;

use crate::{Format, Place, Program, Section, pe};

/// A packer that can be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packer {
    Upx,
    Fsg,
    Mew,
    Petite,
    Wwpack,
    Aspack,
    Yc,
    Upack,
    Pespin,
    Nspack,
}

impl Packer {
    /// In the order in which they are tried.
    pub const ALL: [Self; 10] = [
        Self::Mew,
        Self::Upx,
        Self::Fsg,
        Self::Upack,
        Self::Petite,
        Self::Pespin,
        Self::Yc,
        Self::Wwpack,
        Self::Aspack,
        Self::Nspack,
    ];

    /// The name that ClamAV's JSON has for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Upx => "UPX",
            Self::Fsg => "FSG",
            Self::Mew => "MEW",
            Self::Petite => "Petite",
            Self::Wwpack => "WWPack",
            Self::Yc => "yC",
            Self::Upack => "Upack",
            Self::Pespin => "PEspin",
            Self::Aspack => "Aspack",
            Self::Nspack => "NsPack",
        }
    }

    fn unpack(self, packed: &Packed<'_>) -> Option<Answer> {
        match self {
            Self::Upx => upx::unpack(packed),
            Self::Fsg => fsg::unpack(packed),
            Self::Mew => mew::unpack(packed),
            Self::Petite => petite::unpack(packed),
            Self::Wwpack => wwpack::unpack(packed),
            Self::Yc => yc::unpack(packed),
            Self::Upack => upack::unpack(packed),
            Self::Pespin => pespin::unpack(packed),
            Self::Aspack => aspack::unpack(packed),
            Self::Nspack => nspack::unpack(packed),
        }
    }
}

/// Why a program that is packed could not be unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Damaged,
    /// It would have this many bytes.
    TooLarge(u64),
}

type Answer = Result<Vec<u8>, Fault>;

/// What became of a packed program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpacked {
    pub packer: Packer,
    pub file: Result<Vec<u8>, Fault>,
    /// Whether nothing of what was packed is missing in the file, as far as that can be told.
    pub whole: bool,
}

/// Unpacks a program of at most `max_output` bytes with the first of `allowed` that it is packed with; None
/// when it is packed with none of them.
pub fn unpack(data: &Fmap, program: &Program, allowed: &[Packer], max_output: u64) -> Option<Unpacked> {
    if program.format == Format::Elf {
        return allowed.contains(&Packer::Upx).then(|| upx::unpack_elf(data, max_output)).flatten();
    }
    let header = program.pe.as_ref().filter(|_| program.fault.is_none())?;
    let entry = program.entry_point?;
    let packed = Packed { data, header, sections: &program.sections, entry, max_output };
    let mut failed = None;
    for packer in Packer::ALL.into_iter().filter(|packer| allowed.contains(packer)) {
        let answer = match (header.plus, packer) {
            (false, packer) => packer.unpack(&packed),
            (true, Packer::Upx) => upx::unpack_wide(&packed),
            (true, _) => None,
        };
        match answer {
            None => {}
            Some(Err(fault)) => failed = failed.or(Some(Unpacked { packer, file: Err(fault), whole: false })),
            Some(Ok(file)) if file.len() as u64 > max_output => {
                let fault = Fault::TooLarge(file.len() as u64);
                return Some(Unpacked { packer, file: Err(fault), whole: false });
            }
            Some(Ok(file)) => return Some(Unpacked { packer, file: Ok(file), whole: true }),
        }
    }
    failed
}

/// A program that may be packed.
struct Packed<'a> {
    data: &'a Fmap,
    header: &'a pe::Header,
    sections: &'a [Section],
    /// File offset of the entry point.
    entry: u64,
    max_output: u64,
}

impl Packed<'_> {
    fn image_base(&self) -> u32 {
        self.header.image_base as u32
    }

    /// A section that is empty in the file, to be filled in memory, and the one after it that is not.
    fn empty_section(&self) -> Option<(&Place, &Place)> {
        let pairs = self.sections.iter().zip(self.sections.iter().skip(1));
        pairs
            .map(|(empty, full)| (&empty.place, &full.place))
            .find(|(empty, full)| empty.size == 0 && empty.virtual_size != 0 && full.size != 0)
    }

    /// Up to `size` bytes of the file that are at a virtual address.
    fn at(&self, address: u32, size: usize) -> Vec<u8> {
        let relative = u64::from(address.wrapping_sub(self.image_base()));
        let offset = self.header.offset_of(relative, self.sections, self.data.len());
        let mut bytes = vec![0; size];
        let got = offset.map_or(0, |offset| self.data.read_at(offset, &mut bytes));
        bytes.truncate(got);
        bytes
    }

    /// Numbers of 32 bits at a virtual address.
    fn numbers<const N: usize>(&self, address: u32) -> Option<[u32; N]> {
        let bytes = self.at(address, 4 * N);
        let mut numbers = [0; N];
        for (number, four) in numbers.iter_mut().zip(bytes.chunks_exact(4)) {
            *number = u32::from_le_bytes(four.try_into().ok()?);
        }
        (bytes.len() == 4 * N).then_some(numbers)
    }

    /// Up to `size` bytes at `ahead` bytes behind the entry point.
    fn code(&self, ahead: u64, size: usize) -> Vec<u8> {
        let mut bytes = vec![0; size];
        let got = self.data.read_at(self.entry.saturating_add(ahead), &mut bytes);
        bytes.truncate(got);
        bytes
    }

    /// Bytes of the file; fewer where it ends.
    fn read(&self, offset: u64, size: u64) -> Result<Vec<u8>, Fault> {
        let mut bytes = self.memory(size.min(self.data.len().saturating_sub(offset)))?;
        let got = self.data.read_at(offset, &mut bytes);
        bytes.truncate(got);
        Ok(bytes)
    }

    /// Zeros to unpack into.
    fn memory(&self, size: u64) -> Result<Vec<u8>, Fault> {
        let fits = usize::try_from(size).ok().filter(|_| size <= self.max_output);
        fits.map(|size| vec![0; size]).ok_or(Fault::TooLarge(size))
    }

    /// Whether the program begins in `section`.
    fn enters(&self, section: &Place) -> bool {
        let address = u64::from(self.header.entry_address);
        address >= section.address && address - section.address < section.virtual_size
    }
}

#[cfg(test)]
mod tests;
