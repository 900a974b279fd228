//! The methods that nobody here encodes: files made by their own programs, cuts, damage, any bytes.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;

use nacre_codecs::{Arc, Bound, Decoded, Lzss, Lzx, Method, Status, Wim, decode};
use nacre_fmap::Fmap;
use proptest::prelude::*;

/// Samples of the formats that are one stream.
const FILES: [(Method, &[u8]); 5] = [
    (Method::Brotli, include_bytes!("../../../samples/compression/brotli/one.in")),
    (Method::Compress, include_bytes!("../../../samples/compression/compress/one.in")),
    (Method::Lz4, include_bytes!("../../../samples/compression/lz4/one.in")),
    (Method::Lzip, include_bytes!("../../../samples/compression/lzip/one.in")),
    (Method::Lzop, include_bytes!("../../../samples/compression/lzop/one.in")),
];

fn methods() -> Vec<Method> {
    let lzx = |window_bits, reset| Method::Lzx(Lzx { window_bits, reset, size: 100_000 });
    let mut methods = vec![
        Method::Mszip,
        Method::Quantum(16),
        Method::Quantum(0),
        lzx(15, 0),
        lzx(21, 32 << 10),
        lzx(40, 0),
        Method::KwajLzh,
        Method::Lh1(100_000),
        Method::Lh5(100_000),
        Method::Lh6(u64::MAX),
        Method::Lh7(100_000),
        Method::Lhx(100_000),
        Method::Arj(100_000),
        Method::ArjFastest(100_000),
        Method::NsisBzip2,
        Method::AutoitTwister(7),
        Method::AutoitRanrot(7),
        Method::AutoitLzss,
        Method::AutoitScript,
        Method::Lz4Block,
        Method::LzoBlock,
    ];
    let arc = [Arc::Packed, Arc::Squeezed, Arc::Crunched, Arc::Squashed, Arc::ZooLzw];
    let older = [Arc::Crunched5, Arc::Crunched6, Arc::Crunched7];
    methods.extend(older.map(|method| Method::Arc(method, 100_000)));
    methods.extend(arc.map(|method| Method::Arc(method, 100_000)));
    methods.extend([Wim::Xpress, Wim::Lzx(15), Wim::Lzx(21), Wim::Lzx(40), Wim::Lzms].map(Method::Wim));
    methods.extend([Lzss::Szdd, Lzss::Kwaj, Lzss::Lzs, Lzss::Lz5].map(|form| Method::Lzss(form, u64::MAX)));
    methods.extend(FILES.map(|(method, _)| method));
    methods
}

fn run(method: Method, packed: &[u8], max_output: u64) -> Decoded {
    let bound = Bound { max_output, directory: Path::new("/tmp"), deadline: None };
    decode(method, &Fmap::from_vec(packed.to_vec()), &bound).unwrap()
}

fn bytes(decoded: &Decoded) -> Vec<u8> {
    let mut scratch = Vec::new();
    decoded.data.fetch(0..decoded.data.len(), &mut scratch).to_vec()
}

#[test]
fn cuts_and_bounds_give_the_beginning() {
    for (method, packed) in FILES {
        let whole = run(method, packed, 1 << 20);
        assert_eq!((whole.status, whole.consumed), (Status::Done, packed.len() as u64), "{method:?}");
        let whole = bytes(&whole);
        assert!(whole.len() > 1000, "{method:?}");
        for cut in 0..packed.len() {
            let part = run(method, &packed[..cut], 1 << 20);
            // compress has no end mark.
            assert!(part.status != Status::Done || method == Method::Compress && cut > 2, "{method:?} {cut}");
            assert!(whole.starts_with(&bytes(&part)), "{method:?} {cut}");
        }
        for bound in [0, 1, whole.len() - 1] {
            let part = run(method, packed, bound as u64);
            assert_eq!((part.status, bytes(&part)), (Status::Limit, whole[..bound].to_vec()), "{method:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_end_within_the_bound(
        noise in proptest::collection::vec(any::<u8>(), 0..2000),
        bound in 0_u64..200_000,
    ) {
        for method in methods() {
            let decoded = run(method, &noise, bound);
            prop_assert!(decoded.data.len() <= bound && decoded.consumed <= noise.len() as u64);
        }
    }

    #[test]
    fn damage_ends_within_the_bound(
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        bound in 0_u64..200_000,
    ) {
        for (method, packed) in FILES {
            let mut packed = packed.to_vec();
            for (index, byte) in &flips {
                let at = index.index(packed.len());
                packed[at] = *byte;
            }
            prop_assert!(run(method, &packed, bound).data.len() <= bound);
        }
    }
}
