//! From the signatures' chosen triggers to the filters of the image.
//!
//! A trigger is an atom that activates signatures. A filter exists for every target that has signatures;
//! it holds the triggers of that target and of target 0, so that one pass serves both.

use crate::builder::atoms::{AtomId, Atoms};
use crate::filter::{Filter, Insertion};
use crate::image::Tag;
use crate::picture::{self, PictureRow};
use crate::section;
use crate::signature::Class;

/// Signatures of target 0 run on every layer.
const ANY: u8 = 0;

/// Which atom activates which signature.
#[derive(Default)]
pub struct Triggers {
    pairs: Vec<(AtomId, u32)>,
    pictures: Vec<PictureRow>,
    always: Vec<u32>,
}

/// Takes the bytes of one section.
type Emit<'a, E> = &'a mut dyn FnMut(Tag, &[u8]) -> Result<(), E>;

/// A filter's anchors: its record in the image is four u32.
///
/// trigger; where the run starts in the blob of atoms; run's length | window's offset in the run << 16;
/// run's number | pattern << 16 | nocase << 24.
type AnchorRecord = [u32; 4];

impl Triggers {
    /// `signature` is activated by `atom`.
    pub fn add(&mut self, atom: AtomId, signature: u32) {
        self.pairs.push((atom, signature));
    }

    /// `signature`, of `target`, is activated by pictures with this hash.
    pub fn add_picture(&mut self, hash: [u8; 8], target: u8, signature: u32) {
        self.pictures.push(picture::row(target, hash, signature));
    }

    /// `signature` is evaluated on every layer: nothing must match for it to be true.
    pub fn add_always(&mut self, signature: u32) {
        self.always.push(signature);
    }

    /// Writes triggers, anchors and filters as sections through `emit`.
    pub fn write<E>(mut self, atoms: &Atoms, classes: &[Class], emit: Emit<'_, E>) -> Result<(), E> {
        self.pairs.sort_unstable();
        self.pairs.dedup();
        let (mut triggers, mut starts, mut activated) = (Vec::new(), Vec::new(), Vec::new());
        for &(atom, signature) in &self.pairs {
            if triggers.last() != Some(&atom) {
                triggers.push(atom);
                starts.push(activated.len() as u32);
            }
            activated.push(signature);
        }
        starts.push(activated.len() as u32);
        self.pairs = Vec::new();
        emit(section::TRIGGER_ATOMS, bytemuck::cast_slice(&triggers))?;
        emit(section::TRIGGER_STARTS, bytemuck::cast_slice(&starts))?;
        emit(section::TRIGGER_SIGNATURES, bytemuck::cast_slice(&activated))?;
        emit(section::ALWAYS, bytemuck::cast_slice(&self.always))?;
        self.pictures.sort_unstable();
        emit(section::PICTURES, bytemuck::cast_slice(&self.pictures))?;

        let directs = triggers.iter().zip(0..).filter_map(|(atom, trigger)| {
            let place = atoms.direct(*atom)?;
            let at = atoms.start(*atom) + place.at;
            Some([trigger, place.offset, at, u32::from(place.len) | u32::from(place.from_end) << 16])
        });
        let directs: Vec<[u32; 4]> = directs.collect();
        emit(section::DIRECT, bytemuck::cast_slice(&directs))?;

        let targets = trigger_targets(&starts, &activated, classes);
        let (anchors, insertions) = collect(&triggers, atoms);
        emit(section::ANCHORS, bytemuck::cast_slice(&anchors))?;
        let present = targets.iter().fold(1 << ANY, |all, some| all | some);
        let mut filter = Vec::new();
        for target in (0..16u8).filter(|target| present >> target & 1 != 0) {
            let wanted = 1u16 << target | 1 << ANY;
            let mut tiers: [Vec<Insertion>; 3] = Default::default();
            for (kind, trigger, insertion) in &insertions {
                if targets.get(*trigger as usize).is_some_and(|targets| targets & wanted != 0)
                    && let Some(tier) = tiers.get_mut(*kind as usize)
                {
                    tier.push(Insertion { anchor: insertion.anchor, bytes: insertion.bytes });
                }
            }
            filter.clear();
            Filter::build(&tiers, &mut filter);
            emit(section::filter(target), &filter)?;
        }
        Ok(())
    }
}

/// For each trigger the set of targets of its signatures, a bit each.
fn trigger_targets(starts: &[u32], activated: &[u32], classes: &[Class]) -> Vec<u16> {
    starts
        .windows(2)
        .map(|range| {
            let [start, end] = *range else { return 0 };
            let signatures = activated.get(start as usize..end as usize).unwrap_or(&[]);
            signatures
                .iter()
                .filter_map(|signature| classes.get(*signature as usize))
                .fold(0, |set, class| set | 1 << class.target())
        })
        .collect()
}

type Placed = (crate::filter::Kind, u32, Insertion);

fn collect(triggers: &[AtomId], atoms: &Atoms) -> (Vec<AnchorRecord>, Vec<Placed>) {
    let (mut records, mut insertions): (Vec<AnchorRecord>, Vec<Placed>) = (Vec::new(), Vec::new());
    for (trigger, atom) in triggers.iter().enumerate() {
        let start = atoms.start(*atom);
        for anchor in atoms.anchors(*atom) {
            let run = anchor.at as usize + anchor.choice.window as usize;
            let size = anchor.choice.kind.window() + anchor.choice.kind.phases() - 1;
            let mut bytes = [0; 9];
            let Some(from) = atoms.code(*atom).get(run..run + size) else { continue };
            bytes.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
            let insertion = Insertion { anchor: records.len() as u32, bytes };
            insertions.push((anchor.choice.kind, trigger as u32, insertion));
            records.push([
                trigger as u32,
                start + anchor.at,
                u32::from(anchor.len) | u32::from(anchor.choice.window) << 16,
                u32::from(anchor.run) | u32::from(anchor.pattern) << 16 | u32::from(anchor.nocase) << 24,
            ]);
        }
    }
    (records, insertions)
}
