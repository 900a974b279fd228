#![no_main]

use nacre_codecs::{Lzss, Method};

libfuzzer_sys::fuzz_target!(|data: &[u8]| nacre_fuzz::decode(data, |given| {
    let form = [Lzss::Szdd, Lzss::Kwaj, Lzss::Lz5, Lzss::Lzs][usize::from(given.small & 3)];
    Method::Lzss(form, given.size)
}));
