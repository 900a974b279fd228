//! The target description block: on which layers a logical signature is tried.
//!
//! `Key:Value,…`. The order of the checks decides between "malformed" and "skipped", so it is ClamAV's: each
//! attribute as it comes (an unknown key or file type skips the signature at once, whatever follows), then
//! what the others demand of `Engine`, the level, the target, what the target allows.

use crate::leb128::{put, put_bytes, take, take_byte, take_bytes};
use crate::line::{Refusal, check_target, digits, malformed, shown, skipped};
use crate::magic::FileTypes;

/// A range of numbers, both ends included; one that ends before it begins holds nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub first: u32,
    pub last: u32,
}

impl Range {
    /// Whether `value` lies in it.
    pub fn contains(self, value: u64) -> bool {
        (u64::from(self.first)..=u64::from(self.last)).contains(&value)
    }
}

/// What one layer has to answer the conditions of a description with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Circumstances<'a> {
    pub file_size: u64,
    /// File offset; `None` where there is no parsed executable header.
    pub entry_point: Option<u64>,
    pub sections: Option<u64>,
    /// Type numbers of the enclosing layers, outermost first.
    pub ancestors: &'a [u16],
}

/// A parsed description. File types are numbers of the image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tdb {
    pub target: u8,
    pub file_size: Option<Range>,
    pub entry_point: Option<Range>,
    pub sections: Option<Range>,
    pub container: Option<u16>,
    /// Types of the ancestors, the last one the immediate parent's; [`ANY_TYPE`] is a wildcard.
    pub intermediates: Vec<u16>,
    pub handler: Option<u16>,
    pub icon_groups: [Option<Box<[u8]>>; 2],
}

/// Number of `CL_TYPE_ANY`, the first type of every list.
pub const ANY_TYPE: u16 = 0;

/// Functionality level from which every attribute but `Engine` and `Target` is known.
const ATTRIBUTES_LEVEL: u32 = 51;
/// Targets with sections and an entry point: PE, ELF, Mach-O.
const EXECUTABLE: [u8; 3] = [1, 6, 9];
const PE: u8 = 1;

impl Tdb {
    /// Reads the text of a description for an engine of functionality level `level`.
    pub fn parse(text: &[u8], level: u32, types: &FileTypes) -> Result<Self, Refusal> {
        let mut draft = Draft { types, tdb: Self::default(), engine: None, target: None, newer: None };
        for (at, attribute) in text.split(|&byte| byte == b',').enumerate() {
            let colon = memchr::memchr(b':', attribute)
                .ok_or_else(|| malformed(format!("attribute {} has no value", shown(attribute))))?;
            let (key, value) = attribute.split_at_checked(colon).unwrap_or((attribute, &[]));
            draft.set(key, value.get(1..).unwrap_or(&[]), at == 0)?;
        }
        draft.finish(level)
    }

    /// Whether the layer's size, entry point and sections are as demanded.
    pub fn fits_file(&self, layer: &Circumstances<'_>) -> bool {
        let fits = |range: Option<Range>, value: Option<u64>| {
            range.is_none_or(|range| value.is_some_and(|value| range.contains(value)))
        };
        fits(self.file_size, Some(layer.file_size))
            && fits(self.entry_point, layer.entry_point)
            && fits(self.sections, layer.sections)
    }

    /// Whether the enclosing layers are as demanded.
    pub fn fits_container(&self, ancestors: &[u16]) -> bool {
        let parent = ancestors.last().copied().unwrap_or(ANY_TYPE);
        self.container.is_none_or(|container| container == parent) && self.fits_intermediates(ancestors)
    }

