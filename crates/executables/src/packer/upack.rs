//! Upack 0.37 to 0.39: one LZMA stream, headers and loader folded into each other.
//!
//! The loader at the entry point names a first block of numbers, with the original entry point, and a second
//! one, behind code that it copies: where the stream is, where it goes, and how many calls had their address
//! made absolute. The stream is LZMA without position bits and without the zero it begins with elsewhere.
//! Unlike ClamAV the entry point is set to the original one.

use super::image::Image;
use super::rebuild::{Facts, Piece, rebuild};
use super::{Answer, Fault, Packed, lzma};

/// lodsd; push eax; push [esi + 34h]; jmp +7ch
const LOADER: [u8; 7] = [0xad, 0x50, 0xff, 0x76, 0x34, 0xeb, 0x7c];
/// Where that jump leads to, counted from the entry point.
const REST: u64 = 0x88;
/// push [esi + 38h]; lodsd; push eax; mov edi, [esi]; mov esi
const SECOND: [u8; 8] = [0xff, 0x76, 0x38, 0xad, 0x50, 0x8b, 0x3e, 0xbe];
/// push WORDS; pop ecx; rep movsd
const COPY: u8 = 0x6a;
const MAX_CALLS: u32 = 1 << 24;

/// What the loader's numbers say; addresses are virtual.
struct Plan {
    entry: u32,
    source: u32,
    start: u32,
    end: u32,
    calls: u32,
    call_base: u32,
    mark: u8,
    context: u8,
}

/// Unpacks it; None when the loader is not Upack's.
pub fn unpack(packed: &Packed<'_>) -> Option<Answer> {
    let code = packed.code(0, 12);
    let [0xbe, first @ ..] = *code.first_chunk::<5>()? else { return None };
    let rest = packed.code(REST, 0x20);
    if !code.ends_with(&LOADER) || !rest.starts_with(&SECOND) || rest.get(12) != Some(&COPY) {
        return None;
    }
    let Some(plan) = plan(packed, u32::from_le_bytes(first), &rest) else {
        return Some(Err(Fault::Damaged));
    };
    let mut image = match Image::new(packed) {
        Ok(image) => image,
        Err(fault) => return Some(Err(fault)),
    };
    Some(plan.run(packed.image_base(), &mut image).ok_or(Fault::Damaged))
}

fn plan(packed: &Packed<'_>, first: u32, rest: &[u8]) -> Option<Plan> {
    let second = u32::from_le_bytes(*rest.get(SECOND.len()..)?.first_chunk()?);
    let copied = 4 * u32::from(*rest.get(13)?);
    let [entry] = packed.numbers(first)?;
    let [source] = packed.numbers(second.checked_add(copied)?.checked_sub(4)?)?;
    let numbers = second.checked_add(copied)?;
    let [read_bit, calls, _, start] = packed.numbers(numbers)?;
    let [end, call_base] = packed.numbers(numbers.checked_add(0x34)?)?;
    let code = packed.at(second, copied as usize);
    // mov eax, [edi]; cmp al, MARK; jne
    let mark = code.windows(5).find(|window| matches!(window, [0x8b, 0x07, 0x3c, _, 0x75]))?[3];
    let decoder = packed.at(read_bit, 0x180);
    // shr ebp, 8 - CONTEXT; imul bp, bp, 300h
    let shift =
        decoder.windows(8).find(|window| matches!(window, [0xc1, 0xed, _, 0x66, 0x69, 0xed, 0x00, 0x03]))?[2];
    let context = 8u8.checked_sub(shift)?;
    Some(Plan { entry, source, start, end, calls, call_base, mark, context })
}

impl Plan {
    fn run(&self, base: u32, image: &mut Image) -> Option<Vec<u8>> {
        let place = |address: u32| Some(address.checked_sub(base)? as usize);
        let source = image.bytes.get(place(self.source)?..)?.to_vec();
        let memory = image.bytes.get_mut(place(self.start)?..place(self.end)?)?;
        lzma::decode(self.context, [&[0], &source], memory)?;
        self.relative(memory);
        let address = self.start.checked_sub(base)?;
        let piece = Piece { address, virtual_size: memory.len() as u32, bytes: memory.to_vec() };
        let entry = self.entry.checked_sub(base)?;
        rebuild(&Facts { image_base: base, entry, ..Facts::default() }, &[piece])
    }

    /// Makes addresses of calls and jumps relative again.
    fn relative(&self, memory: &mut [u8]) {
        let mut at = 0;
        for _ in 0..self.calls.min(MAX_CALLS) {
            let rest = memory.get(at..).unwrap_or_default();
            let marked = |window: &[u8]| matches!(window, [0xe8 | 0xe9, mark, _, _, _] if *mark == self.mark);
            let Some(found) = rest.windows(5).position(marked) else { return };
            let place = at + found + 1;
            let Some(field) = memory.get_mut(place..place + 4) else { return };
            let [_, high, middle, low] = *field else { return };
            let absolute = u32::from_be_bytes([0, high, middle, low]);
            let own = self.start.wrapping_add(place as u32);
            let distance = absolute.wrapping_add(self.call_base).wrapping_sub(own);
            field.copy_from_slice(&distance.to_le_bytes());
            at = place + 4;
        }
    }
}
