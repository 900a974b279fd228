//! Landlock: no file but new ones in one directory, no TCP, no signal to the outside.

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, PathBeneath, PathFd, RestrictionStatus, Ruleset, RulesetAttr,
    RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};

use crate::sandbox::Place;

/// The newest version whose rights are known here; the crate leaves out what the kernel lacks.
const VERSION: ABI = ABI::V7;

/// Rules that allow what `place` says and nothing else; None where the kernel has no Landlock.
pub fn rules(place: Option<&Place>) -> Option<RulesetCreated> {
    let rules = closed().ok()?;
    // A directory that cannot be opened is no reason to leave everything open.
    match place.and_then(|place| Some((PathFd::new(&place.directory).ok()?, rights(place)))) {
        Some((directory, rights)) => rules.add_rule(PathBeneath::new(directory, rights)).ok(),
        None => Some(rules),
    }
}

/// Confines this thread; false if the kernel did not.
pub fn restrict(rules: RulesetCreated) -> bool {
    matches!(
        rules.restrict_self(),
        Ok(RestrictionStatus {
            ruleset: RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced,
            ..
        })
    )
}

fn closed() -> Result<RulesetCreated, RulesetError> {
    Ruleset::default()
        .handle_access(AccessFs::from_all(VERSION))?
        .handle_access(AccessNet::from_all(VERSION))?
        .scope(Scope::from_all(VERSION))?
        .create()
}

/// An unnamed file counts as opened in the directory, not as made there.
fn rights(place: &Place) -> BitFlags<AccessFs> {
    let file = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::Truncate;
    if place.named { file | AccessFs::MakeReg | AccessFs::MakeDir } else { file }
}
