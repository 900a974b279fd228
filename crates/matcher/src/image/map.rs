//! The read-only mapping of an image: the one place of this crate that needs `unsafe`.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::fs::File;
use std::{io, ptr, slice};

use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap, munmap};

/// A whole file, mapped for as long as this lives.
pub struct Mapping {
    start: *mut c_void,
    len: usize,
}

// SAFETY: the mapping is read-only and is unmapped only by `drop`, so any thread may read it.
unsafe impl Send for Mapping {}
// SAFETY: as above; there is no interior mutability.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps the first `len` bytes of `file`, which must be that long.
    pub fn new(file: &File, len: usize) -> io::Result<Self> {
        if len == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // SAFETY: a fresh private read-only mapping at an address of the kernel's choice aliases nothing
        // of ours. Its bytes change, or fault, only when somebody writes to or truncates the file; images
        // are replaced by rename and used only when nobody but root or the caller may write them.
        let start = unsafe { mmap(ptr::null_mut(), len, ProtFlags::READ, MapFlags::PRIVATE, file, 0)? };
        let mapping = Self { start, len };
        // Lookups touch single pages far apart; read-ahead would load most of the file for nothing.
        // SAFETY: the range is the mapping made above; the advice changes no contents.
        unsafe { madvise(start, len, Advice::Random)? };
        Ok(mapping)
    }

    /// The mapped bytes.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: `start` is valid for `len` bytes until `drop`, and the lifetime is tied to `self`.
        unsafe { slice::from_raw_parts(self.start.cast::<u8>(), self.len) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: this is the range that `new` mapped, and nothing borrows from it any more.
        // It fails only for a range that is not page-aligned, which mmap's never is.
        let _ = unsafe { munmap(self.start, self.len) };
    }
}
