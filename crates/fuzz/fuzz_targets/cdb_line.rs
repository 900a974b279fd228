#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nacre_fuzz::cdb_line(data));