    /// Each entry against the ancestor at its place. ClamAV leaves the wildcard's place to the next entry
    /// instead; what holds so holds here too, that signatures tried with ClamAV keep working.
    fn fits_intermediates(&self, ancestors: &[u16]) -> bool {
        if ancestors.len() < self.intermediates.len() {
            return false;
        }
        let entries = || self.intermediates.iter().rev();
        let in_place = entries()
            .zip(ancestors.iter().rev())
            .all(|(entry, ancestor)| *entry == ANY_TYPE || entry == ancestor);
        in_place
            || entries()
                .filter(|entry| **entry != ANY_TYPE)
                .zip(ancestors.iter().rev())
                .all(|(entry, ancestor)| entry == ancestor)
    }

    /// Appends the description's bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let present = [
            self.file_size.is_some(),
            self.entry_point.is_some(),
            self.sections.is_some(),
            self.container.is_some(),
            !self.intermediates.is_empty(),
            self.handler.is_some(),
            self.icon_groups[0].is_some(),
            self.icon_groups[1].is_some(),
        ];
        out.push(self.target);
        out.push(present.iter().rev().fold(0, |bits, &bit| bits << 1 | u8::from(bit)));
        for range in [self.file_size, self.entry_point, self.sections].into_iter().flatten() {
            put(out, range.first);
            put(out, range.last);
        }
        if let Some(container) = self.container {
            put(out, container);
        }
        if !self.intermediates.is_empty() {
            put(out, self.intermediates.len() as u64);
            for entry in &self.intermediates {
                put(out, *entry);
            }
        }
        if let Some(handler) = self.handler {
            put(out, handler);
        }
        for group in self.icon_groups.iter().flatten() {
            put_bytes(out, group);
        }
    }

    /// Reads what [`Self::encode`] wrote.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let target = take_byte(&mut rest)?;
        let present = take_byte(&mut rest)?;
        let has = |bit: u8| present >> bit & 1 == 1;
        let mut range = |bit| {
            Some(if has(bit) {
                Some(Range { first: take(&mut rest)?, last: take(&mut rest)? })
            } else {
                None
            })
        };
        let (file_size, entry_point, sections) = (range(0)?, range(1)?, range(2)?);
        let container = if has(3) { Some(take(&mut rest)?) } else { None };
        let mut intermediates = Vec::new();
        if has(4) {
            for _ in 0..take::<u32>(&mut rest)? {
                intermediates.push(take(&mut rest)?);
            }
        }
        let handler = if has(5) { Some(take(&mut rest)?) } else { None };
        let mut group = |bit| Some(if has(bit) { Some(Box::from(take_bytes(&mut rest)?)) } else { None });
        let icon_groups = [group(6)?, group(7)?];
        rest.is_empty().then_some(Self {
            target,
            file_size,
            entry_point,
            sections,
            container,
            intermediates,
            handler,
            icon_groups,
        })
    }
}

/// A description whose attributes are still coming.
struct Draft<'a> {
    types: &'a FileTypes,
    tdb: Tdb,
    engine: Option<Range>,
    target: Option<u32>,
    /// The attribute, if any, that only engines from level 51 on know.
    newer: Option<&'static str>,
}

