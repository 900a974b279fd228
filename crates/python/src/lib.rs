//! `nacre._native`: conversions, GIL release, error mapping. Nothing else.

#![allow(clippy::needless_pass_by_value)] // pyo3 converts arguments into values

mod codecs;
mod ere;
mod error;
mod executables;
mod fmap;
mod host;
mod matching;
mod normalise;
mod picture;
mod rar;
mod sevenzip;

use pyo3::prelude::*;

/// The native half of nacre; the Python façades are the interface.
#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<fmap::Fmap>()?;
    module.add_class::<fmap::Spool>()?;
    module.add_class::<codecs::Decoded>()?;
    module.add_function(wrap_pyfunction!(codecs::decode, module)?)?;
    module.add_function(wrap_pyfunction!(sevenzip::decode_bcj2, module)?)?;
    module.add_class::<rar::RarArchive>()?;
    module.add_function(wrap_pyfunction!(codecs::decode_ace, module)?)?;
    module.add_function(wrap_pyfunction!(codecs::unpredict, module)?)?;
    module.add_function(wrap_pyfunction!(codecs::find_literal, module)?)?;
    module.add_function(wrap_pyfunction!(codecs::checksum, module)?)?;
    module.add_function(wrap_pyfunction!(codecs::decrypt, module)?)?;
    module.add_function(wrap_pyfunction!(codecs::crypt_bytes, module)?)?;
    module.add_function(wrap_pyfunction!(picture::picture_hash, module)?)?;
    module.add_class::<matching::Image>()?;
    module.add_class::<matching::Selection>()?;
    module.add_class::<matching::ImageBuilder>()?;
    module.add_class::<ere::Ere>()?;
    module.add("IMAGE_VERSION", nacre_matcher::image::VERSION)?;
    module.add("FUNCTIONALITY_LEVEL", nacre_matcher::level::FUNCTIONALITY_LEVEL)?;
    module.add_class::<normalise::HtmlViews>()?;
    module.add_function(wrap_pyfunction!(normalise::normalise_text, module)?)?;
    module.add_function(wrap_pyfunction!(normalise::normalise_html, module)?)?;
    module.add_class::<executables::Program>()?;
    module.add_class::<host::Sandbox>()?;
    module.add_class::<host::Watch>()?;
    Ok(())
}
