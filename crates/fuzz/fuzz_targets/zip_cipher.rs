#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nacre_fuzz::zip_cipher(data));
