//! The body half of an image, ready to scan with. Opening it reads nothing but the section table.

use std::fs::File;

use crate::filter::Filter;
use crate::hash::HashTables;
use crate::icon::IconTable;
use crate::image::{Image, ImageError, Tag};
use crate::kept::{self, Kept};
use crate::member::{Member, Members};
use crate::picture::{self, PictureRow};
use crate::scan::Found;
use crate::section;
use crate::select::Selection;
use crate::signature::{Class, Record};
use crate::sources::{Class as SourceClass, SourceId, Sources};
use crate::trust::{self, Catalog};

/// An image with what outlives one call.
pub struct Opened {
    image: Image,
    hashes: HashTables,
    sources: Sources,
    members: Members,
    icons: IconTable,
}

impl Opened {
    /// Maps an image that the caller trusts.
    pub fn open(file: &File) -> Result<Self, ImageError> {
        let image = Image::open(file)?;
        Ok(Self {
            hashes: HashTables::open(&image)?,
            sources: Sources::open(&image),
            members: Members::open(&image),
            icons: IconTable::open(&image),
            image,
        })
    }

    /// True when members of containers need not be offered: no signature is about them.
    pub fn ignores_members(&self) -> bool {
        self.members.is_empty()
    }

    /// Names of the alerts that `member` gives, newest signature first.
    pub fn member_names(&self, member: &Member<'_>, selection: &Selection) -> Vec<String> {
        let matches = self.members.matches(member, selection, &self.sources).into_iter();
        matches.map(|(name, class)| alert_name(name, Some(class))).collect()
    }

    /// The lines of `kind` in load order, each with the name and class of the file it is from.
    pub fn kept(&self, kind: kept::Kind) -> Vec<(Vec<u8>, Vec<u8>, SourceClass)> {
        let kept = Kept::open(&self.image, kind);
        let known = |(source, line): (SourceId, &[u8])| {
            Some((line.to_vec(), self.sources.name(source)?.to_vec(), self.sources.class(source)?))
        };
        kept.lines().filter_map(known).collect()
    }

    /// What the builder was given to keep.
    pub fn metadata(&self) -> &[u8] {
        self.image.section(section::METADATA)
    }

    /// The certificate rules, for [`crate::trust::rules`].
    pub fn certificates(&self) -> &[u8] {
        self.image.section(trust::CERTIFICATES)
    }

    /// The digests that catalogs name.
    pub fn catalog(&self) -> Catalog {
        Catalog::open(&self.image)
    }
}

/// An image's sections under their meaning. Damaged numbers answer None, never a panic.
pub struct Matcher<'a> {
    image: &'a Image,
    atoms: &'a [u8],
    atom_ends: &'a [u32],
    signatures: &'a [u8],
    signature_ends: &'a [u32],
    classes: &'a [u8],
    trigger_atoms: &'a [u32],
    trigger_starts: &'a [u32],
    trigger_signatures: &'a [u32],
    always: &'a [u32],
    direct: &'a [[u32; 4]],
    anchors: &'a [[u32; 4]],
    pictures: &'a [PictureRow],
    macros: &'a [[u32; 3]],
    sources: &'a Sources,
    hashes: &'a HashTables,
    icons: &'a IconTable,
}

/// Where an anchor stands in its pattern.
pub struct AnchorPlace<'a> {
    pub trigger: u32,
    pub run: &'a [u8],
    /// Offset of the anchor's first window in the run.
    pub window: u16,
    pub run_number: u16,
    pub pattern: u8,
    pub nocase: bool,
}

/// A trigger that can only be at one place.
pub struct DirectPlace<'a> {
    pub trigger: u32,
    pub from_end: bool,
    pub offset: u64,
    pub run: &'a [u8],
}

/// A fixed magic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Magic {
    pub partition: bool,
    pub offset: u32,
    pub detected: u16,
    pub value: Vec<u8>,
}

fn column<T: bytemuck::AnyBitPattern>(image: &Image, tag: Tag) -> &[T] {
    bytemuck::try_cast_slice(image.section(tag)).unwrap_or(&[])
}

impl<'a> Matcher<'a> {
    /// The matcher of an image; a missing section counts as empty.
    pub fn new(opened: &'a Opened) -> Self {
        let image = &opened.image;
        Self {
            image,
            atoms: column(image, section::ATOMS),
            atom_ends: column(image, section::ATOM_ENDS),
            signatures: column(image, section::SIGNATURES),
            signature_ends: column(image, section::SIGNATURE_ENDS),
            classes: column(image, section::CLASSES),
            trigger_atoms: column(image, section::TRIGGER_ATOMS),
            trigger_starts: column(image, section::TRIGGER_STARTS),
            trigger_signatures: column(image, section::TRIGGER_SIGNATURES),
            always: column(image, section::ALWAYS),
            direct: column(image, section::DIRECT),
            anchors: column(image, section::ANCHORS),
            pictures: column(image, section::PICTURES),
            macros: column(image, section::MACROS),
            sources: &opened.sources,
            hashes: &opened.hashes,
            icons: &opened.icons,
        }
    }

