#![no_main]

use nacre_codecs::Method;

libfuzzer_sys::fuzz_target!(|data: &[u8]| nacre_fuzz::decode(data, |given| Method::LzmaZip(Some(
    given.size
))));
