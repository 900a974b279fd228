//! NRV2B, NRV2D and NRV2E, the methods of UPX that the UCL library documents.
//!
//! Bits come from little-endian words of 32, 16 or 8 bits, the highest first; bytes lie between the words. A match is a
//! distance in a code of pairs of bits (Elias gamma, in two flavours) followed by a byte, and a length.

use super::stream::{Input, Output};

/// Which of the methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    B,
    D,
    E,
}

/// The words that bits come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Long,
    Short,
    Byte,
}

struct Bits<'i, 'a> {
    input: &'i mut Input<'a>,
    unit: Unit,
    word: u32,
    left: u8,
}

impl Bits<'_, '_> {
    fn bit(&mut self) -> Option<u32> {
        if self.left == 0 {
            (self.word, self.left) = match self.unit {
                Unit::Long => (self.input.u32()?, 32),
                Unit::Short => (u16::from_le_bytes(self.input.array()?).into(), 16),
                Unit::Byte => (self.input.byte()?.into(), 8),
            };
        }
        self.left -= 1;
        Some((self.word >> self.left) & 1)
    }

    /// `number` with one bit more at its end.
    fn append(&mut self, number: u32) -> Option<u32> {
        number.checked_mul(2)?.checked_add(self.bit()?)
    }

    /// A number that ends where every second bit says so.
    fn gamma(&mut self) -> Option<u32> {
        let mut number = 1;
        loop {
            number = self.append(number)?;
            if self.bit()? == 1 {
                return Some(number);
            }
        }
    }

    /// As `gamma`, with another use of the bits between.
    fn offset(&mut self, method: Method) -> Option<u32> {
        if method == Method::B {
            return self.gamma();
        }
        let mut number = 1;
        loop {
            number = self.append(number)?;
            if self.bit()? == 1 {
                return Some(number);
            }
            number = self.append(number.checked_sub(1)?)?;
        }
    }

    fn length(&mut self, method: Method, low: u32) -> Option<u32> {
        match method {
            Method::B => {
                let first = self.bit()?;
                self.two_bits(first)
            }
            Method::D => self.two_bits(low),
            Method::E if low == 1 => Some(1 + self.bit()?),
            Method::E if self.bit()? == 1 => Some(3 + self.bit()?),
            Method::E => self.gamma()?.checked_add(3),
        }
    }

    fn two_bits(&mut self, first: u32) -> Option<u32> {
        match self.append(first)? {
            0 => self.gamma()?.checked_add(2),
            length => Some(length),
        }
    }
}

/// Decompresses up to the end marker; None when there is none before either side ends.
pub fn decode(method: Method, unit: Unit, input: &mut Input<'_>, output: &mut Output<'_>) -> Option<()> {
    let mut bits = Bits { input, unit, word: 0, left: 0 };
    let mut last = 1;
    let far = if method == Method::B { 0xd00 } else { 0x500 };
    loop {
        while bits.bit()? == 1 {
            output.push(bits.input.byte()?)?;
        }
        let coded = bits.offset(method)?;
        let low = if coded == 2 {
            if method == Method::B { 0 } else { bits.bit()? }
        } else {
            let high = coded.checked_sub(3).filter(|high| *high < 1 << 24)?;
            let distance = high << 8 | u32::from(bits.input.byte()?);
            if distance == u32::MAX {
                return Some(());
            }
            let wide = method == Method::B;
            last = if wide { distance } else { distance >> 1 }.checked_add(1)?;
            !distance & 1
        };
        let length = bits.length(method, low)?.checked_add(1 + u32::from(last > far))?;
        output.copy(last as usize, length as usize)?;
    }
}
