//! The Huffman codes of LZMS, made anew from the symbols so far, and the bits that they read from the end.

use crate::bounded::Status;

const LONGEST: usize = 15;

/// Words of 16 bits from the last to the first, the most significant bit first.
pub struct Bits<'a> {
    rest: &'a [u8],
    held: u64,
    count: u32,
    /// How many bits that are held are before the beginning.
    missing: u32,
}

impl<'a> Bits<'a> {
    pub fn new(packed: &'a [u8]) -> Self {
        Self { rest: packed, held: 0, count: 0, missing: 0 }
    }

    /// The next `count` bits, at most 32, without moving; zeros where nothing is.
    fn peek(&mut self, count: u32) -> u32 {
        while self.count < count {
            let word = if let Some((rest, word)) = self.rest.split_last_chunk::<2>() {
                self.rest = rest;
                u16::from_le_bytes(*word)
            } else {
                self.missing += 16;
                0
            };
            self.held |= u64::from(word) << (48 - self.count);
            self.count += 16;
        }
        if count == 0 { 0 } else { (self.held >> (64 - count)) as u32 }
    }

    fn skip(&mut self, count: u32) -> Result<(), Status> {
        if self.count < count + self.missing {
            return Err(Status::Truncated);
        }
        self.held <<= count;
        self.count -= count;
        Ok(())
    }

    pub fn take(&mut self, count: u32) -> Result<u32, Status> {
        let value = self.peek(count);
        self.skip(count)?;
        Ok(value)
    }
}

/// A code that follows how often its symbols come.
pub struct Code {
    frequencies: Vec<u32>,
    /// Symbol and length for all 15 bits that may come.
    table: Vec<u16>,
    period: u32,
    left: u32,
}

impl Code {
    /// A code of `symbols`, made anew every `period` of them.
    pub fn new(symbols: usize, period: u32) -> Self {
        let mut code = Self { frequencies: vec![1; symbols], table: Vec::new(), period, left: period };
        code.rebuild();
        code
    }

    pub fn decode(&mut self, bits: &mut Bits<'_>) -> Result<u16, Status> {
        let seen = bits.peek(LONGEST as u32);
        let entry = *self.table.get(seen as usize).ok_or(Status::Corrupt)?;
        bits.skip(u32::from(entry & 15))?;
        let symbol = entry >> 4;
        if let Some(frequency) = self.frequencies.get_mut(usize::from(symbol)) {
            *frequency += 1;
        }
        self.left -= 1;
        if self.left == 0 {
            self.left = self.period;
            self.rebuild();
        }
        Ok(symbol)
    }

    fn rebuild(&mut self) {
        let mut order: Vec<usize> = (0..self.frequencies.len()).collect();
        let frequency = |symbol: &usize| self.frequencies.get(*symbol).copied().unwrap_or(0);
        order.sort_by_key(|symbol| (frequency(symbol), *symbol));
        let sorted: Vec<u32> = order.iter().map(frequency).collect();
        let counts = counts_of_lengths(&sorted);
        let mut rarest_first = order.into_iter();
        let mut by_length: [Vec<usize>; LONGEST + 1] = Default::default();
        for length in (1..=LONGEST).rev() {
            by_length[length].extend(rarest_first.by_ref().take(counts[length]));
            by_length[length].sort_unstable();
        }
        self.table.clear();
        for (length, symbols) in by_length.iter().enumerate().skip(1) {
            for symbol in symbols {
                let end = self.table.len() + (1 << (LONGEST - length));
                self.table.resize(end, (symbol << 4 | length) as u16);
            }
        }
        for frequency in &mut self.frequencies {
            *frequency = (*frequency >> 1) + 1;
        }
    }
}

/// How many symbols of these frequencies, the least first, get a code of each length.
fn counts_of_lengths(frequencies: &[u32]) -> [usize; LONGEST + 1] {
    let mut counts = [0; LONGEST + 1];
    counts[1] = frequencies.len().min(2);
    // Nodes in the order in which they are made: their frequencies, then their parents.
    let mut nodes: Vec<u32> = Vec::new();
    let mut parents: Vec<usize> = Vec::new();
    let (mut leaf, mut node) = (0, 0);
    while nodes.len() + 1 < frequencies.len() {
        let mut sum = 0;
        for _ in 0..2 {
            match (frequencies.get(leaf), nodes.get(node)) {
                (Some(own), other) if other.is_none_or(|other| own <= other) => {
                    sum += own;
                    leaf += 1;
                }
                (_, Some(other)) => {
                    sum += other;
                    node += 1;
                    parents.push(nodes.len());
                }
                _ => {}
            }
        }
        nodes.push(sum);
    }
    let mut depths = vec![0_usize; nodes.len()];
    for index in (0..parents.len()).rev() {
        let parent = parents.get(index).and_then(|parent| depths.get(*parent));
        let mut length = parent.copied().unwrap_or(0) + 1;
        if let Some(depth) = depths.get_mut(index) {
            *depth = length;
        }
        if length >= LONGEST {
            length = LONGEST - 1;
            while length > 1 && counts[length] == 0 {
                length -= 1;
            }
        }
        counts[length] = counts[length].saturating_sub(1);
        counts[length + 1] += 2;
    }
    counts
}
