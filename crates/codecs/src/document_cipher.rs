//! Ciphers of documents: RC4, and AES in CBC mode.

use std::io;

use aes::cipher::array::Array;
use aes::cipher::consts::U16;
use aes::cipher::{
    BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, KeyInit, KeyIvInit,
};
use aes::{Aes128, Aes192, Aes256};
use nacre_fmap::Fmap;

use crate::bounded::{Bound, Decoded, Input, Output, Status};

const BLOCK: usize = 16;
/// Bytes of one step, after which output and clock are looked at.
const STEP: usize = 16 << 10;
const LONGEST_RC4_KEY: usize = 256;

/// A cipher with its key.
pub enum DocumentCipher<'a> {
    Rc4(&'a [u8]),
    /// The key has 16, 24 or 32 bytes.
    Aes(&'a [u8]),
}

impl<'a> DocumentCipher<'a> {
    /// RC4 with a key of any length it may have.
    pub fn rc4(key: &'a [u8]) -> Option<Self> {
        (1..=LONGEST_RC4_KEY).contains(&key.len()).then_some(Self::Rc4(key))
    }

    /// AES with a key of 128, 192 or 256 bits.
    pub fn aes(key: &'a [u8]) -> Option<Self> {
        matches!(key.len(), 16 | 24 | 32).then_some(Self::Aes(key))
    }
}

/// Decrypts a stream. One of AES begins with its initialisation vector and ends with padding, which is
/// taken off when it is right; bytes behind the last whole block are left out.
pub fn decrypt(cipher: &DocumentCipher<'_>, source: &Fmap, bound: &Bound<'_>) -> io::Result<Decoded> {
    let (mut input, mut output) = (Input::new(source), Output::new(bound));
    let result = match cipher {
        DocumentCipher::Rc4(key) => rc4_stream(key, &mut input, &mut output),
        DocumentCipher::Aes(key) => match key.len() {
            16 => cbc_stream::<Aes128>(key, &mut input, &mut output),
            24 => cbc_stream::<Aes192>(key, &mut input, &mut output),
            _ => cbc_stream::<Aes256>(key, &mut input, &mut output),
        },
    };
    output.finish(input.position().min(source.len()), result.err().unwrap_or(Status::Done))
}

/// Runs few bytes through a cipher, without padding; nothing unless `data` is whole blocks and `vector` one.
pub fn bytes(cipher: &DocumentCipher<'_>, vector: &[u8], data: &[u8], encrypt: bool) -> Option<Vec<u8>> {
    let mut bytes = data.to_vec();
    match cipher {
        DocumentCipher::Rc4(key) => {
            Rc4::new(key).apply(&mut bytes);
            Some(bytes)
        }
        DocumentCipher::Aes(_) if vector.len() != BLOCK || !data.len().is_multiple_of(BLOCK) => None,
        DocumentCipher::Aes(key) => {
            match (key.len(), encrypt) {
                (16, false) => cbc_decrypt::<Aes128>(key, vector, &mut bytes),
                (24, false) => cbc_decrypt::<Aes192>(key, vector, &mut bytes),
                (_, false) => cbc_decrypt::<Aes256>(key, vector, &mut bytes),
                (16, true) => cbc_encrypt::<Aes128>(key, vector, &mut bytes),
                (24, true) => cbc_encrypt::<Aes192>(key, vector, &mut bytes),
                (_, true) => cbc_encrypt::<Aes256>(key, vector, &mut bytes),
            }?;
            Some(bytes)
        }
    }
}

struct Rc4 {
    state: [u8; 256],
    i: u8,
    j: u8,
}

impl Rc4 {
    fn new(key: &[u8]) -> Self {
        let mut state = std::array::from_fn(|at| at as u8);
        let mut j = 0_u8;
        for (i, &byte) in (0..=255_u8).zip(key.iter().cycle()) {
            j = j.wrapping_add(state[usize::from(i)]).wrapping_add(byte);
            state.swap(usize::from(i), usize::from(j));
        }
        Self { state, i: 0, j: 0 }
    }

    fn apply(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.i = self.i.wrapping_add(1);
            let a = self.state[usize::from(self.i)];
            self.j = self.j.wrapping_add(a);
            let b = self.state[usize::from(self.j)];
            self.state.swap(usize::from(self.i), usize::from(self.j));
            *byte ^= self.state[usize::from(a.wrapping_add(b))];
        }
    }
}

