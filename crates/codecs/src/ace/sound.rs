//! Sound of ACE: what each channel's prediction is off by, as symbols of codes of its own.

use super::Mode;
use super::tree::Tree;
use crate::bits::Bits;
use crate::bounded::Status;

const LONGEST: u32 = 10;
/// Symbols below stand for runs of right predictions.
const RUNS: u16 = 32;
const CHANGE: u16 = 256 + RUNS;
const SYMBOLS: usize = 289;
const CODES_PER_CHANNEL: usize = 3;
/// From where on a channel changes to the code for noise.
const NOISE: u32 = 40;
/// Bytes after which one coefficient is moved, and after which counts are renewed.
const ADJUST: u32 = 32;
const RENEW: u32 = 256;

/// Which channel each of four bytes belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Bits8,
    Bits16,
    Bits32A,
    Bits32B,
}

impl Form {
    const fn channels(self) -> [usize; 4] {
        match self {
            Self::Bits8 => [0, 0, 0, 0],
            Self::Bits16 => [0, 1, 0, 1],
            Self::Bits32A => [0, 1, 0, 2],
            Self::Bits32B => [1, 0, 2, 0],
        }
    }

    const fn count(self) -> usize {
        match self {
            Self::Bits8 => 1,
            Self::Bits16 => 2,
            Self::Bits32A | Self::Bits32B => 3,
        }
    }
}

/// The state since sound began.
pub struct Sound {
    form: Form,
    channels: Vec<Channel>,
    trees: Vec<Tree>,
    /// Symbols to the next codes.
    left: i64,
}

impl Sound {
    pub fn new(form: Form) -> Self {
        let channels = (0..form.count()).map(|_| Channel::default()).collect();
        Self { form, channels, trees: Vec::new(), left: 0 }
    }

    /// Decodes `most` bytes, less what is left of four, or those before the next mode.
    pub fn read(
        &mut self,
        bits: &mut Bits<'_, '_>,
        most: u64,
        made: &mut Vec<u8>,
    ) -> Result<Option<Mode>, Status> {
        if most < 4 {
            return Err(Status::Corrupt);
        }
        for _ in 0..most / 4 {
            for index in self.form.channels() {
                let Some(off) = self.value(index, bits)? else { return Mode::read(bits).map(Some) };
                let Some(channel) = self.channels.get_mut(index) else { return Err(Status::Corrupt) };
                let sample = off.wrapping_add(channel.predict());
                made.push(sample);
                channel.adjust(sample.cast_signed());
            }
        }
        Ok(None)
    }

    /// What the prediction of a channel is off by; nothing where the mode changes.
    fn value(&mut self, index: usize, bits: &mut Bits<'_, '_>) -> Result<Option<u8>, Status> {
        let Some(pending) = self.channels.get(index).map(|channel| channel.pending) else {
            return Err(Status::Corrupt);
        };
        let value = match pending {
            Pending::Run(left) => {
                self.set(index, Pending::after(left));
                0
            }
            Pending::Nothing => {
                let noisy = self.channels.get(index).is_some_and(|channel| channel.noise > NOISE);
                let symbol = self.symbol(CODES_PER_CHANNEL * index + usize::from(noisy), bits)?;
                if symbol == CHANGE {
                    return Ok(None);
                }
                if symbol < RUNS {
                    self.set(index, Pending::after(symbol));
                    0
                } else {
                    let value = symbol - RUNS;
                    if let Some(channel) = self.channels.get_mut(index) {
                        channel.noise = ((channel.noise * 7) >> 3) + u32::from(value);
                    }
                    value
                }
            }
            Pending::Literal => {
                let symbol = self.symbol(CODES_PER_CHANNEL * index + 2, bits)?;
                if symbol == CHANGE {
                    return Ok(None);
                }
                self.set(index, Pending::Nothing);
                symbol
            }
        };
        let half = (value >> 1) as u8;
        Ok(Some(if value & 1 == 1 { 255 - half } else { half }))
    }

