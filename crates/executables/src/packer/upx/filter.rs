//! Operands of jumps and calls, which UPX makes absolute before it compresses, made relative again.
//!
//! A filter is a number. What it covers: 0x2n, 0x4n and 0x49 the four bytes behind `e8` (call), `e9` (jmp) and in
//! 0x49 the conditional jumps `0f 80` to `0f 8f` of x86, big-endian in the packed program, and covered only when
//! the first byte is the mark that the header names; 0x50 `bl` of ARM and 0x52 `b` and `bl` of
//! ARM64, which count words. Places count from the beginning of what was packed at once.

/// Undoes the filter `number` in `code`, the first byte of which is at the place `first`; false when it is not
/// known, and then nothing is changed.
pub fn undo(number: u8, mark: u8, first: u32, code: &mut [u8]) -> bool {
    match number {
        0 => {}
        0x24 | 0x26 | 0x44 | 0x46 | 0x49 => {
            let marked = (number & 7 != 4).then_some(mark);
            calls(code, first, marked, number == 0x49);
        }
        0x50 => words(code, first / 4, 0xff00_0000, 0xeb00_0000, 0xff_ffff),
        0x52 => words(code, first / 4, 0x7c00_0000, 0x1400_0000, 0x3ff_ffff),
        _ => return false,
    }
    true
}

/// Calls and jumps of x86.
fn calls(code: &mut [u8], first: u32, marked: Option<u8>, conditional: bool) {
    let (mut at, mut free) = (0_usize, 0_usize);
    while let Some(byte) = code.get(at).copied() {
        let long = conditional
            && matches!(byte, 0x80..=0x8f)
            && at > free
            && at.checked_sub(1).and_then(|before| code.get(before)) == Some(&0x0f);
        at += 1;
        if !(matches!(byte, 0xe8 | 0xe9) || long) {
            continue;
        }
        let Some(operand) = code.get_mut(at..at + 4) else { break };
        let Ok(bytes) = <[u8; 4]>::try_from(&*operand) else { break };
        let mut value = u32::from_be_bytes(bytes);
        if let Some(mark) = marked {
            if bytes.first() != Some(&mark) {
                continue;
            }
            value = value.wrapping_sub(u32::from(mark) << 24);
        }
        operand.copy_from_slice(&value.wrapping_sub(first.wrapping_add(at as u32)).to_le_bytes());
        at += 4;
        free = at;
    }
}

/// Instructions of four bytes whose bits in `mask` are `instruction`, with a distance in words in `operand`.
fn words(code: &mut [u8], first: u32, mask: u32, instruction: u32, operand: u32) {
    for (index, four) in (first..).zip(code.chunks_exact_mut(4)) {
        let Ok(bytes) = <[u8; 4]>::try_from(&*four) else { return };
        let word = u32::from_le_bytes(bytes);
        if word & mask == instruction {
            let word = word & !operand | word.wrapping_sub(index) & operand;
            four.copy_from_slice(&word.to_le_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn undone(number: u8, mark: u8, code: &[u8]) -> (bool, Vec<u8>) {
        let mut code = code.to_vec();
        (undo(number, mark, 0, &mut code), code)
    }

    #[test]
    fn only_marked_operands_are_places() {
        // call 11; a call without the mark; je 26, and another whose first byte is a part of what is before it
        let code = [
            0xe8, 7, 0, 0, 11, 0xe8, 1, 2, 3, 4, 0x90, 0x0f, 0x84, 7, 0, 0, 26, 0xe9, 7, 0, 0, 0x0f, 0x81, 7,
            0, 0, 0,
        ];
        let plain = [
            0xe8, 10, 0, 0, 0, 0xe8, 1, 2, 3, 4, 0x90, 0x0f, 0x84, 13, 0, 0, 0, 0xe9, 0xfd, 0xff, 0xff, 0xff,
            0x81, 7, 0, 0, 0,
        ];
        assert_eq!(undone(0x49, 7, &code), (true, plain.to_vec()));
        let (_, short) = undone(0x46, 7, &code);
        assert_eq!(short.get(11..17), code.get(11..17));
    }

    #[test]
    fn words_of_arm_count_words() {
        let bytes = |words: [u32; 3]| words.map(u32::to_le_bytes).concat();
        let code = bytes([0x9400_0003, 0x1400_0000, 0x9000_0001]);
        let plain = bytes([0x9400_0003, 0x17ff_ffff, 0x9000_0001]);
        assert_eq!(undone(0x52, 0, &code), (true, plain));
        let code = bytes([0xeb00_0003, 0xeb00_0000, 0xea00_0001]);
        let plain = bytes([0xeb00_0003, 0xebff_ffff, 0xea00_0001]);
        assert_eq!(undone(0x50, 0, &code), (true, plain));
    }

    #[test]
    fn other_filters_change_nothing() {
        assert_eq!(undone(0xd0, 0, &[0xe8, 0, 0, 0, 0]), (false, vec![0xe8, 0, 0, 0, 0]));
        assert_eq!(undone(0x49, 0, &[0xe8, 0, 0]), (true, vec![0xe8, 0, 0]));
    }
}
