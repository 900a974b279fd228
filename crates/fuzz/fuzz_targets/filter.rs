#![no_main]

use nacre_codecs::{Calls, Filter, Method};

libfuzzer_sys::fuzz_target!(|data: &[u8]| nacre_fuzz::decode(data, |given| {
    let at = u32::from(given.small);
    let filters = [
        Filter::X86(at),
        Filter::PowerPc(at),
        Filter::Ia64(at),
        Filter::Arm(at),
        Filter::Thumb(at),
        Filter::Sparc(at),
        Filter::Arm64(at),
        Filter::RiscV(at),
        Filter::Delta(at),
        Filter::Swap(usize::from(given.small)),
        Filter::Calls { form: Calls::Any, across: true },
        Filter::Calls { form: Calls::Turned, across: false },
    ];
    Method::Filter(filters[(given.size % 12) as usize])
}));