    fn set(&mut self, index: usize, pending: Pending) {
        if let Some(channel) = self.channels.get_mut(index) {
            channel.pending = pending;
        }
    }

    fn symbol(&mut self, tree: usize, bits: &mut Bits<'_, '_>) -> Result<u16, Status> {
        if self.left == 0 {
            self.trees.clear();
            for _ in 0..CODES_PER_CHANNEL * self.channels.len() {
                self.trees.push(Tree::read(bits, LONGEST, SYMBOLS)?);
            }
            self.left = bits.take(15)?.into();
        }
        self.left -= 1;
        let symbol = self.trees.get(tree).ok_or(Status::Corrupt)?.symbol(bits)?;
        if symbol > CHANGE { Err(Status::Corrupt) } else { Ok(symbol) }
    }
}

/// What the next byte of a channel comes from.
#[derive(Clone, Copy, Default)]
enum Pending {
    /// A symbol that may begin a run.
    #[default]
    Nothing,
    /// A run; so many more behind this one.
    Run(u16),
    /// A symbol behind a run.
    Literal,
}

impl Pending {
    /// What follows one byte of a run that had so many more.
    const fn after(left: u16) -> Self {
        if left == 0 { Self::Literal } else { Self::Run(left - 1) }
    }
}

/// A predictor: the last sample, or that and four weighted differences.
#[derive(Default)]
struct Channel {
    pending: Pending,
    noise: u32,
    count: u32,
    last: i32,
    differences: [i32; 4],
    weights: [i32; 4],
    /// How far off each of the weights moved down and up would have been, and none of them moved.
    off: [i32; 9],
    /// How far off the weighted prediction was, and the last sample, and what of that is old.
    error: [i32; 2],
    old_error: [i32; 2],
}

impl Channel {
    fn predict(&self) -> u8 {
        if self.error[0] > self.error[1] { self.last as u8 } else { self.weighted() }
    }

    fn weighted(&self) -> u8 {
        let sum: i32 = self.weights.iter().zip(self.differences).map(|(weight, step)| weight * step).sum();
        ((8 * self.last + sum) >> 3) as u8
    }

    fn adjust(&mut self, sample: i8) {
        let sample = i32::from(sample);
        let off = i32::from((i32::from(self.weighted()) - sample) as i8);
        for (index, step) in self.differences.into_iter().enumerate() {
            self.add(2 * index, (off << 3) - step);
            self.add(2 * index + 1, (off << 3) + step);
        }
        self.add(8, off << 3);
        let step = (sample - self.last) as i8;
        self.error[0] += bit_length(off as i8);
        self.error[1] += bit_length(step);
        self.last = sample;
        self.count = self.count.wrapping_add(1);
        if self.count.is_multiple_of(ADJUST) {
            self.move_weight();
        }
        if self.count.is_multiple_of(RENEW) {
            for (error, old) in self.error.iter_mut().zip(&mut self.old_error) {
                *error -= *old;
                *old = *error;
            }
        }
        let step = i32::from(step);
        let [first, second, third, _] = self.differences;
        self.differences = [step, step - first, second, third];
    }

    fn add(&mut self, index: usize, off: i32) {
        if let Some(sum) = self.off.get_mut(index) {
            *sum += off.abs();
        }
    }

    /// Moves the weight that would have been off least; of equal ones the first.
    fn move_weight(&mut self) {
        let best = self.off.iter().enumerate().min_by_key(|&(_, off)| off).map_or(8, |(index, _)| index);
        self.off = [0; 9];
        if let Some(weight) = self.weights.get_mut(best / 2) {
            if best % 2 == 0 {
                *weight -= i32::from(*weight >= -16);
            } else {
                *weight += i32::from(*weight <= 16);
            }
        }
    }
}

fn bit_length(number: i8) -> i32 {
    (u8::BITS - number.unsigned_abs().leading_zeros()).cast_signed()
}
