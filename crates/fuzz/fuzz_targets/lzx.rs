#![no_main]

use nacre_codecs::{Lzx, Method};

libfuzzer_sys::fuzz_target!(|data: &[u8]| nacre_fuzz::decode(data, |given| {
    Method::Lzx(Lzx {
        window_bits: u32::from(given.small & 31),
        reset: u64::from(given.small >> 5),
        size: given.size,
    })
}));
