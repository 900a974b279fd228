//! Three walls around a process, each of use without the others.

use std::path::PathBuf;

use landlock::RulesetCreated;
use rustix::process::{DumpableBehavior, set_dumpable_behavior};
use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities, set_no_new_privs};
use seccompiler::BpfProgram;

use crate::limits::Bounds;
use crate::{files, system_calls};

/// One wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Which files can be reached, which sockets and processes.
    Landlock,
    /// Which system calls can be made.
    Seccomp,
    /// How much can be used.
    Limits,
}

/// The one directory in which files may be made.
#[derive(Clone, Debug)]
pub struct Place {
    /// Where; nothing may be made anywhere else.
    pub directory: PathBuf,
    /// Files with names and directories too, not only unnamed files. What exists stays out of reach.
    pub named: bool,
}

/// Made before a fork, entered after it.
pub struct Sandbox {
    bounds: Option<Bounds>,
    rules: Option<RulesetCreated>,
    filter: Option<BpfProgram>,
    in_force: Option<Vec<Part>>,
}

impl Sandbox {
    /// Prepares the `wanted` parts that this kernel has.
    pub fn new(place: Option<&Place>, bounds: Bounds, wanted: &[Part]) -> Self {
        let when = |part| wanted.contains(&part).then_some(());
        Self {
            bounds: when(Part::Limits).map(|()| bounds),
            rules: when(Part::Landlock).and_then(|()| files::rules(place)),
            filter: when(Part::Seccomp)
                .and_then(|()| system_calls::filter(place.is_some_and(|place| place.named))),
            in_force: None,
        }
    }

    /// Confines the calling thread and its children for ever; tells the parts that now hold.
    ///
    /// Each part takes away what the next no longer needs, so the order matters. What the kernel
    /// refuses is left out. Entering twice changes nothing.
    pub fn enter(&mut self) -> &[Part] {
        if self.in_force.is_none() {
            self.in_force = Some(self.confine());
        }
        self.in_force.as_deref().unwrap_or_default()
    }

    fn confine(&mut self) -> Vec<Part> {
        let mut parts = Vec::new();
        if let Some(bounds) = self.bounds.take() {
            drop_privileges();
            if bounds.set() {
                parts.push(Part::Limits);
            }
        }
        if self.rules.take().is_some_and(files::restrict) {
            parts.push(Part::Landlock);
        }
        if self.filter.take().is_some_and(|filter| seccompiler::apply_filter(&filter).is_ok()) {
            parts.push(Part::Seccomp);
        }
        parts
    }
}

/// Gives up what root could use to lift limits or to reach other processes, and core dumps, which
/// would hold what is scanned. What the kernel refuses here takes nothing from the rest.
fn drop_privileges() {
    let none = CapabilitySet::empty();
    let _ = set_no_new_privs(true);
    let _ = set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none });
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}
