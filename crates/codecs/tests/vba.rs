//! The compression of VBA source against the examples of MS-OVBA 3.2, against cuts, bounds and noise.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use nacre_codecs::{Bound, Decoded, Method, Status, decode};
use nacre_fmap::Fmap;
use proptest::prelude::*;

const PLAIN: &[u8] = b"\x01\x19\xb0\x00abcdefgh\x00ijklmnop\x00qrstuv.";
const MIXED: &[u8] =
    b"\x01\x2f\xb0\x00#aaabcde\x82f\x00paghij\x018\x08akl\x000mnop\x06q\x02p\x04\x10rstuv\x10wxyz\x00<";
const RUN: &[u8] = b"\x01\x03\xb0\x02aE\x00";

fn run(packed: &[u8], max_output: u64) -> Decoded {
    run_as(true, packed, max_output)
}

fn run_as(headers: bool, packed: &[u8], max_output: u64) -> Decoded {
    let bound = Bound { max_output, directory: Path::new("/tmp"), deadline: None };
    decode(Method::Vba { headers }, &Fmap::from_vec(packed.to_vec()), &bound).unwrap()
}

fn bytes(decoded: &Decoded) -> Vec<u8> {
    let mut all = vec![0; decoded.data.len() as usize];
    decoded.data.read_at(0, &mut all);
    all
}

#[test]
fn the_examples_of_the_specification() {
    for (packed, plain) in [
        (PLAIN, b"abcdefghijklmnopqrstuv.".to_vec()),
        (MIXED, b"#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa".to_vec()),
        (RUN, vec![b'a'; 73]),
    ] {
        let decoded = run(packed, 1000);
        assert_eq!(decoded.status, Status::Done);
        assert_eq!(String::from_utf8(bytes(&decoded)), String::from_utf8(plain));
        assert_eq!(decoded.consumed, packed.len() as u64);
    }
}

#[test]
fn chunks_are_joined_and_stored_ones_taken_as_they_are() {
    let stored = [b"\x01\xff\x3f", &[b'x'; 4096][..], &RUN[1..]].concat();
    let decoded = run(&stored, 10_000);
    assert_eq!((decoded.status, decoded.data.len()), (Status::Done, 4096 + 73));
}

#[test]
fn headers_of_chunks_may_lie() {
    let plain = bytes(&run(MIXED, 1000));
    for header in [[0x2f, 0x30], [0x2f, 0x50], [0x00, 0xb0], [0xff, 0xff]] {
        let forged = [&MIXED[..1], &header[..], &MIXED[3..]].concat();
        assert_ne!(run(&forged, 1000).status, Status::Done);
        let decoded = run_as(false, &forged, 1000);
        assert_eq!((decoded.status, bytes(&decoded)), (Status::Done, plain.clone()));
    }
    let two = [&b"\x01\x00\x00\x02a\xfc\x0f"[..], &MIXED[1..]].concat();
    assert_eq!(bytes(&run_as(false, &two, 10_000)), [vec![b'a'; 4096], plain].concat());
}

#[test]
fn cuts_and_damage_keep_what_came_before() {
    let whole = bytes(&run(MIXED, 1000));
    for cut in 0..MIXED.len() {
        let part = run(&MIXED[..cut], 1000);
        assert_eq!(part.status, if cut == 1 { Status::Done } else { Status::Truncated });
        assert!(whole.starts_with(&bytes(&part)));
    }
    let too_far = run(b"\x01\x04\xb0\x04ab\x00\x70", 1000);
    assert_eq!((too_far.status, bytes(&too_far)), (Status::Corrupt, b"ab".to_vec()));
    assert_eq!(run(b"\x01\x00\x00\x00", 1000).status, Status::Corrupt);
    assert_eq!(run(RUN, 72).status, Status::Limit);
}

#[test]
fn a_chunk_is_never_longer_than_its_size() {
    // Copies of the longest length, whatever the header says.
    let tokens = [&b"\x02a\xff\x0f"[..], &[b"\xff".as_slice(), &[0xff, 0x0f].repeat(8)].concat()].concat();
    let packed = [&[1, tokens.len() as u8 - 1, 0xb0][..], &tokens].concat();
    let decoded = run(&packed, 1 << 20);
    assert_eq!((decoded.status, decoded.data.len()), (Status::Corrupt, 4096));
}

proptest! {
    #[test]
    fn any_bytes_end_within_the_bound(noise in proptest::collection::vec(any::<u8>(), 0..600), bound in 0_u64..9_000) {
        for head in [&b""[..], b"\x01\x40\xb0"] {
            let packed = [head, &noise].concat();
            let decoded = run(&packed, bound);
            prop_assert!(decoded.data.len() <= bound && decoded.consumed <= packed.len() as u64);
        }
    }
}
