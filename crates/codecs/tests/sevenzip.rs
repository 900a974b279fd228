//! What only 7z has: streams whose properties and sizes stand elsewhere, and filters.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::Write;
use std::path::Path;

use lzma_rust2::filter::bcj::BcjWriter;
use lzma_rust2::filter::bcj2::{Bcj2Options, Bcj2Writer};
use lzma_rust2::filter::delta::DeltaWriter;
use lzma_rust2::{Lzma2Options, Lzma2Writer, LzmaOptions, LzmaWriter};
use nacre_codecs::{Bound, Decoded, Filter, Method, Status, decode, join_bcj2};
use nacre_fmap::Fmap;
use proptest::prelude::*;

/// Dictionary of 8 MiB, the properties that every packer writes.
const LZMA: [u8; 5] = [0x5d, 0, 0, 0x80, 0];
/// Order 6, memory of 16 MiB.
const PPMD: [u8; 5] = [6, 0, 0, 0, 1];
const DICTIONARY: u8 = 22;

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

/// Text and code with calls and jumps, so that every filter has something to do.
fn plain() -> Vec<u8> {
    (0..40_000_u32)
        .flat_map(|i| match i % 5 {
            0 => format!("line {} of this text", i % 977).into_bytes(),
            1 => [&[0xe8], &(i * 16).to_le_bytes()[..]].concat(),
            2 => [&[0xe9], &(i * 7).to_le_bytes()[..]].concat(),
            3 => [&[0x0f, 0x84], &(i * 3).to_le_bytes()[..]].concat(),
            _ => (0x9400_0000 | i).to_le_bytes().to_vec(),
        })
        .collect()
}

fn streams(plain: &[u8]) -> [(Method, Vec<u8>); 3] {
    let size = plain.len() as u64;
    let mut lzma = LzmaWriter::new_no_header(Vec::new(), &LzmaOptions::with_preset(1), false).unwrap();
    lzma.write_all(plain).unwrap();
    let mut lzma2 = Lzma2Writer::new(Vec::new(), Lzma2Options::with_preset(1));
    lzma2.write_all(plain).unwrap();
    let mut ppmd = ppmd_rust::Ppmd7Encoder::new(Vec::new(), 6, 16 << 20).unwrap();
    ppmd.write_all(plain).unwrap();
    [
        (Method::LzmaRaw(LZMA, size), lzma.finish().unwrap()),
        (Method::Lzma2(DICTIONARY, size), lzma2.finish().unwrap()),
        (Method::Ppmd(PPMD, size), ppmd.finish(false).unwrap()),
    ]
}

#[test]
fn streams_decode_what_was_encoded() {
    let plain = plain();
    for (method, packed) in streams(&plain) {
        let decoded = run(method, &packed, 1 << 30);
        assert_eq!(decoded.status, Status::Done, "{method:?}");
        assert!(bytes(&decoded) == plain, "{method:?}");
        for most in [0, 1, 65_536, plain.len() - 1] {
            let decoded = run(method, &packed, most as u64);
            assert_eq!(decoded.status, Status::Limit, "{method:?} {most}");
            assert!(bytes(&decoded) == plain[..most], "{method:?} {most}");
        }
    }
}

#[test]
fn what_came_before_the_damage_stays() {
    let plain = plain();
    for (method, packed) in streams(&plain) {
        let cut = run(method, &packed[..packed.len() / 2], 1 << 30);
        assert_eq!(cut.status, Status::Truncated, "{method:?}");
        assert!(plain.starts_with(&bytes(&cut)) && cut.data.len() > plain.len() as u64 / 5, "{method:?}");
        let mut broken = packed.clone();
        let half = broken.len() / 2;
        broken[half..half + 64].fill(0xff);
        let decoded = bytes(&run(method, &broken, 1 << 30));
        let same = decoded.iter().zip(&plain).take_while(|(a, b)| a == b).count();
        assert!(same > plain.len() / 5, "{method:?} {same}");
    }
}

#[test]
fn memory_follows_the_output_and_is_refused_beyond_it() {
    let plain = plain();
    let size = plain.len() as u64;
    let [(_, lzma), (_, lzma2), (_, ppmd)] = streams(&plain);
    let large = [0x5d, 0xff, 0xff, 0xff, 0xff];
    assert!(bytes(&run(Method::LzmaRaw(large, size), &lzma, 1 << 30)) == plain);
    assert!(bytes(&run(Method::Lzma2(40, size), &lzma2, 1 << 30)) == plain);
    for (method, packed) in [
        (Method::LzmaRaw(large, 1 << 40), &lzma),
        (Method::Lzma2(40, 1 << 40), &lzma2),
        (Method::Ppmd([6, 0xff, 0xff, 0xff, 0xff], size), &ppmd),
    ] {
        assert_eq!(run(method, packed, 1 << 30).status, Status::Window, "{method:?}");
    }
    assert_eq!(run(Method::Lzma2(41, size), &lzma2, 1 << 30).status, Status::Corrupt);
    assert_eq!(run(Method::Ppmd([1, 0, 0, 0, 1], size), &ppmd, 1 << 30).status, Status::Corrupt);
}

