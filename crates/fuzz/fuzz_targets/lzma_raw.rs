#![no_main]

use nacre_codecs::Method;

libfuzzer_sys::fuzz_target!(|data: &[u8]| nacre_fuzz::decode(data, |given| Method::LzmaRaw(
    [given.small, 0, 0, 16, 0],
    given.size
)));
