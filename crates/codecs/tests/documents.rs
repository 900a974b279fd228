//! Filters and ciphers of documents against their bounds and against damage; `tests/codecs` has their vectors.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use nacre_codecs::document_cipher::{DocumentCipher, bytes, decrypt};
use nacre_codecs::predictor::Predictor;
use nacre_codecs::{Bound, Decoded, Method, Status, decode};
use nacre_fmap::Fmap;
use proptest::prelude::*;

const METHODS: [Method; 5] = [
    Method::Lzw { early: true },
    Method::Lzw { early: false },
    Method::RunLength,
    Method::AsciiHex,
    Method::Ascii85,
];

fn bound(max_output: u64) -> Bound<'static> {
    Bound { max_output, directory: Path::new("/tmp"), deadline: None }
}

fn run(method: Method, packed: &[u8], max_output: u64) -> Decoded {
    decode(method, &Fmap::from_vec(packed.to_vec()), &bound(max_output)).unwrap()
}

fn plain(decoded: &Decoded) -> Vec<u8> {
    decoded.data.fetch(0..decoded.data.len(), &mut Vec::new()).to_vec()
}

#[test]
fn texts_that_stand_for_bytes() {
    for (text, expected) in
        [(&b"<~87cURDZ~>"[..], &b"Hello"[..]), (b"87c\nURDZ", b"Hello"), (b"z~>", b"\0\0\0\0")]
    {
        assert_eq!(plain(&run(Method::Ascii85, text, 100)), expected);
    }
    for (text, expected) in [(&b"48 65 6C6c6f>ff"[..], &b"Hello"[..]), (b"4", b"@"), (b"g4h8", b"H")] {
        assert_eq!(plain(&run(Method::AsciiHex, text, 100)), expected);
    }
}

#[test]
fn runs_to_their_end_mark() {
    let decoded = run(Method::RunLength, b"\x02abc\xfex\x80rest", 100);
    assert_eq!((decoded.status, decoded.consumed, plain(&decoded)), (Status::Done, 7, b"abcxxx".to_vec()));
    assert_eq!(run(Method::RunLength, b"\x05abc", 100).status, Status::Truncated);
    assert_eq!(run(Method::RunLength, &[0x81, b'x'].repeat(1000), 5000).data.len(), 5000);
}

#[test]
fn a_bomb_of_codes_stops_at_its_bound() {
    // The code that is not there yet stands for the string before it and its first byte again.
    let codes: Vec<u8> = (0..5000_u32).flat_map(|_| [0xff; 9]).collect();
    let decoded = run(Method::Lzw { early: true }, &codes, 1 << 20);
    assert_eq!(decoded.status, Status::Corrupt);
    let decoded = run(Method::AsciiHex, &[b'4'; 1000], 10);
    assert_eq!((decoded.status, decoded.data.len()), (Status::Limit, 10));
}

proptest! {
    #[test]
    fn any_bytes_end_somehow(data in prop::collection::vec(any::<u8>(), 0..3000), most in 0_u64..5000) {
        for method in METHODS {
            prop_assert!(run(method, &data, most).data.len() <= most);
        }
        let source = Fmap::from_vec(data.clone());
        for cipher in [DocumentCipher::rc4(b"key").unwrap(), DocumentCipher::aes(&[7; 16]).unwrap(), DocumentCipher::aes(&[7; 32]).unwrap()] {
            prop_assert!(decrypt(&cipher, &source, &bound(most)).unwrap().data.len() <= most);
            let _ = bytes(&cipher, &[0; 16], &data, true);
        }
    }

    #[test]
    fn any_predictor_ends_somehow(
        data in prop::collection::vec(any::<u8>(), 0..600),
        kind in 0_u32..20, colors in 0_u32..6, bits in 0_u32..20, columns in 0_u32..40,
    ) {
        let predictor = Predictor { kind, colors, bits, columns };
        let decoded = predictor.undo(&Fmap::from_vec(data.clone()), &bound(1000)).unwrap();
        prop_assert!(decoded.data.len() <= data.len() as u64);
    }

    #[test]
    fn what_was_encrypted_is_decrypted(data in prop::collection::vec(any::<u8>(), 0..100), key: [u8; 24]) {
        let mut whole = data.clone();
        let count = 16 - data.len() % 16;
        whole.extend(std::iter::repeat_n(count as u8, count));
        let cipher = DocumentCipher::aes(&key).unwrap();
        let secret = bytes(&cipher, &[9; 16], &whole, true).unwrap();
        let stream = Fmap::from_vec([vec![9; 16], secret].concat());
        prop_assert_eq!(plain(&decrypt(&cipher, &stream, &bound(1000)).unwrap()), data);
    }
}
