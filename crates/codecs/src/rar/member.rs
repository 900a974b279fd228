//! The members of the three generations as one, and archives made of some of them.

use std::ops::Range;

use rars::{Archive, rar13, rar15_40, rar50};

use super::source::PADDING;

/// Bits of a file header in RAR 1.5 to 4 and before that say that a member goes on in another volume.
const SPLIT: u16 = 3;
/// The same in RAR 5.
const SPLIT_50: u64 = 0x18;
/// The bit of RAR 5's compression field that says that a member stands on those before it.
const SOLID_50: u64 = 0x40;
/// The same of RAR 2 to 4.
const SOLID_15: u16 = 0x10;
/// Name of the blocks that hold an alternate stream of the file before them.
const STREAM: &[u8] = b"STM";
/// Before this version the archive alone says whether it is solid.
const OWN_SOLID: u8 = 20;

/// What a header says of one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub name: Vec<u8>,
    pub packed: u64,
    /// Size of the content, where that is known.
    pub size: Option<u64>,
    pub crc: u32,
    /// Where the packed data are in the layer.
    pub offset: u64,
    pub encrypted: bool,
    /// A folder or a link: without content of its own.
    pub empty: bool,
    pub stored: bool,
    /// Stands on the members before it.
    pub solid: bool,
    pub from_previous: bool,
    pub in_next: bool,
}

/// The members' headers, taken out of their archive: files, and behind all of them the alternate streams
/// (of NTFS) that they have, named `file:stream`.
pub enum Entries {
    Rar13(Vec<rar13::Entry>, bool),
    Rar15(Vec<rar15_40::FileHeader>, bool),
    Rar50(Vec<rar50::FileHeader>),
}

impl Entries {
    /// Leaves `archive` without members.
    pub fn take(archive: &mut Archive) -> Self {
        match archive {
            Archive::Rar13(archive) => {
                let solid = archive.main.is_solid();
                Self::Rar13(std::mem::take(&mut archive.entries), solid)
            }
            Archive::Rar15To40(archive) => {
                let solid = archive.main.is_solid();
                let (mut files, mut streams) = (Vec::new(), Vec::new());
                for block in std::mem::take(&mut archive.blocks) {
                    match block {
                        rar15_40::Block::File(file) => files.push(file),
                        rar15_40::Block::NewSub(sub) if sub.file.name == STREAM => {
                            streams.push(stream_15(sub.file, files.last()));
                        }
                        _ => {}
                    }
                }
                files.append(&mut streams);
                Self::Rar15(files, solid)
            }
            Archive::Rar50Plus(archive) => {
                let (mut files, mut streams) = (Vec::new(), Vec::new());
                for block in std::mem::take(&mut archive.blocks) {
                    match block {
                        rar50::Block::File(file) => files.push(file),
                        rar50::Block::Service(service) if service.name == STREAM => {
                            streams.push(stream_50(service, files.last()));
                        }
                        _ => {}
                    }
                }
                files.append(&mut streams);
                Self::Rar50(files)
            }
            _ => Self::Rar50(Vec::new()),
        }
    }

    pub fn members(&self) -> Vec<Member> {
        match self {
            Self::Rar13(entries, solid) => {
                entries.iter().enumerate().map(|(index, entry)| of_13(entry, *solid && index > 0)).collect()
            }
            Self::Rar15(files, solid) => {
                files.iter().enumerate().map(|(index, file)| of_15(file, *solid && index > 0)).collect()
            }
            Self::Rar50(files) => files.iter().map(of_50).collect(),
        }
    }

    /// Whether one of the members `indices` is encrypted.
    pub fn is_any_encrypted(&self, indices: &[usize]) -> bool {
        indices.iter().any(|&index| match self {
            Self::Rar13(entries, _) => entries.get(index).is_some_and(rar13::Entry::is_encrypted),
            Self::Rar15(files, _) => files.get(index).is_some_and(rar15_40::FileHeader::is_encrypted),
            Self::Rar50(files) => files.get(index).is_some_and(|file| file.encrypted),
        })
    }

    /// An archive like `shell` of the members `indices`, none of them split, nor packed beyond `end`.
    pub fn pick(&self, shell: &Archive, indices: &[usize], end: u64) -> Archive {
        let end = usize::try_from(end).unwrap_or(usize::MAX);
        let mut archive = shell.clone();
        match (self, &mut archive) {
            (Self::Rar13(entries, _), Archive::Rar13(archive)) => {
                archive.entries = picked(entries, indices);
                for entry in &mut archive.entries {
                    let split = entry.is_split_after();
                    stretch(&mut entry.packed_range, split, end);
                    entry.header.flags &= !(SPLIT as u8);
                }
            }
            (Self::Rar15(files, _), Archive::Rar15To40(archive)) => {
                for mut file in picked(files, indices) {
                    let split = file.is_split_after();
                    stretch(&mut file.packed_range, split, end);
                    file.block.flags &= !SPLIT;
                    archive.blocks.push(rar15_40::Block::File(file));
                }
            }
            (Self::Rar50(files), Archive::Rar50Plus(archive)) => {
                for mut file in picked(files, indices) {
                    let split = file.is_split_after();
                    stretch(&mut file.block.data_range, split, end);
                    file.block.flags &= !SPLIT_50;
                    if !file.encrypted {
                        (file.data_crc32, file.hash) = (None, None);
                    }
                    archive.blocks.push(rar50::Block::File(file));
                }
            }
            _ => {}
        }
        archive
    }
}

