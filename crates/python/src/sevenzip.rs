//! What only 7z has: methods with properties, filters, four streams that become one.

use std::path::PathBuf;

use nacre_codecs::{Calls, Filter, Method};
use pyo3::prelude::*;

use crate::codecs::{Decoded, bounded};
use crate::fmap::Fmap;

#[pyfunction]
pub fn decode_bcj2(
    py: Python<'_>,
    sources: [PyRef<'_, Fmap>; 4],
    size: u64,
    max_output: u64,
    directory: PathBuf,
    seconds: f64,
) -> PyResult<Decoded> {
    let sources = sources.map(|source| source.0.clone());
    bounded(py, max_output, &directory, seconds, |bound| nacre_codecs::join_bcj2(&sources, size, bound))
}

/// The method called `name`; its properties are the bytes that the archive keeps of it.
pub fn method_of(name: &str, size: u64, parameters: &[u64]) -> Option<Method> {
    let properties: Vec<u8> = parameters.iter().map(|&byte| byte as u8).collect();
    let five = properties.first_chunk().copied().filter(|_| properties.len() == 5);
    match name {
        "lzma" => five.map(|five| Method::LzmaRaw(five, size)),
        "lzma2" => properties.first().map(|&one| Method::Lzma2(one, size)),
        "ppmd" => five.map(|five| Method::Ppmd(five, size)),
        _ => filter_of(name, &properties).map(Method::Filter),
    }
}

/// The filter called `name`; without properties it starts at the position 0, or at the distance 1.
fn filter_of(name: &str, properties: &[u8]) -> Option<Filter> {
    let start = properties.first_chunk().map_or(0, |four| u32::from_le_bytes(*four));
    Some(match name {
        "x86" => Filter::X86(start),
        "powerpc" => Filter::PowerPc(start),
        "ia64" => Filter::Ia64(start),
        "arm" => Filter::Arm(start),
        "thumb" => Filter::Thumb(start),
        "sparc" => Filter::Sparc(start),
        "arm64" => Filter::Arm64(start),
        "riscv" => Filter::RiscV(start),
        "delta" => Filter::Delta(properties.first().map_or(1, |&less| u32::from(less) + 1)),
        "swap2" => Filter::Swap(2),
        "swap4" => Filter::Swap(4),
        "calls" => Filter::Calls { form: Calls::Any, across: true },
        "near-calls" => Filter::Calls { form: Calls::Near, across: !properties.is_empty() },
        "turned-calls" => Filter::Calls { form: Calls::Turned, across: !properties.is_empty() },
        _ => return None,
    })
}
