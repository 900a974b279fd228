//! Resource limits (setrlimit(2)).

use std::fs;

use rustix::param::page_size;
use rustix::process::{Resource, Rlimit, setrlimit};

/// Descriptors: a layer that is large has one, and layers nest a few dozen deep.
const DESCRIPTORS: u64 = 512;
/// Bytes of one file: above what any limit of a scan lets a layer be.
const FILE_SIZE: u64 = 1 << 32;

/// What a process may use, beside the fixed limits.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bounds {
    /// Bytes of private memory on top of what the process has when it is confined; 0: no limit.
    pub memory: u64,
    /// Seconds of processor time in the life of the process; 0: no limit.
    pub processor_seconds: u64,
}

impl Bounds {
    /// Lowers the limits of this process, never raises one. False if the kernel refused one.
    pub fn set(self) -> bool {
        // `&` and not `&&`: one that is refused does not keep the others from being set.
        lower(Resource::Core, 0)
            & lower(Resource::Nproc, 0)
            & lower(Resource::Nofile, DESCRIPTORS)
            & lower(Resource::Fsize, FILE_SIZE)
            & (self.memory == 0 || lower(Resource::Data, data_size().saturating_add(self.memory)))
            & (self.processor_seconds == 0 || lower(Resource::Cpu, self.processor_seconds))
    }
}

fn lower(resource: Resource, value: u64) -> bool {
    let Some(now) = limit(resource) else { return false };
    let maximum = now.rlim_max.min(value);
    let current = now.rlim_cur.min(maximum);
    setrlimit(resource, Rlimit { current: Some(current), maximum: Some(maximum) }).is_ok()
}

/// The limit now; None if the kernel does not tell, where rustix's `getrlimit` panics.
#[allow(unsafe_code)]
fn limit(resource: Resource) -> Option<libc::rlimit64> {
    let mut now = libc::rlimit64 { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: nothing is set, and what is read goes into a structure of ours that outlives the call.
    let status = unsafe { libc::prlimit64(0, resource as _, std::ptr::null(), &raw mut now) };
    (status == 0).then_some(now)
}

/// Bytes that `RLIMIT_DATA` counts now, and the stack: the sixth number of proc(5)'s `statm`.
fn data_size() -> u64 {
    let pages = fs::read_to_string("/proc/self/statm")
        .ok()
        .and_then(|text| text.split_ascii_whitespace().nth(5)?.parse::<u64>().ok());
    pages.unwrap_or(0).saturating_mul(page_size() as u64)
}