/// As much of a file's name as goes into those of its streams, of which it may have thousands.
const NAME: usize = 1 << 10;

fn end_of(name: Option<&[u8]>) -> &[u8] {
    let name = name.unwrap_or_default();
    name.get(name.len().saturating_sub(NAME)..).unwrap_or_default()
}

/// A stream as a member, which stands on no other. Its name would have to be decoded, and is left out.
fn stream_15(mut stream: rar15_40::FileHeader, file: Option<&rar15_40::FileHeader>) -> rar15_40::FileHeader {
    stream.name = [end_of(file.map(|file| &*file.name)), b":"].concat();
    stream.block.flags &= !SOLID_15;
    stream
}

/// A stream as a member, which stands on no other.
fn stream_50(mut stream: rar50::FileHeader, file: Option<&rar50::FileHeader>) -> rar50::FileHeader {
    let name = stream.service_data.as_deref().unwrap_or(b":");
    stream.name = [end_of(file.map(|file| &*file.name)), name].concat();
    stream.compression_info &= !SOLID_50;
    stream
}

/// Lets packed data that go on in the next volume seem to go on here, but none beyond `end`.
fn stretch(range: &mut Range<usize>, split: bool, end: usize) {
    let longer = if split { PADDING as usize } else { 0 };
    range.end = range.end.saturating_add(longer).min(end).max(range.start);
}

fn picked<T: Clone>(from: &[T], indices: &[usize]) -> Vec<T> {
    indices.iter().filter_map(|&index| from.get(index).cloned()).collect()
}

/// Makes the checksum of the member at `index` the one its content has; false when there is none to make so.
pub fn correct(archive: &mut Archive, index: usize, checksum: u32) -> bool {
    match archive {
        Archive::Rar13(archive) => {
            archive.entries.get_mut(index).map(|entry| entry.header.file_crc = checksum as u16).is_some()
        }
        Archive::Rar15To40(archive) => match archive.blocks.get_mut(index) {
            Some(rar15_40::Block::File(file)) => {
                file.file_crc = checksum;
                true
            }
            _ => false,
        },
        _ => false,
    }
}

/// Ends `archive` with the member at `index`, and that one at `size` bytes; gives the size it had.
pub fn shorten(archive: &mut Archive, index: usize, size: u64) -> Option<u64> {
    match archive {
        Archive::Rar13(archive) => {
            archive.entries.truncate(index.saturating_add(1));
            let header = &mut archive.entries.get_mut(index)?.header;
            let had = header.unp_size;
            header.unp_size = size.min(had.into()) as u32;
            Some(had.into())
        }
        Archive::Rar15To40(archive) => {
            archive.blocks.truncate(index.saturating_add(1));
            let Some(rar15_40::Block::File(file)) = archive.blocks.get_mut(index) else { return None };
            let had = file.unp_size;
            file.unp_size = size.min(had);
            Some(had)
        }
        Archive::Rar50Plus(archive) => {
            archive.blocks.truncate(index.saturating_add(1));
            let Some(rar50::Block::File(file)) = archive.blocks.get_mut(index) else { return None };
            let had = file.known_unpacked_size()?;
            file.unpacked_size = size.min(had);
            Some(had)
        }
        _ => None,
    }
}

fn of_13(entry: &rar13::Entry, solid: bool) -> Member {
    Member {
        name: entry.name.clone(),
        packed: entry.header.pack_size.into(),
        size: Some(entry.header.unp_size.into()),
        crc: entry.header.file_crc.into(),
        offset: entry.packed_range.start as u64,
        encrypted: entry.is_encrypted(),
        empty: entry.is_directory(),
        stored: entry.is_stored(),
        solid,
        from_previous: entry.is_split_before(),
        in_next: entry.is_split_after(),
    }
}

fn of_15(file: &rar15_40::FileHeader, solid: bool) -> Member {
    Member {
        name: file.name.clone(),
        packed: file.pack_size,
        size: Some(file.unp_size),
        crc: file.file_crc,
        offset: file.packed_range.start as u64,
        encrypted: file.is_encrypted(),
        empty: file.is_directory(),
        stored: file.is_stored(),
        solid: solid && (file.unp_ver < OWN_SOLID || file.is_solid()),
        from_previous: file.is_split_before(),
        in_next: file.is_split_after(),
    }
}

fn of_50(file: &rar50::FileHeader) -> Member {
    Member {
        name: file.name.clone(),
        packed: file.packed_size(),
        size: file.known_unpacked_size(),
        crc: file.data_crc32.unwrap_or(0),
        offset: file.block.data_range.start as u64,
        encrypted: file.encrypted,
        empty: file.is_directory() || file.is_redirection(),
        stored: file.is_stored(),
        solid: file.compression_info & SOLID_50 != 0,
        from_previous: file.is_split_before(),
        in_next: file.is_split_after(),
    }
}