    /// Signatures that no trigger stands for.
    pub fn always(&self) -> &'a [u32] {
        self.always
    }

    /// The filter of `target`, or that of target 0 where it has no signatures of its own.
    pub fn filter(&self, target: u8) -> Option<Filter<'a>> {
        Filter::open(self.image.section(section::filter(target & 15)))
            .or_else(|| Filter::open(self.image.section(section::filter(0))))
    }

    /// An anchor by the number that the filter gave.
    pub fn anchor(&self, number: u32) -> Option<AnchorPlace<'a>> {
        let &[trigger, at, sizes, place] = self.anchors.get(number as usize)?;
        let run = self.atoms.get(at as usize..at as usize + (sizes & 0xffff) as usize)?;
        Some(AnchorPlace {
            trigger,
            run,
            window: (sizes >> 16) as u16,
            run_number: place as u16,
            pattern: (place >> 16) as u8,
            nocase: place >> 24 & 1 != 0,
        })
    }

    /// Triggers at fixed places.
    pub fn direct(&self) -> impl Iterator<Item = DirectPlace<'a>> + use<'a> {
        let atoms = self.atoms;
        self.direct.iter().filter_map(move |&[trigger, offset, at, sizes]| {
            let run = atoms.get(at as usize..at as usize + (sizes & 0xffff) as usize)?;
            Some(DirectPlace { trigger, from_end: sizes >> 16 != 0, offset: u64::from(offset), run })
        })
    }

    /// The picture hashes that activate signatures of `target`, ascending.
    pub fn pictures(&self, target: u8) -> &'a [PictureRow] {
        picture::of_target(self.pictures, target)
    }

    /// The icons that signatures ask for.
    pub fn icons(&self) -> &'a IconTable {
        self.icons
    }

    /// The atom that is a trigger.
    pub fn trigger_atom(&self, trigger: u32) -> Option<u32> {
        self.trigger_atoms.get(trigger as usize).copied()
    }

    /// The signatures a trigger activates.
    pub fn trigger_signatures(&self, trigger: u32) -> &'a [u32] {
        let Some(&[start, end]) = self.trigger_starts.get(trigger as usize..trigger as usize + 2) else {
            return &[];
        };
        self.trigger_signatures.get(start as usize..end as usize).unwrap_or(&[])
    }

    /// An atom's code.
    pub fn atom(&self, atom: u32) -> Option<&'a [u8]> {
        item(self.atoms, self.atom_ends, atom)
    }

    /// A signature's class.
    pub fn class(&self, signature: u32) -> Option<Class> {
        self.classes.get(signature as usize).copied().map(Class)
    }

    /// A signature's record.
    pub fn record(&self, signature: u32) -> Option<Record<'a>> {
        let bytes = item(self.signatures, self.signature_ends, signature)?;
        Record::decode(self.class(signature)?.kind()?, bytes)
    }

    /// What the source says about its signatures.
    pub fn source_class(&self, source: SourceId) -> SourceClass {
        self.sources.class(source).unwrap_or(SourceClass { official: false, pua: false, canary: false })
    }

    /// The atoms that feed a macro group, of target 0 or `target`.
    pub fn macro_atoms(&self, group: u8, target: u8) -> impl Iterator<Item = u32> + use<'a> {
        self.macros.iter().filter_map(move |&[fed, of, atom]| {
            (fed == u32::from(group) && (of == 0 || of == u32::from(target))).then_some(atom)
        })
    }

    /// The hash tables.
    pub fn hashes(&self) -> &'a HashTables {
        self.hashes
    }

    /// The alert's name: the signature's, with `.UNOFFICIAL` when its source is not signed.
    pub fn name(&self, found: &Found) -> String {
        let (name, class) = match found {
            Found::Hash(row) => (self.hashes.name(row).unwrap_or_default(), self.hashes.class(row)),
            Found::Signature(number) => match self.record(*number) {
                Some(record) => (record.name.to_vec(), self.sources.class(SourceId(record.source))),
                None => (Vec::new(), None),
            },
        };
        alert_name(String::from_utf8_lossy(&name).into_owned(), class)
    }

    /// Fixed magics, newest first.
    pub fn magics(&self) -> Vec<Magic> {
        let mut rest = self.image.section(section::MAGICS);
        let mut magics: Vec<Magic> = std::iter::from_fn(|| take_magic(&mut rest)).collect();
        magics.reverse();
        magics
    }
}

/// A signature's name as users see it, by what its source says.
fn alert_name(mut name: String, class: Option<SourceClass>) -> String {
    if !class.is_some_and(|class| class.official) {
        name.push_str(".UNOFFICIAL");
    }
    name
}

fn item<'a>(blob: &'a [u8], ends: &[u32], number: u32) -> Option<&'a [u8]> {
    let end = *ends.get(number as usize)?;
    let start = (number as usize).checked_sub(1).map_or(Some(0), |before| ends.get(before).copied())?;
    blob.get(start as usize..end as usize)
}

/// Appends a magic to its section.
pub fn put_magic(out: &mut Vec<u8>, magic: &Magic) {
    let header =
        [u32::from(magic.partition), magic.offset, u32::from(magic.detected), magic.value.len() as u32];
    out.extend(header.iter().flat_map(|number| number.to_le_bytes()));
    out.extend_from_slice(&magic.value);
}

fn take_magic(rest: &mut &[u8]) -> Option<Magic> {
    let (header, after) = rest.split_at_checked(16)?;
    let number =
        |at: usize| header.get(at..at + 4)?.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes));
    let (value, after) = after.split_at_checked(number(12)? as usize)?;
    *rest = after;
    Some(Magic {
        partition: number(0)? != 0,
        offset: number(4)?,
        detected: u16::try_from(number(8)?).ok()?,
        value: value.to_vec(),
    })
}
