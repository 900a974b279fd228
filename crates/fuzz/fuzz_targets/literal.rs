#![no_main]

use nacre_codecs::Method;
use nacre_codecs::literal::{self, Form};
use nacre_fmap::Fmap;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = literal::find(&Fmap::from_vec(data.to_vec()), 0);
    nacre_fuzz::decode(data, |given| {
        Method::Literal(match given.small % 3 {
            0 => Form::Base64,
            1 => Form::Hexadecimal,
            _ => Form::Numbers,
        })
    });
});
