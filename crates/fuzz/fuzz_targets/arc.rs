#![no_main]

use nacre_codecs::{Arc, Method};

libfuzzer_sys::fuzz_target!(|data: &[u8]| nacre_fuzz::decode(data, |given| {
    let methods = [
        Arc::Packed,
        Arc::Squeezed,
        Arc::Crunched,
        Arc::Squashed,
        Arc::ZooLzw,
        Arc::Crunched5,
        Arc::Crunched6,
        Arc::Crunched7,
    ];
    Method::Arc(methods[usize::from(given.small) % methods.len()], given.size)
}));