type Writer = BcjWriter<Vec<u8>>;
type Pair = (fn(Vec<u8>, usize) -> Writer, fn(u32) -> Filter);

#[test]
fn filters_are_taken_back() {
    let plain = plain();
    let makers: [Pair; 8] = [
        (Writer::new_x86, Filter::X86),
        (Writer::new_ppc, Filter::PowerPc),
        (Writer::new_ia64, Filter::Ia64),
        (Writer::new_arm, Filter::Arm),
        (Writer::new_arm_thumb, Filter::Thumb),
        (Writer::new_sparc, Filter::Sparc),
        (Writer::new_arm64, Filter::Arm64),
        (Writer::new_riscv, Filter::RiscV),
    ];
    for (make, filter) in makers {
        for start in [0, 4096] {
            let mut writer = make(Vec::new(), start);
            writer.write_all(&plain).unwrap();
            let decoded = run(Method::Filter(filter(start as u32)), &writer.finish().unwrap(), 1 << 30);
            assert_eq!(decoded.status, Status::Done);
            assert!(bytes(&decoded) == plain, "{:?}", filter(start as u32));
        }
    }
    let mut delta = DeltaWriter::new(Vec::new(), 4);
    delta.write_all(&plain).unwrap();
    let delta = delta.into_inner();
    assert!(bytes(&run(Method::Filter(Filter::Delta(4)), &delta, 1 << 30)) == plain);
    assert_eq!(run(Method::Filter(Filter::Delta(4)), &delta, 100).status, Status::Limit);
}

#[test]
fn whole_groups_are_swapped() {
    let swapped = |width, from: &[u8]| bytes(&run(Method::Filter(Filter::Swap(width)), from, 100));
    assert_eq!(swapped(2, b"abcde"), b"badce");
    assert_eq!(swapped(4, b"abcdefghij"), b"dcbahgfeij");
    assert_eq!(swapped(4, b""), b"");
}

#[test]
fn four_streams_are_joined() {
    let plain = plain();
    let mut writer =
        Bcj2Writer::new([Vec::new(), Vec::new(), Vec::new(), Vec::new()], &Bcj2Options::default()).unwrap();
    writer.write_all(&plain).unwrap();
    let sources: [Fmap; 4] = writer.finish().unwrap().map(Fmap::from_vec);
    let size = plain.len() as u64;
    let decoded = join_bcj2(&sources, size, &bound(1 << 30)).unwrap();
    assert_eq!(decoded.status, Status::Done);
    assert!(bytes(&decoded) == plain);
    let cut = [
        sources[0].slice(0, sources[0].len() / 2),
        sources[1].clone(),
        sources[2].clone(),
        sources[3].clone(),
    ];
    let decoded = join_bcj2(&cut, size, &bound(1 << 30)).unwrap();
    assert_ne!(decoded.status, Status::Done);
    assert!(plain.starts_with(&bytes(&decoded)) && decoded.data.len() > size / 3);
}

proptest! {
    #[test]
    fn noise_ends(noise in prop::collection::vec(any::<u8>(), 0..2000), five in any::<[u8; 5]>(), size in 0..5000_u64) {
        let [order, _, low, high, _] = five;
        for method in [
            Method::LzmaRaw(five, size),
            Method::Lzma2(order % 42, size),
            Method::Ppmd([order, low, high, 0, 0], size),
            Method::Filter(Filter::X86(size as u32)),
            Method::Filter(Filter::Ia64(size as u32)),
            Method::Filter(Filter::RiscV(size as u32)),
            Method::Filter(Filter::Thumb(u32::MAX)),
            Method::Filter(Filter::Delta(u32::from(order) + 1)),
        ] {
            prop_assert!(run(method, &noise, 3000).data.len() <= 3000);
        }
        let noise = Fmap::from_vec(noise);
        let part = |quarter| noise.slice(quarter * noise.len() / 4, noise.len() / 4);
        let sources = [part(0), part(1), part(2), part(3)];
        prop_assert!(join_bcj2(&sources, size, &bound(3000)).unwrap().data.len() <= 3000);
    }
}
