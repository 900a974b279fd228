//! Every method against its own encoder, against its bound, against cuts and against damage.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::Write;
use std::path::Path;

use nacre_codecs::{Bound, Decoded, Method, Status, decode};
use nacre_fmap::{Fmap, MEMORY_LIMIT, Spool};
use proptest::prelude::*;

/// Lines of "deflate64" and a number, by 7-Zip (`7zz a -tzip -mm=Deflate64`).
const DEFLATE64: &[u8] = include_bytes!("deflate64.raw");
const DEFLATE64_SIZE: usize = 7_415;

const METHODS: [Method; 8] = [
    Method::Deflate,
    Method::Zlib,
    Method::Gzip,
    Method::Bzip2,
    Method::Xz,
    Method::LzmaAlone,
    Method::LzmaZip(None),
    Method::Zstd,
];

fn encode(method: Method, plain: &[u8]) -> Vec<u8> {
    let level = flate2::Compression::default();
    match method {
        Method::Deflate => {
            let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), level);
            encoder.write_all(plain).unwrap();
            encoder.finish().unwrap()
        }
        Method::Zlib => {
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), level);
            encoder.write_all(plain).unwrap();
            encoder.finish().unwrap()
        }
        Method::Gzip => {
            let mut encoder = flate2::GzBuilder::new()
                .filename("a name")
                .comment("a comment")
                .extra(b"extra".as_slice())
                .write(Vec::new(), level);
            encoder.write_all(plain).unwrap();
            encoder.finish().unwrap()
        }
        Method::Bzip2 => {
            let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            encoder.write_all(plain).unwrap();
            encoder.finish().unwrap()
        }
        Method::Xz => {
            let options = lzma_rust2::XzOptions::with_preset(1);
            let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
            encoder.write_all(plain).unwrap();
            encoder.finish().unwrap()
        }
        Method::LzmaAlone => {
            let options = lzma_rust2::LzmaOptions::with_preset(1);
            let mut encoder = lzma_rust2::LzmaWriter::new_use_header(Vec::new(), &options, None).unwrap();
            encoder.write_all(plain).unwrap();
            encoder.finish().unwrap()
        }
        Method::LzmaZip(_) => {
            let alone = encode(Method::LzmaAlone, plain);
            [&[9, 20, 5, 0], &alone[..5], &alone[13..]].concat()
        }
        Method::Zstd => ruzstd::encoding::compress_to_vec(plain, ruzstd::encoding::CompressionLevel::Fastest),
        _ => unreachable!("nobody here encodes it, or sevenzip.rs does"),
    }
}

fn run(method: Method, packed: &[u8], max_output: u64) -> Decoded {
    decode_from(method, &Fmap::from_vec(packed.to_vec()), max_output)
}

fn decode_from(method: Method, source: &Fmap, max_output: u64) -> Decoded {
    let bound = Bound { max_output, directory: Path::new("/tmp"), deadline: None };
    decode(method, source, &bound).unwrap()
}

fn bytes(decoded: &Decoded) -> Vec<u8> {
    let mut scratch = Vec::new();
    decoded.data.fetch(0..decoded.data.len(), &mut scratch).to_vec()
}

fn text(size: usize) -> Vec<u8> {
    (0..)
        .flat_map(|i: u32| format!("line {} of it\n", i.wrapping_mul(7919)).into_bytes())
        .take(size)
        .collect()
}

#[test]
fn deflate64_from_7zip() {
    let decoded = run(Method::Deflate64, DEFLATE64, 1 << 20);
    assert_eq!(decoded.status, Status::Done);
    assert_eq!(decoded.data.len(), DEFLATE64_SIZE as u64);
    for trailing in [&b""[..], b"PK\x03\x04 and more"] {
        let consumed = run(Method::Deflate64, &[DEFLATE64, trailing].concat(), 1 << 20).consumed;
        assert!((DEFLATE64.len() as u64 - 3..=DEFLATE64.len() as u64).contains(&consumed));
    }
    let whole = bytes(&decoded);
    for cut in [1, 10, DEFLATE64.len() / 2, DEFLATE64.len() - 1] {
        let part = run(Method::Deflate64, &DEFLATE64[..cut], 1 << 20);
        assert_eq!(part.status, Status::Truncated);
        assert!(whole.starts_with(&bytes(&part)));
    }
    let limited = run(Method::Deflate64, DEFLATE64, 1000);
    assert_eq!((limited.status, bytes(&limited)), (Status::Limit, whole[..1000].to_vec()));
}

#[test]
fn every_method_decodes_what_it_encoded_and_knows_its_end() {
    for size in [0, 1, 5, 70_000, 300_000] {
        let plain = text(size);
        for method in METHODS {
            let packed = encode(method, &plain);
            let decoded = run(method, &[&packed[..], b"trailing"].concat(), 1 << 30);
            assert_eq!(decoded.status, Status::Done, "{method:?} {size}");
            assert!(bytes(&decoded) == plain, "{method:?} {size}");
            assert_eq!(decoded.consumed, packed.len() as u64, "{method:?} {size}");
        }
    }
}

#[test]
fn output_stops_at_its_bound_and_not_before() {
    let plain = text(200_000);
    for method in METHODS {
        let packed = encode(method, &plain);
        for bound in [0_usize, 1, 65_535, 65_536, 199_999] {
            let decoded = run(method, &packed, bound as u64);
            assert_eq!(decoded.status, Status::Limit, "{method:?} {bound}");
            assert!(bytes(&decoded) == plain[..bound], "{method:?} {bound}");
        }
        assert_eq!(run(method, &packed, 200_000).status, Status::Done, "{method:?}");
    }
}

