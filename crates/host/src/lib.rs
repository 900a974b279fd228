//! What the kernel offers to lock a process away, and to be asked before files are opened; nothing
//! here knows of scanning.
//!
//! System calls are made by `rustix`, `nix`, `landlock` and `seccompiler`; the one that is not is in
//! `limits`, with the only unsafe code of this crate.

mod files;
mod limits;
mod program;
mod sandbox;
mod system_calls;
pub mod watch;

pub use limits::Bounds;
pub use sandbox::{Part, Place, Sandbox};
