//! The ciphers of ZIP: PKWARE's traditional one (APPNOTE 6.1) and `WinZip`'s AES in counter mode.

use std::io;

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes192, Aes256, Block};
use nacre_fmap::Fmap;

use crate::bounded::{Bound, Decoded, Input, Output, Status};

const KEYS: [u32; 3] = [0x1234_5678, 0x2345_6789, 0x3456_7890];
const POLYNOMIAL: u32 = 0xedb8_8320;
const FACTOR: u32 = 134_775_813;
const BLOCK: usize = 16;
const PIECE: usize = 64 << 10;

/// Decrypts the next piece in place.
type Keystream = Box<dyn FnMut(&mut [u8])>;

/// A cipher and its key.
#[derive(Clone, Copy, Debug)]
pub enum Cipher<'a> {
    /// The traditional one, with the password.
    ZipCrypto(&'a [u8]),
    /// AES with a key of 16, 24 or 32 bytes; the counter is little endian and begins at one.
    WinZipAes(&'a [u8]),
}

/// Decrypts all of `source`; nothing when the key's size is none of the cipher's.
pub fn decrypt(cipher: Cipher<'_>, source: &Fmap, bound: &Bound<'_>) -> io::Result<Option<Decoded>> {
    let Some(mut keystream) = keystream_of(cipher) else { return Ok(None) };
    let mut input = Input::new(source);
    let mut output = Output::new(bound);
    let status = run(&mut keystream, &mut input, &mut output).err().unwrap_or(Status::Done);
    output.finish(input.position(), status).map(Some)
}

fn run(keystream: &mut Keystream, input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    loop {
        if output.expired() {
            return Err(Status::Limit);
        }
        let chunk = input.chunk();
        let mut piece = chunk.get(..chunk.len().min(PIECE)).unwrap_or(chunk).to_vec();
        if piece.is_empty() {
            return Ok(());
        }
        input.advance(piece.len());
        keystream(&mut piece);
        output.keep(&piece)?;
    }
}

fn keystream_of(cipher: Cipher<'_>) -> Option<Keystream> {
    Some(match cipher {
        Cipher::ZipCrypto(password) => {
            let mut state = Traditional::new(password);
            Box::new(move |piece| {
                for byte in piece {
                    *byte = state.next(*byte);
                }
            })
        }
        Cipher::WinZipAes(key) => match key.len() {
            16 => counter_mode(Aes128::new_from_slice(key).ok()?),
            24 => counter_mode(Aes192::new_from_slice(key).ok()?),
            32 => counter_mode(Aes256::new_from_slice(key).ok()?),
            _ => return None,
        },
    })
}

fn counter_mode(
    cipher: impl BlockCipherEncrypt<BlockSize = aes::cipher::consts::U16> + 'static,
) -> Keystream {
    let mut counter = 0_u128;
    let mut block = [0; BLOCK];
    let mut used = BLOCK;
    Box::new(move |piece| {
        for byte in piece {
            if used == BLOCK {
                counter = counter.wrapping_add(1);
                let mut fresh = Block::from(counter.to_le_bytes());
                cipher.encrypt_block(&mut fresh);
                block = fresh.into();
                used = 0;
            }
            *byte ^= block.get(used).copied().unwrap_or(0);
            used += 1;
        }
    })
}

/// The three keys of the traditional cipher, which change with each byte of plain text.
struct Traditional {
    keys: [u32; 3],
    table: Vec<u32>,
}

impl Traditional {
    fn new(password: &[u8]) -> Self {
        let row = |byte| (0..8).fold(byte, |crc: u32, _| (crc >> 1) ^ (POLYNOMIAL * (crc & 1)));
        let mut state = Self { keys: KEYS, table: (0..256).map(row).collect() };
        for &byte in password {
            state.update(byte);
        }
        state
    }

    fn crc(&self, crc: u32, byte: u8) -> u32 {
        let row = usize::from(crc as u8 ^ byte);
        crc >> 8 ^ self.table.get(row).copied().unwrap_or(0)
    }

    fn update(&mut self, byte: u8) {
        let [first, second, third] = self.keys;
        let first = self.crc(first, byte);
        let second = second.wrapping_add(first & 0xff).wrapping_mul(FACTOR).wrapping_add(1);
        let third = self.crc(third, (second >> 24) as u8);
        self.keys = [first, second, third];
    }

    fn next(&mut self, byte: u8) -> u8 {
        let key = (self.keys[2] | 2) & 0xffff;
        let plain = byte ^ (key.wrapping_mul(key ^ 1) >> 8) as u8;
        self.update(plain);
        plain
    }
}
