//! Decryption loops that were made up for one file out of a few operations on a byte.
//!
//! Between reading a byte and writing it back lie operations with a number or with the counter of the loop,
//! and instructions that do nothing. They are run here, operation by operation.

/// Runs a loop over `bytes`, its counter going down to zero.
pub fn decrypt(operations: &[u8], bytes: &mut [u8]) -> Option<()> {
    let program = operations_of(operations)?;
    let count = bytes.len();
    for (index, byte) in bytes.iter_mut().enumerate() {
        let counter = (count - index) as u8;
        *byte = program.iter().fold(*byte, |value, operation| operation.apply(value, counter));
    }
    Some(())
}

/// What a loop does with a byte.
#[derive(Clone, Copy)]
enum Operation {
    Add(u8),
    Xor(u8),
    Rotate(u32),
    AddCounter,
    SubtractCounter,
    XorCounter,
}

impl Operation {
    fn apply(self, value: u8, counter: u8) -> u8 {
        match self {
            Self::Add(number) => value.wrapping_add(number),
            Self::Xor(number) => value ^ number,
            Self::Rotate(count) => value.rotate_left(count),
            Self::AddCounter => value.wrapping_add(counter),
            Self::SubtractCounter => value.wrapping_sub(counter),
            Self::XorCounter => value ^ counter,
        }
    }
}

/// The operations between `lodsb` and `stosb`; None when there is one that no loop is made of.
fn operations_of(mut code: &[u8]) -> Option<Vec<Operation>> {
    let mut operations = Vec::new();
    loop {
        let (operation, rest) = match code {
            [0xaa, ..] => return Some(operations),
            // lodsb, nop, clc, stc; or al, al
            [0xac | 0x90 | 0xf8 | 0xf9, rest @ ..] | [0x0a, 0xc0, rest @ ..] => (None, rest),
            [0xeb, skipped, rest @ ..] => (None, rest.get(usize::from(*skipped)..)?),
            [0x04, number, rest @ ..] => (Some(Operation::Add(*number)), rest),
            [0x2c, number, rest @ ..] => (Some(Operation::Add(number.wrapping_neg())), rest),
            [0x34, number, rest @ ..] => (Some(Operation::Xor(*number)), rest),
            [0x02, 0xc1, rest @ ..] => (Some(Operation::AddCounter), rest),
            [0x2a, 0xc1, rest @ ..] => (Some(Operation::SubtractCounter), rest),
            [0x32, 0xc1, rest @ ..] => (Some(Operation::XorCounter), rest),
            [0xfe, 0xc0, rest @ ..] => (Some(Operation::Add(1)), rest),
            [0xfe, 0xc8, rest @ ..] => (Some(Operation::Add(0xff)), rest),
            [0xc0, 0xc0, count, rest @ ..] => (Some(Operation::Rotate(u32::from(count % 8))), rest),
            [0xc0, 0xc8, count, rest @ ..] => (Some(Operation::Rotate(u32::from(8 - count % 8))), rest),
            _ => return None,
        };
        operations.extend(operation);
        code = rest;
    }
}
