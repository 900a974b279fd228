//! The two ciphers of the members.

use crate::bounded::{Input, Output, Status};

const CHUNK: usize = 32 << 10;

/// A generator whose bytes are laid over the data.
trait Keystream {
    fn byte(&mut self) -> u8;
}

fn lay_over(stream: &mut impl Keystream, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    loop {
        if output.expired() {
            return Err(Status::Limit);
        }
        let chunk = input.chunk();
        let mut plain = chunk.get(..chunk.len().min(CHUNK)).unwrap_or(chunk).to_vec();
        if plain.is_empty() {
            return Ok(());
        }
        input.advance(plain.len());
        for byte in &mut plain {
            *byte ^= stream.byte();
        }
        output.keep(&plain)?;
    }
}

/// EA05: the Mersenne twister MT19937 (Matsumoto and Nishimura 1998), one byte of each number.
pub fn twister(key: u32, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    lay_over(&mut Twister::new(key), input, output)
}

/// EA06: a generator of the RANROT family (Fog), one byte of each second number.
pub fn ranrot(key: u32, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    lay_over(&mut Ranrot::new(key), input, output)
}

const STATE: usize = 624;
const MIDDLE: usize = 397;

struct Twister {
    state: [u32; STATE],
    at: usize,
}

impl Twister {
    fn new(seed: u32) -> Self {
        let mut state = [0; STATE];
        let mut last = seed;
        for (index, word) in state.iter_mut().enumerate() {
            if index > 0 {
                last = 1_812_433_253_u32.wrapping_mul(last ^ last >> 30).wrapping_add(index as u32);
            }
            *word = last;
        }
        Self { state, at: STATE }
    }

    fn renew(&mut self) {
        for index in 0..STATE {
            let joined = self.state[index] & 0x8000_0000 | self.state[(index + 1) % STATE] & 0x7FFF_FFFF;
            let odd = if joined & 1 == 1 { 0x9908_B0DF } else { 0 };
            self.state[index] = self.state[(index + MIDDLE) % STATE] ^ joined >> 1 ^ odd;
        }
        self.at = 0;
    }
}

impl Keystream for Twister {
    fn byte(&mut self) -> u8 {
        if self.at >= STATE {
            self.renew();
        }
        let mut number = self.state[self.at];
        self.at += 1;
        number ^= number >> 11;
        number ^= number << 7 & 0x9D2C_5680;
        number ^= number << 15 & 0xEFC6_0000;
        number ^= number >> 18;
        (number >> 1) as u8
    }
}

const LAGS: usize = 17;
const SECOND_LAG: usize = 10;
const THROWN_AWAY: usize = 9;

struct Ranrot {
    state: [u32; LAGS],
    at: usize,
    other: usize,
}

impl Ranrot {
    fn new(seed: u32) -> Self {
        let mut state = [0; LAGS];
        let mut last = seed;
        for word in &mut state {
            last = 1_u32.wrapping_sub(last.wrapping_mul(0x53A9_B4FB));
            *word = last;
        }
        let mut made = Self { state, at: 0, other: SECOND_LAG };
        for _ in 0..THROWN_AWAY {
            made.number();
        }
        made
    }

    fn number(&mut self) -> u32 {
        let number = self.state[self.at].rotate_left(9).wrapping_add(self.state[self.other].rotate_left(13));
        self.state[self.at] = number;
        self.at = self.at.checked_sub(1).unwrap_or(LAGS - 1);
        self.other = self.other.checked_sub(1).unwrap_or(LAGS - 1);
        number
    }
}

impl Keystream for Ranrot {
    fn byte(&mut self) -> u8 {
        self.number();
        (self.number() >> 24) as u8
    }
}