impl Draft<'_> {
    fn set(&mut self, key: &[u8], value: &[u8], is_first: bool) -> Result<(), Refusal> {
        match key {
            b"Engine" if is_first => {
                self.engine = Some(range(value)?);
                return Ok(());
            }
            b"Engine" => return Err(malformed("Engine must be the first attribute")),
            b"Target" => {
                self.target = Some(number(value)?);
                return Ok(());
            }
            _ => {}
        }
        self.newer = Some(match key {
            b"FileSize" => {
                self.tdb.file_size = Some(range(value)?);
                "FileSize"
            }
            b"EntryPoint" => {
                self.tdb.entry_point = Some(range(value)?);
                "EntryPoint"
            }
            b"NumberOfSections" => {
                self.tdb.sections = Some(range(value)?);
                "NumberOfSections"
            }
            b"Container" => {
                self.tdb.container = Some(self.file_type(value)?);
                "Container"
            }
            b"Intermediates" => {
                let entries = value.split(|&byte| byte == b'>');
                self.tdb.intermediates =
                    entries.map(|entry| self.file_type(entry)).collect::<Result<_, _>>()?;
                "Intermediates"
            }
            b"HandlerType" => {
                self.tdb.handler = Some(self.file_type(value)?);
                "HandlerType"
            }
            b"IconGroup1" => {
                self.tdb.icon_groups[0] = Some(value.into());
                "IconGroup1"
            }
            b"IconGroup2" => {
                self.tdb.icon_groups[1] = Some(value.into());
                "IconGroup2"
            }
            _ => return Err(skipped(format!("unknown attribute {}", shown(key)))),
        });
        Ok(())
    }

    fn file_type(&self, name: &[u8]) -> Result<u16, Refusal> {
        self.types.number(name).ok_or_else(|| skipped(format!("unknown file type {}", shown(name))))
    }

    fn finish(mut self, level: u32) -> Result<Tdb, Refusal> {
        if let Some(key) = self.newer
            && self.engine.is_none_or(|range| range.first < ATTRIBUTES_LEVEL)
        {
            return Err(malformed(format!("{key} demands Engine:{ATTRIBUTES_LEVEL} or later")));
        }
        if self.engine.is_some_and(|range| !range.contains(level.into())) {
            return Err(skipped("meant for other engine levels"));
        }
        let target = self.target.ok_or_else(|| malformed("Target is missing"))?;
        self.tdb.target = check_target(target)?;
        let tdb = self.tdb;
        if (tdb.entry_point.is_some() || tdb.sections.is_some()) && !EXECUTABLE.contains(&tdb.target) {
            return Err(malformed("only executables have an entry point and sections"));
        }
        if tdb.icon_groups.iter().any(Option::is_some) && tdb.target != PE {
            return Err(malformed("only PE files have icons"));
        }
        Ok(tdb)
    }
}

fn number(text: &[u8]) -> Result<u32, Refusal> {
    digits(text).ok_or_else(|| malformed(format!("{} is no number", shown(text))))
}