#[test]
fn a_bomb_stops_at_its_bound() {
    let plain = vec![0; 12 << 20];
    for method in METHODS {
        let decoded = run(method, &encode(method, &plain), 9 << 20);
        assert_eq!((decoded.status, decoded.data.len()), (Status::Limit, 9 << 20), "{method:?}");
    }
}

#[test]
fn members_are_joined() {
    let (first, second) = (text(1000), text(70_000));
    for (method, between) in [
        (Method::Gzip, &b""[..]),
        (Method::Bzip2, b""),
        (Method::Xz, b"\0\0\0\0"),
        (Method::Zstd, b"\x5a\x2a\x4d\x18\x04\0\0\0skip"),
    ] {
        let packed = [&encode(method, &first), between, &encode(method, &second)].concat();
        let decoded = run(method, &packed, 1 << 20);
        assert_eq!(decoded.status, Status::Done, "{method:?}");
        assert!(bytes(&decoded) == [&first[..], &second[..]].concat(), "{method:?}");
        assert_eq!(decoded.consumed, packed.len() as u64, "{method:?}");
    }
}

#[test]
fn cut_input_gives_what_was_there() {
    let plain: Vec<u8> = text(400_000).chunks(3).flat_map(|c| [c[0], c[0] ^ 0x55, 7]).collect();
    for method in METHODS {
        let packed = encode(method, &plain);
        for tenths in 1..10 {
            let decoded = run(method, &packed[..packed.len() * tenths / 10], 1 << 30);
            assert_eq!(decoded.status, Status::Truncated, "{method:?} {tenths}");
            assert!(plain.starts_with(&bytes(&decoded)), "{method:?} {tenths}");
            // bzip2 gives nothing of an unfinished block of 100 kB, the others of much smaller ones.
            let least = if method == Method::Bzip2 { 90_000 } else { 10_000 };
            assert!(tenths < 5 || decoded.data.len() > least, "{method:?} {tenths} {}", decoded.data.len());
        }
    }
}

#[test]
fn damage_keeps_what_came_before() {
    let plain = text(400_000);
    for method in METHODS {
        let mut packed = encode(method, &plain);
        let middle = packed.len() / 2;
        packed[middle..middle + 40].fill(0xff);
        let decoded = run(method, &packed, 1 << 20);
        let got = bytes(&decoded);
        let same = got.iter().zip(&plain).take_while(|(a, b)| a == b).count();
        assert!(same > 50_000, "{method:?} {same}");
        if matches!(method, Method::Zlib | Method::Bzip2 | Method::Xz) {
            assert_eq!(decoded.status, Status::Corrupt, "{method:?}");
        }
    }
}

#[test]
fn a_layer_behind_a_descriptor_decodes_alike() {
    // Noise, so that the packed form is too large to be read whole.
    let mut state = 1_u32;
    let plain: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(MEMORY_LIMIT as usize + 70_000)
    .collect();
    for method in [Method::Deflate, Method::Gzip, Method::Zstd] {
        let packed = encode(method, &plain);
        let mut spool = Spool::new("/tmp".into(), 0);
        spool.write_all(b"before").unwrap();
        spool.write_all(&packed).unwrap();
        let file = spool.into_fmap().unwrap();
        assert!(file.memory().is_none());
        let decoded = decode_from(method, &file.slice(6, u64::MAX), 1 << 30);
        assert_eq!(decoded.status, Status::Done, "{method:?}");
        assert_eq!(decoded.consumed, packed.len() as u64, "{method:?}");
        let kind = nacre_fmap::DigestKind::Md5;
        assert_eq!(decoded.data.digest(kind), Fmap::from_vec(plain.clone()).digest(kind));
    }
}

#[test]
fn a_dictionary_beyond_all_reason_is_refused() {
    let mut packed = encode(Method::LzmaAlone, b"some content");
    packed[1..5].copy_from_slice(&0xf000_0000_u32.to_le_bytes());
    assert_eq!(run(Method::LzmaAlone, &packed, 100).status, Status::Window);
    let window = b"\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00";
    assert_eq!(run(Method::Zstd, window, 100).status, Status::Window);
}

#[test]
fn the_deadline_ends_it() {
    let packed = encode(Method::Gzip, &vec![0; 10 << 20]);
    let bound = Bound {
        max_output: 1 << 30,
        directory: Path::new("/tmp"),
        deadline: Some(std::time::Instant::now()),
    };
    let decoded = decode(Method::Gzip, &Fmap::from_vec(packed), &bound).unwrap();
    assert_eq!(decoded.status, Status::Limit);
}

#[test]
fn an_unwritable_directory_loses_nothing() {
    let packed = encode(Method::Gzip, &vec![0; 9 << 20]);
    let bound = Bound { max_output: 1 << 30, directory: Path::new("/nowhere/at/all"), deadline: None };
    let decoded = decode(Method::Gzip, &Fmap::from_vec(packed), &bound).unwrap();
    assert_eq!(decoded.status, Status::Done);
    assert_eq!(decoded.data.len(), 9 << 20);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_end_within_the_bound(
        noise in proptest::collection::vec(any::<u8>(), 0..2000),
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        bound in 0_u64..100_000,
    ) {
        for method in METHODS.into_iter().chain([Method::Deflate64, Method::LzmaZip(Some(5_000))]) {
            let decoded = run(method, &noise, bound);
            prop_assert!(decoded.data.len() <= bound && decoded.consumed <= noise.len() as u64);
            let mut packed = if method == Method::Deflate64 {
                DEFLATE64.to_vec()
            } else {
                encode(method, &text(3_000))
            };
            for (index, byte) in &flips {
                let at = index.index(packed.len());
                packed[at] = *byte;
            }
            let decoded = run(method, &packed, bound);
            prop_assert!(decoded.data.len() <= bound && decoded.consumed <= packed.len() as u64);
        }
    }
}
