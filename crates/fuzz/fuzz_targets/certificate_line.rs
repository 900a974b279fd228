#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nacre_fuzz::matching::certificate_line(data));
