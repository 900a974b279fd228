#![no_main]

use nacre_codecs::{Method, Wim};

libfuzzer_sys::fuzz_target!(|data: &[u8]| nacre_fuzz::decode(data, |given| {
    let methods = [Wim::Xpress, Wim::Lzx(15 + u32::from(given.small >> 2) % 7), Wim::Lzms];
    Method::Wim(methods[usize::from(given.small & 3) % methods.len()])
}));