fn range(text: &[u8]) -> Result<Range, Refusal> {
    let dash = memchr::memchr(b'-', text).ok_or_else(|| malformed(format!("{} is no range", shown(text))))?;
    let (first, last) = text.split_at_checked(dash).unwrap_or((text, &[]));
    Ok(Range { first: number(first)?, last: number(last.get(1..).unwrap_or(&[]))? })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]
    use super::*;
    use proptest::prelude::*;

    const ZIP: u16 = 1;
    const TAR: u16 = 2;

    fn parse(text: &str) -> Result<Tdb, Refusal> {
        let types = FileTypes::new(&["CL_TYPE_ANY", "CL_TYPE_ZIP", "CL_TYPE_POSIX_TAR"].map(String::from));
        Tdb::parse(text.as_bytes(), 216, &types)
    }

    #[test]
    fn descriptions_load_as_in_clamav() {
        // `E` stands for `Engine:51-255,`.
        let cases = "+Target:0 +ETarget:0 -Target:0,Engine:51-255 -Engine:51,Target:0 ~Engine:-51,Target:0 ~Engine:51-,Target:0 \
            ~Engine:300-400,Target:0 -Engine:1-255,Target:0,FileSize:1-2 +ETarget:0,FileSize:1-2 -Target:0,FileSize:1-2 \
            ~ETarget:15 -ETarget:a +ETarget: -ETarget:1a +ETarget:8 -ETarget ~E:0 -ETarget:0:1 -ETarget:0, -E,Target:0 - \
            -EFileSize:1-2 +ETarget:15,Target:1 ~ETarget:0,target:0 ~ETarget:0,Foo:1 -ETarget:0,Foo ~ETarget:0,Foo:1,FileSize:7 \
            -ETarget:0,FileSize:7 +ETarget:0,FileSize:-7 +ETarget:0,FileSize:7- -ETarget:0,FileSize: -ETarget:0,FileSize:7-8-9 \
            -ETarget:0,FileSize:0x1-0x8 +ETarget:0,FileSize:9-8 -ETarget:0,EntryPoint:1-2 +EEntryPoint:1-2,Target:1 \
            +ETarget:6,NumberOfSections:1-2 +ETarget:0,Container:CL_TYPE_ZIP ~ETarget:0,Container:CL_TYPE_FOO \
            ~ETarget:0,Container: ~ETarget:0,Container:CL_TYPE_FOO,FileSize:a -ETarget:0,Intermediates \
            ~ETarget:0,Intermediates:CL_TYPE_ZIP> -ETarget:0,IconGroup1:a +ETarget:1,IconGroup1:a:b -Target:1,IconGroup1:x \
            -Target:15,FileSize:1-2 ~ETarget:15,EntryPoint:1-2 ~Engine:300-400,FileSize:1-2 ~Foo:1,Target:a -Target:a,Foo:1";
        for case in cases.split_whitespace() {
            let (expected, text) = case.split_at(1);
            let text = text
                .strip_prefix('E')
                .filter(|rest| !rest.starts_with("ngine"))
                .map_or(text.to_owned(), |rest| format!("Engine:51-255,{rest}"));
            let verdict = match parse(&text) {
                Ok(_) => "+",
                Err(Refusal::Malformed(_)) => "-",
                Err(Refusal::Skipped(_)) => "~",
            };
            assert_eq!(verdict, expected, "{text}");
        }
    }

    #[test]
    fn conditions_are_judged() {
        let tdb = parse("Engine:51-255,Target:1,FileSize:10-20,EntryPoint:5-7,NumberOfSections:2-2")
            .expect("loads");
        let layer = Circumstances { file_size: 20, entry_point: Some(5), sections: Some(2), ancestors: &[] };
        assert!(tdb.fits_file(&layer));
        assert!(!tdb.fits_file(&Circumstances { file_size: 21, ..layer }));
        assert!(!tdb.fits_file(&Circumstances { entry_point: None, ..layer }));
        let fits = |text: &str, ancestors: &[u16]| {
            parse(&format!("Engine:51-255,Target:0,{text}")).expect("loads").fits_container(ancestors)
        };
        assert!(fits("Container:CL_TYPE_ZIP", &[TAR, ZIP]) && !fits("Container:CL_TYPE_ZIP", &[ZIP, TAR]));
        assert!(fits("Container:CL_TYPE_ANY", &[]) && !fits("Container:CL_TYPE_ANY", &[ZIP]));
        assert!(fits("Intermediates:CL_TYPE_ZIP>CL_TYPE_POSIX_TAR", &[ZIP, ZIP, TAR]));
        assert!(!fits("Intermediates:CL_TYPE_ZIP>CL_TYPE_POSIX_TAR", &[TAR]));
        assert!(fits("Intermediates:CL_TYPE_ZIP>CL_TYPE_ANY", &[ZIP, TAR]), "as documented");
        assert!(fits("Intermediates:CL_TYPE_POSIX_TAR>CL_TYPE_ANY", &[ZIP, TAR]), "as ClamAV compares");
        assert!(!fits("Intermediates:CL_TYPE_POSIX_TAR>CL_TYPE_ANY", &[ZIP, ZIP]));
    }

    proptest! {
        #[test]
        fn encodings_come_back(
            text in "Engine:51-255(,FileSize:[0-9]{0,6}-[0-9]{0,9}|,EntryPoint:1-2|,NumberOfSections:3-4|,Container:CL_TYPE_ZIP|,Intermediates:CL_TYPE_ANY>CL_TYPE_ZIP|,HandlerType:CL_TYPE_POSIX_TAR|,IconGroup1:x|,IconGroup2:){0,6},Target:1",
        ) {
            let tdb = parse(&text).expect("loads");
            let mut bytes = Vec::new();
            tdb.encode(&mut bytes);
            prop_assert_eq!(Tdb::decode(&bytes), Some(tdb));
        }

        #[test]
        fn any_bytes_decode_or_not(bytes: Vec<u8>) {
            let _ = Tdb::decode(&bytes);
        }
    }
}
