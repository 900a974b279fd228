//! What the kernel offers to lock a process away, and to be asked before files are opened; nothing
//! here knows of scanning.
//!
//! System calls are made by `rustix`, `nix`, `landlock` and `seccompiler`; the two that are not are in
//! `limits` and `moves`, with the only unsafe code of this crate.

mod files;
mod limits;
mod moves;
mod program;
mod sandbox;
mod system_calls;
pub mod watch;

pub use limits::Bounds;
pub use sandbox::{Part, Place, Sandbox};
