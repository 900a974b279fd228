#![no_main]

use nacre_codecs::{Flavour, Method};

libfuzzer_sys::fuzz_target!(|data: &[u8]| nacre_fuzz::decode(data, |given| {
    let flavour = Flavour { large_window: given.small & 1 == 1, literal_tree: given.small & 2 == 2 };
    Method::Implode(flavour, given.size)
}));
