//! aPLib, the method of FSG, MEW, `PESpin` and many smaller packers.
//!
//! The first byte is a literal. Bits come from bytes, the highest first, and say what is next: `0` a literal,
//! `10` a match, `110` a short match in one byte, `111` one byte from up to 15 back. A short match of distance
//! 0 is the end.

use super::stream::{Input, Output};

struct Bits<'i, 'a> {
    input: &'i mut Input<'a>,
    byte: u8,
    left: u8,
}

/// What comes next.
enum Kind {
    Literal,
    Match,
    Short,
    Single,
}

impl Bits<'_, '_> {
    fn kind(&mut self) -> Option<Kind> {
        for kind in [Kind::Literal, Kind::Match, Kind::Short] {
            if self.bit()? == 0 {
                return Some(kind);
            }
        }
        Some(Kind::Single)
    }

    fn bit(&mut self) -> Option<u32> {
        if self.left == 0 {
            self.byte = self.input.byte()?;
            self.left = 8;
        }
        self.left -= 1;
        Some(u32::from(self.byte >> self.left & 1))
    }

    fn gamma(&mut self) -> Option<u32> {
        let mut number: u32 = 1;
        loop {
            number = number.checked_mul(2)?.checked_add(self.bit()?)?;
            if self.bit()? == 0 {
                return Some(number);
            }
        }
    }
}

/// Decompresses up to the end marker; None when there is none before either side ends.
pub fn decode(input: &mut Input<'_>, output: &mut Output<'_>) -> Option<()> {
    output.push(input.byte()?)?;
    let mut bits = Bits { input, byte: 0, left: 0 };
    let mut last = 0;
    // A match that follows another one cannot repeat its distance, so that the codes are shifted.
    let mut after_match = false;
    loop {
        match bits.kind()? {
            Kind::Literal => {
                output.push(bits.input.byte()?)?;
                after_match = false;
            }
            Kind::Match => {
                let length = distant(&mut bits, &mut last, after_match)?;
                output.copy(last as usize, length as usize)?;
                after_match = true;
            }
            Kind::Short => {
                let byte = u32::from(bits.input.byte()?);
                if byte < 2 {
                    return Some(());
                }
                last = byte >> 1;
                output.copy(last as usize, 2 + (byte & 1) as usize)?;
                after_match = true;
            }
            Kind::Single => {
                let distance = (0..4).try_fold(0, |number, _| Some(number << 1 | bits.bit()?))?;
                let byte = if distance == 0 { 0 } else { output.back(distance as usize)? };
                output.push(byte)?;
                after_match = false;
            }
        }
    }
}

/// Sets the distance of a match and gives its length.
fn distant(bits: &mut Bits<'_, '_>, last: &mut u32, after_match: bool) -> Option<u32> {
    let high = bits.gamma()?;
    if !after_match && high == 2 {
        return bits.gamma();
    }
    let high = high.checked_sub(if after_match { 2 } else { 3 }).filter(|high| *high < 1 << 24)?;
    *last = high << 8 | u32::from(bits.input.byte()?);
    let longer = match *last {
        32_000.. | 0..128 => 2,
        1280..32_000 => 1,
        _ => 0,
    };
    bits.gamma()?.checked_add(longer)
}
