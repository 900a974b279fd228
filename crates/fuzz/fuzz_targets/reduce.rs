#![no_main]

use nacre_codecs::Method;

libfuzzer_sys::fuzz_target!(|data: &[u8]| nacre_fuzz::decode(data, |given| Method::Reduce(
    u32::from(given.small & 3) + 1,
    given.size
)));