fn rc4_stream(key: &[u8], input: &mut Input<'_>, output: &mut Output) -> Result<(), Status> {
    let mut cipher = Rc4::new(key);
    let mut piece = Vec::new();
    while take(input, &mut piece) > 0 {
        if output.expired() {
            return Err(Status::Limit);
        }
        cipher.apply(&mut piece);
        output.keep(&piece)?;
    }
    Ok(())
}

/// Fills `piece` with up to a step of bytes, as many as there are.
fn take(input: &mut Input<'_>, piece: &mut Vec<u8>) -> usize {
    piece.clear();
    while piece.len() < STEP {
        let chunk = input.chunk();
        let chunk = chunk.get(..chunk.len().min(STEP - piece.len())).unwrap_or(chunk);
        if chunk.is_empty() {
            break;
        }
        piece.extend_from_slice(chunk);
        let taken = chunk.len();
        input.advance(taken);
    }
    piece.len()
}

type Blocks = [Array<u8, U16>];

fn cbc_stream<C>(key: &[u8], input: &mut Input<'_>, output: &mut Output) -> Result<(), Status>
where
    C: BlockCipherDecrypt + KeyInit + aes::cipher::BlockSizeUser<BlockSize = U16>,
{
    let vector = input.take::<BLOCK>().ok_or(Status::Truncated)?;
    let mut cipher = cbc::Decryptor::<C>::new_from_slices(key, &vector).map_err(|_| Status::Corrupt)?;
    let mut piece = Vec::new();
    while take(input, &mut piece) >= BLOCK {
        if output.expired() {
            return Err(Status::Limit);
        }
        let last = input.at_end();
        let (blocks, _): (&mut Blocks, _) = Array::slice_as_chunks_mut(&mut piece);
        cipher.decrypt_blocks(blocks);
        let whole = piece.len() / BLOCK * BLOCK;
        let plain = piece.get(..whole).unwrap_or_default();
        output.keep(if last { without_padding(plain) } else { plain })?;
    }
    Ok(())
}

fn without_padding(plain: &[u8]) -> &[u8] {
    let Some(&count) = plain.last() else { return plain };
    let Some(at) = plain.len().checked_sub(usize::from(count)) else { return plain };
    let padding = plain.get(at..).unwrap_or_default();
    let right = (1..=BLOCK).contains(&usize::from(count)) && padding.iter().all(|&byte| byte == count);
    if right { plain.get(..at).unwrap_or_default() } else { plain }
}

fn cbc_decrypt<C>(key: &[u8], vector: &[u8], bytes: &mut [u8]) -> Option<()>
where
    C: BlockCipherDecrypt + KeyInit + aes::cipher::BlockSizeUser<BlockSize = U16>,
{
    let (blocks, _): (&mut Blocks, _) = Array::slice_as_chunks_mut(bytes);
    cbc::Decryptor::<C>::new_from_slices(key, vector).ok()?.decrypt_blocks(blocks);
    Some(())
}

fn cbc_encrypt<C>(key: &[u8], vector: &[u8], bytes: &mut [u8]) -> Option<()>
where
    C: BlockCipherEncrypt + KeyInit + aes::cipher::BlockSizeUser<BlockSize = U16>,
{
    let (blocks, _): (&mut Blocks, _) = Array::slice_as_chunks_mut(bytes);
    cbc::Encryptor::<C>::new_from_slices(key, vector).ok()?.encrypt_blocks(blocks);
    Some(())
}
