//! LHA's -lh1-: LZ77 over 4 KiB with an adaptive Huffman code, known as LZHUF.
//!
//! Source: LZHUF by Haruyasu Yoshizaki, in the public domain.

use crate::bits::Bits;
use crate::bounded::{Input, Output, Status};
use crate::huffman::Huffman;
use crate::window::{Window, through};

const WINDOW: usize = 4096;
const LITERALS: u16 = 256;
const SHORTEST: u64 = 3;
/// Literals, and lengths from 3 to 60.
const SYMBOLS: usize = 314;
const NODES: usize = SYMBOLS * 2 - 1;
const ROOT: usize = NODES - 1;
/// The root's frequency at which all are halved.
const LARGEST: u16 = 0x8000;
/// How many codes there are for the upper bits of distances, from three bits on.
const DISTANCES: [(u8, usize); 6] = [(3, 1), (4, 3), (5, 8), (6, 12), (7, 24), (8, 16)];

/// The tree: nodes by rising frequency, siblings side by side, the root last.
struct Tree {
    frequency: [u16; NODES],
    /// The first of a node's children, or `NODES` and a symbol.
    child: [usize; NODES],
    /// Of nodes, and behind them of symbols.
    parent: [usize; NODES + SYMBOLS],
}

impl Tree {
    fn new() -> Self {
        let mut tree = Self { frequency: [1; NODES], child: [0; NODES], parent: [0; NODES + SYMBOLS] };
        for (symbol, child) in tree.child.iter_mut().take(SYMBOLS).enumerate() {
            *child = NODES + symbol;
        }
        for node in SYMBOLS..NODES {
            let first = (node - SYMBOLS) * 2;
            tree.frequency[node] = tree.frequency[first] + tree.frequency[first + 1];
            tree.child[node] = first;
        }
        tree.adopt();
        tree
    }

    /// Tells all children who their parent is.
    fn adopt(&mut self) {
        for node in 0..NODES {
            self.set_parent(self.child[node], node);
        }
        self.parent[ROOT] = 0;
    }

    fn set_parent(&mut self, child: usize, parent: usize) {
        self.parent[child] = parent;
        if child < NODES {
            self.parent[child + 1] = parent;
        }
    }

    fn decode(&mut self, bits: &mut Bits<'_, '_>) -> Result<u16, Status> {
        let mut node = self.child[ROOT];
        while node < NODES {
            node = self.child[node + bits.take(1)? as usize];
        }
        let symbol = node - NODES;
        self.count(symbol);
        Ok(symbol as u16)
    }

    /// Makes `symbol` more frequent and restores the order.
    fn count(&mut self, symbol: usize) {
        if self.frequency[ROOT] == LARGEST {
            self.halve();
        }
        let mut node = self.parent[NODES + symbol];
        loop {
            self.frequency[node] += 1;
            let frequency = self.frequency[node];
            let mut last = node;
            while last < ROOT && self.frequency[last + 1] < frequency {
                last += 1;
            }
            if last > node {
                self.frequency.swap(node, last);
                self.child.swap(node, last);
                self.set_parent(self.child[node], node);
                self.set_parent(self.child[last], last);
            }
            if last == ROOT {
                return;
            }
            node = self.parent[last];
        }
    }

    /// Halves the frequencies of the symbols and builds the tree anew.
    fn halve(&mut self) {
        let mut leaves = 0;
        for node in 0..NODES {
            if self.child[node] >= NODES {
                self.frequency[leaves] = self.frequency[node].div_ceil(2);
                self.child[leaves] = self.child[node];
                leaves += 1;
            }
        }
        for node in SYMBOLS..NODES {
            let first = (node - SYMBOLS) * 2;
            let frequency = self.frequency[first] + self.frequency[first + 1];
            let mut place = node;
            while place > 0 && self.frequency[place - 1] > frequency {
                place -= 1;
            }
            self.frequency.copy_within(place..node, place + 1);
            self.child.copy_within(place..node, place + 1);
            self.frequency[place] = frequency;
            self.child[place] = first;
        }
        self.adopt();
    }
}

/// Decodes `size` bytes.
pub fn decode(size: u64, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let mut distances = Huffman::new();
    let lengths: Vec<u8> = DISTANCES.iter().flat_map(|&(length, count)| vec![length; count]).collect();
    distances.set(&lengths)?;
    let mut tree = Tree::new();
    let mut bits = Bits::new(input);
    through(Window::filled(WINDOW, b' '), output, |window, output| {
        let mut made = 0;
        while made < size {
            let symbol = tree.decode(&mut bits)?;
            if let Some(length) = symbol.checked_sub(LITERALS) {
                let upper = u32::from(distances.decode(&mut bits)?);
                let distance = (upper << 6 | bits.take(6)?) + 1;
                let length = (u64::from(length) + SHORTEST).min(size - made);
                window.copy(distance as usize, length as usize)?;
                made += length;
            } else {
                window.put(symbol as u8);
                made += 1;
            }
            window.spill_when_full(output)?;
        }
        bits.bytes();
        Ok(())
    })
}
