//! What ACE does to bytes before LZ77: targets of calls, planes.

/// Takes back what was done to the targets of calls and jumps: they counted from the start.
#[derive(Default)]
pub struct Exe {
    /// The last bytes, whose instruction may go on.
    rest: Vec<u8>,
}

impl Exe {
    pub fn rest(&self) -> &[u8] {
        &self.rest
    }

    pub fn take_rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.rest)
    }

    /// What is done once `fresh` has come; it begins at `position`. The last bytes wait for the next ones.
    pub fn run(&mut self, fresh: &[u8], position: u64, wide: bool) -> Vec<u8> {
        let mut code = self.take_rest();
        code.extend_from_slice(fresh);
        let mut at = 0;
        while let Some([operation, target @ ..]) = code.get_mut(at..).and_then(<[u8]>::first_chunk_mut::<5>) {
            let place = position.wrapping_add(at as u64) as u32;
            at += 1;
            match operation {
                0xE8 if wide => {
                    *target = u32::from_le_bytes(*target).wrapping_sub(place).to_le_bytes();
                    at += 4;
                }
                0xE8 | 0xE9 => {
                    let [low, high, ..] = target;
                    let short = u16::from_le_bytes([*low, *high]).wrapping_sub(place as u16);
                    [*low, *high] = short.to_le_bytes();
                    at += 2;
                }
                _ => {}
            }
        }
        self.rest = code.split_off(at.min(code.len()));
        code
    }
}

/// Byte by byte from each of the `planes`, which are one after the other.
pub fn interleave(bytes: &[u8], planes: usize) -> Vec<u8> {
    let size = bytes.len() / planes.max(1);
    let column = |at: usize| bytes.iter().skip(at).step_by(size.max(1)).copied();
    (0..size).flat_map(|at| column(at).take(planes)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Exe, interleave};

    #[test]
    fn targets_count_from_their_instruction_again() {
        let mut exe = Exe::default();
        let mut done = exe.run(&[0x90, 0xE8, 0x11, 0, 0], 0x10, true);
        assert_eq!(exe.rest().len(), 4);
        done.extend(exe.run(&[0, 0x90, 0xE9, 0x20, 0, 0x90, 0x90], 0x11, false));
        done.extend(exe.take_rest());
        assert_eq!(done, [0x90, 0xE8, 0, 0, 0, 0, 0x90, 0xE9, 0x09, 0, 0x90, 0x90]);
    }

    #[test]
    fn planes_are_joined() {
        assert_eq!(interleave(b"adgbehcfi", 3), b"abcdefghi");
    }
}
