#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use super::stream::{Input, Output};
use super::{aplib, lzma, lzx, nrv, petite, poly, rebuild, wwpack};

/// What a decoder makes of `input` in a memory of `size`.
fn decoded(
    input: &[u8],
    size: usize,
    decode: impl Fn(&mut Input<'_>, &mut Output<'_>) -> Option<()>,
) -> (bool, Vec<u8>) {
    let mut memory = vec![0; size];
    let mut output = Output::new(&mut memory, 0);
    let whole = decode(&mut Input::new(input, 0), &mut output).is_some();
    let made = output.position();
    memory.truncate(made);
    (whole, memory)
}

#[test]
fn aplib_ends_at_its_marker() {
    // a, the byte one back, a zero, a short match of two bytes from two back, the end
    let input = [b'a', 0b1110_0011, 0b1100_0011, 0b0110_0000, 4, 0];
    assert_eq!(decoded(&input, 9, aplib::decode), (true, b"aa\0a\0".to_vec()));
    assert_eq!(decoded(&input, 3, aplib::decode), (false, b"aa\0".to_vec()));
    assert!(!decoded(&input[..5], 9, aplib::decode).0);
}

#[test]
fn nrv_takes_bits_from_words_and_bytes_between() {
    // Two literals; the end is a distance with 24 bits set.
    let mut bits = String::from("11");
    bits.push('0');
    let end = 0xff_ffff + 3;
    let digits = format!("{end:b}");
    for (index, digit) in digits.chars().enumerate().skip(1) {
        bits.push(digit);
        bits.push(if index + 1 == digits.len() { '1' } else { '0' });
    }
    let mut input = Vec::new();
    for (index, word) in bits.as_bytes().chunks(32).enumerate() {
        let text = format!("{:0<32}", String::from_utf8_lossy(word));
        input.extend_from_slice(&u32::from_str_radix(&text, 2).unwrap().to_le_bytes());
        if index == 0 {
            input.extend_from_slice(b"hi");
        }
    }
    input.push(0xff);
    let decode = |input: &mut Input<'_>, output: &mut Output<'_>| {
        nrv::decode(nrv::Method::B, nrv::Unit::Long, input, output)
    };
    assert_eq!(decoded(&input, 9, decode), (true, b"hi".to_vec()));
    assert!(!decoded(&input[..input.len() - 1], 9, decode).0);
}

#[test]
fn loops_are_run_with_their_counter() {
    // lodsb; jmp +1; xor al, 3; sub al, cl; ror al, 4; stosb
    let code = [0xac, 0xeb, 1, 0xc2, 0x34, 3, 0x2a, 0xc1, 0xc0, 0xc8, 4, 0xaa];
    let plain = b"text".map(|byte: u8| byte);
    let mut bytes: Vec<u8> = plain
        .iter()
        .zip([4u8, 3, 2, 1])
        .map(|(byte, counter)| byte.rotate_left(4).wrapping_add(counter) ^ 3)
        .collect();
    poly::decrypt(&code, &mut bytes).unwrap();
    assert_eq!(bytes, plain);
    assert_eq!(poly::decrypt(&[0xac, 0xcc, 0xaa], &mut bytes), None);
    assert_eq!(poly::decrypt(&[0xeb, 0xff, 0xaa], &mut bytes), None);
}

#[test]
fn memory_is_cut_where_streams_began() {
    let memory = vec![7; 0x3000];
    let pieces = rebuild::pieces(&memory, 0x1000, &[0x1010, 0, 0x1800]).unwrap();
    let places: Vec<_> = pieces.iter().map(|piece| (piece.address, piece.bytes.len())).collect();
    assert_eq!(places, [(0x1000, 0x1000), (0x2000, 0x2000)]);
}

proptest! {
    /// Whatever the bytes, a decoder stops, and writes no further than it may.
    #[test]
    fn any_bytes_are_read(input in prop::collection::vec(any::<u8>(), 0..300), size in 0usize..5000) {
        decoded(&input, size, aplib::decode);
        decoded(&input, size, wwpack::decode);
        for method in [nrv::Method::B, nrv::Method::D, nrv::Method::E] {
            for unit in [nrv::Unit::Long, nrv::Unit::Short, nrv::Unit::Byte] {
                decoded(&input, size, |input, output| nrv::decode(method, unit, input, output));
            }
        }
        decoded(&input, size, |input, output| petite::decode(input, output, size as u32));
        decoded(&input, size + 300, |input, output| lzx::decode(input, output, size));
        lzma::decode(input.first().copied().unwrap_or(0), [&[0], &input], &mut vec![0; size]);
        poly::decrypt(&input, &mut vec![0; size]);
    }
}
