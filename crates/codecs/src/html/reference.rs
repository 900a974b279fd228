//! Character references: `&name;`, `&#65;`, `&#x41;`.

use super::entities::code_point;

/// Longest name that is gathered.
const NAME: usize = 1024;
/// A number stops growing where the next digit could pass this.
const NUMBER: u64 = i64::MAX as u64;

/// What a byte did to a reference.
pub enum Step {
    /// It belongs to the reference.
    More,
    /// It ended the reference; what that stands for is in the references's `text` and `byte`.
    Decoded,
    /// The reference is none: its bytes stand for themselves, and the byte is still to be looked at.
    Broken,
    /// The reference is none: its bytes stand for themselves, and the byte was part of it.
    BrokenHere,
}

/// A reference while it is read.
#[derive(Default)]
pub struct Reference {
    name: Vec<u8>,
    number: Option<u64>,
    hex: bool,
    digits: bool,
    /// What the copy without comments gets.
    pub text: Vec<u8>,
    /// What an attribute's value gets.
    pub value: Vec<u8>,
}

impl Reference {
    /// Begins behind the `&`.
    pub fn start(&mut self) {
        self.name.clear();
        self.number = None;
        self.hex = false;
        self.digits = false;
    }

    pub fn feed(&mut self, byte: u8) -> Step {
        if self.number.is_some() { self.digit(byte) } else { self.letter(byte) }
    }

    /// Ends it before a byte that cannot belong to it.
    pub fn give_up(&mut self) {
        self.text.clear();
        self.value.clear();
        if let Some(number) = self.number {
            self.text.push(number as u8);
            return; // a value gets nothing
        }
        self.text.push(b'&');
        self.text.extend(self.name.iter().map(u8::to_ascii_lowercase));
        self.value.clone_from(&self.text);
    }

    /// Ends it at the end of the page: true when `text` holds something.
    pub fn end(&mut self) -> bool {
        if self.number.is_some() || self.name.is_empty() {
            return false;
        }
        match code_point(&self.name) {
            Some(code) => self.decode(u64::from(code)),
            None => self.give_up(),
        }
        true
    }

    fn letter(&mut self, byte: u8) -> Step {
        match byte {
            b'#' if self.name.is_empty() => self.number = Some(0),
            b';' => {
                let Some(code) = code_point(&self.name) else {
                    self.give_up();
                    self.text.push(b';');
                    self.value.push(b';');
                    return Step::Decoded;
                };
                self.decode(u64::from(code));
                // Unlike of a number, all of it.
                self.value.clone_from(&self.text);
                return Step::Decoded;
            }
            _ if self.name.len() < NAME && is_name(byte) => self.name.push(byte),
            _ => {
                self.give_up();
                return Step::Broken;
            }
        }
        Step::More
    }

    fn digit(&mut self, byte: u8) -> Step {
        let number = self.number.unwrap_or(0);
        let base = if self.hex { 16 } else { 10 };
        match (byte, char::from(byte).to_digit(base)) {
            (b'x' | b'X', _) if !self.digits && !self.hex => self.hex = true,
            (_, Some(digit)) => {
                self.digits = true;
                // A hexadecimal number too long for another digit takes one more as if it were decimal.
                let base = if self.hex && number < NUMBER / 16 { 16 } else { 10 };
                if number >= NUMBER / base {
                    self.give_up();
                    return Step::BrokenHere;
                }
                self.number = Some(number.wrapping_mul(base).wrapping_add(u64::from(digit)));
            }
            (b';', _) => {
                self.decode(number);
                return Step::Decoded;
            }
            _ => {
                self.give_up();
                return Step::Broken;
            }
        }
        Step::More
    }

    /// ASCII in lower case, Latin-1 as its byte, anything else as a number of four digits.
    fn decode(&mut self, number: u64) {
        self.text.clear();
        self.value.clear();
        let code = number as u16;
        self.value.push(code as u8);
        match code {
            _ if number < 0x80 => self.text.push((code as u8).to_ascii_lowercase()),
            0 => {}
            1..0xff => self.text.push(code as u8),
            _ => self.text.extend_from_slice(format!("&#x{code:04x};").as_bytes()),
        }
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b':' | b'_')
}
