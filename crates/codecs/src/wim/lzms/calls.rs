//! Calls and addresses of x86 programs, which LZMS made absolute where many lead to the same place.

const TAIL: usize = 16;
/// Addresses are translated this close behind one whose target came before.
const NEAR: i32 = 1023;
/// A target that came so far back still counts.
const REMEMBERED: i32 = 65535;
const TARGETS: usize = 1 << 16;

/// Makes addresses relative again; `targets` is memory for where each target came last.
pub fn untranslate(data: &mut [u8], targets: &mut Vec<i32>) {
    let Some(end) = data.len().checked_sub(TAIL).filter(|end| *end > 1) else { return };
    targets.clear();
    targets.resize(TARGETS, -REMEMBERED - 1);
    let mut translated = -NEAR - 1;
    let mut at = 0;
    while at < end {
        let Some((opcode, near)) = data.get(at..).and_then(opcode) else {
            at += 1;
            continue;
        };
        if opcode == 0 {
            at += 5;
            continue;
        }
        let place = at as i32;
        let behind = at + opcode;
        let Some(address) = data.get_mut(behind..).and_then(<[u8]>::first_chunk_mut::<4>) else { return };
        if place - translated <= near {
            *address = i32::from_le_bytes(*address).wrapping_sub(place).to_le_bytes();
        }
        let target = (place as u16).wrapping_add(u16::from_le_bytes([address[0], address[1]]));
        let last = place + opcode as i32 + 3;
        if let Some(before) = targets.get_mut(usize::from(target)) {
            if last - *before <= REMEMBERED {
                translated = last;
            }
            *before = last;
        }
        at = behind + 4;
    }
}

/// Size of the opcode that begins here and has an address behind it, and how near one must be; size 0 for a
/// jump, whose address is left alone.
fn opcode(code: &[u8]) -> Option<(usize, i32)> {
    match *code {
        [0x48, 0x8b, 0x05 | 0x0d, ..] | [0xf0, 0x83, 0x05, ..] => Some((3, NEAR)),
        [0x48 | 0x4c, 0x8d, third, ..] if third & 7 == 5 => Some((3, NEAR)),
        [0xe8, ..] => Some((1, NEAR / 2)),
        [0xe9, ..] => Some((0, 0)),
        [0xff, 0x15, ..] => Some((2, NEAR)),
        _ => None,
    }
}
