//! Methods that end with the size of their content, and the ciphers: bounds, cuts, damage.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::Write;
use std::path::Path;

use nacre_codecs::{Bound, Cipher, Decoded, Flavour, Method, Status, decode, decrypt};
use nacre_fmap::Fmap;
use proptest::prelude::*;

/// Lines of "lzfse", a number and its checksum, by the reference encoder's port `lzfse_rust` 0.2.1.
const LZFSE: &[u8] = include_bytes!("lzfse.raw");
const LZFSE_SIZE: u64 = 11_055;
/// The first 1500 bytes of the same, for which it takes LZVN.
const LZVN: &[u8] = include_bytes!("lzvn.raw");
const LZVN_SIZE: u64 = 1_500;

fn methods(size: u64) -> Vec<Method> {
    let flavours = [(false, false), (false, true), (true, false), (true, true)];
    let implode = flavours
        .map(|(large_window, literal_tree)| Method::Implode(Flavour { large_window, literal_tree }, size));
    let others = [Method::Shrink(size), Method::PpmdZip(size), Method::Adc(size)];
    let apple = [Method::Lzvn(size), Method::Lzfse(size)];
    let reduce = (1..=4).map(|factor| Method::Reduce(factor, size));
    implode.into_iter().chain(others).chain(apple).chain(reduce).collect()
}

fn bound(max_output: u64) -> Bound<'static> {
    Bound { max_output, directory: Path::new("/tmp"), deadline: None }
}

fn run(method: Method, packed: &[u8], max_output: u64) -> Decoded {
    decode(method, &Fmap::from_vec(packed.to_vec()), &bound(max_output)).unwrap()
}

fn bytes(decoded: &Decoded) -> Vec<u8> {
    let mut scratch = Vec::new();
    decoded.data.fetch(0..decoded.data.len(), &mut scratch).to_vec()
}

fn ppmd(plain: &[u8]) -> Vec<u8> {
    let restore = ppmd_rust::RestoreMethod::Restart;
    let mut encoder = ppmd_rust::Ppmd8Encoder::new(Vec::new(), 6, 1 << 20, restore).unwrap();
    encoder.write_all(plain).unwrap();
    [&[5, 0], encoder.finish(false).unwrap().as_slice()].concat()
}

#[test]
fn lzfse_and_lzvn_from_another_encoder() {
    let long = run(Method::Lzfse(LZFSE_SIZE), LZFSE, 1 << 20);
    assert_eq!((long.status, long.data.len(), long.consumed), (Status::Done, LZFSE_SIZE, LZFSE.len() as u64));
    let short = run(Method::Lzfse(LZVN_SIZE), LZVN, 1 << 20);
    assert_eq!(
        (short.status, short.data.len(), short.consumed),
        (Status::Done, LZVN_SIZE, LZVN.len() as u64)
    );
    assert!(bytes(&long).starts_with(&bytes(&short)));
    let bare = run(Method::Lzvn(LZVN_SIZE), &LZVN[12..], 1 << 20);
    assert_eq!(bytes(&bare), bytes(&short));
    for cut in [1, 4, 40, 700] {
        let part = run(Method::Lzfse(LZVN_SIZE), &LZVN[..cut], 1 << 20);
        assert_eq!(part.status, Status::Truncated, "{cut}");
        assert!(bytes(&short).starts_with(&bytes(&part)));
    }
}

#[test]
fn adc_copies_and_runs() {
    let packed = [0x83, b'a', b'b', b'c', b'd', 0x04, 0x03, 0x41, 0x00, 0x07, 0x80, b'!'];
    let decoded = run(Method::Adc(14), &packed, 100);
    assert_eq!((decoded.status, bytes(&decoded)), (Status::Done, b"abcdabcdabcda!".to_vec()));
    assert_eq!(run(Method::Adc(14), &[0x00, 0x00], 100).status, Status::Corrupt);
    assert_eq!(run(Method::Adc(14), &packed[..7], 100).status, Status::Truncated);
}

#[test]
fn ppmd_stops_where_the_content_ends() {
    let plain = b"one line of many\n".repeat(500);
    let packed = [ppmd(&plain).as_slice(), b"PK and more"].concat();
    let decoded = run(Method::PpmdZip(plain.len() as u64), &packed, 1 << 20);
    assert_eq!((decoded.status, bytes(&decoded)), (Status::Done, plain.clone()));
    let limited = run(Method::PpmdZip(plain.len() as u64), &packed, 100);
    assert_eq!((limited.status, bytes(&limited)), (Status::Limit, plain[..100].to_vec()));
}

#[test]
fn nothing_is_nothing() {
    for method in
        methods(0).into_iter().filter(|method| !matches!(method, Method::PpmdZip(_) | Method::Lzfse(_)))
    {
        let decoded = run(method, b"", 100);
        assert_eq!((decoded.status, decoded.data.len()), (Status::Done, 0), "{method:?}");
    }
}

#[test]
fn ciphers_with_wrong_keys_and_right_ones() {
    let source = Fmap::from_vec(vec![7; 100]);
    assert!(decrypt(Cipher::WinZipAes(b"short"), &source, &bound(100)).unwrap().is_none());
    for key in [&[1; 16][..], &[1; 24], &[1; 32]] {
        let once = decrypt(Cipher::WinZipAes(key), &source, &bound(100)).unwrap().unwrap();
        assert_ne!(bytes(&once), vec![7; 100]);
        let twice = decrypt(Cipher::WinZipAes(key), &once.data, &bound(100)).unwrap().unwrap();
        assert_eq!(bytes(&twice), vec![7; 100]);
    }
    let limited = decrypt(Cipher::ZipCrypto(b"secret"), &source, &bound(9)).unwrap().unwrap();
    assert_eq!((limited.status, limited.data.len()), (Status::Limit, 9));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_end_within_the_bound(
        noise in proptest::collection::vec(any::<u8>(), 0..3000),
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        size in 0_u64..50_000,
        most in 0_u64..40_000,
    ) {
        for method in methods(size) {
            let decoded = run(method, &noise, most);
            prop_assert!(decoded.data.len() <= most.min(size) && decoded.consumed <= noise.len() as u64);
        }
        let seeds = [
            (Method::Lzfse(size), LZFSE.to_vec()),
            (Method::Lzfse(size), LZVN.to_vec()),
            (Method::Lzvn(size), LZVN[12..].to_vec()),
            (Method::PpmdZip(size), ppmd(&noise)),
        ];
        for (method, mut packed) in seeds {
            for (index, byte) in &flips {
                let at = index.index(packed.len());
                packed[at] = *byte;
            }
            let decoded = run(method, &packed, most);
            prop_assert!(decoded.data.len() <= most.min(size), "{method:?}");
        }
    }
}
