//! The text that import hashes are made of: `library.function` of every import, in order.
//!
//! As ClamAV 1.4.6 makes it: in lower case, the library cut at its first dot when `dll`, `ocx` or `sys` follow,
//! functions by number named where the number is well known. It looks at a window of fixed size for a name, so
//! a name closer to the end of the file than that does not count.

use super::{Header, ordinal};
use crate::reader::Reader;
use crate::{Program, Section};

const DIRECTORY: usize = 1;
const DESCRIPTOR: u32 = 20;
const MAX_LIBRARIES: usize = 1024;
const LONGEST_NAME: usize = 256;
/// What all names together may take; real programs import some thousand functions.
const MAX_TEXT: usize = 4 << 20;
const HINT: u64 = 2;

/// There are more imports than are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany;

/// The text, or None when there is no import table or it cannot be read.
pub fn import_text(reader: &mut Reader<'_>, program: &Program) -> Result<Option<Vec<u8>>, TooMany> {
    let mut text = Vec::new();
    let whole = collect(reader, program, &mut text).is_some();
    if text.len() > MAX_TEXT {
        return Err(TooMany);
    }
    text.pop();
    Ok(whole.then_some(text))
}

fn collect(reader: &mut Reader<'_>, program: &Program, text: &mut Vec<u8>) -> Option<()> {
    let header = program.pe.as_ref()?;
    let directory = header.directory(DIRECTORY).filter(|directory| directory.size != 0)?;
    let table = Table { header, sections: &program.sections, size: reader.len() };
    let start = table.place(directory.address.into())?;
    if start.checked_add(directory.size.into())? > reader.len() {
        return None;
    }
    let count = directory.size.div_ceil(DESCRIPTOR).saturating_sub(1) as usize;
    for index in 0..count.min(MAX_LIBRARIES) {
        let at = start + index as u64 * u64::from(DESCRIPTOR);
        let name = reader.u32(at + 12)?;
        if name == 0 {
            break;
        }
        let library = reader.text(table.place(name.into())?, LONGEST_NAME)?.to_ascii_lowercase();
        // The table of names, or the one that the loader overwrites with addresses.
        let names =
            Some(reader.u32(at)?).filter(|names| *names != 0).and_then(|names| table.place(names.into()));
        let addresses = reader.u32(at + 16)?;
        let thunks = names.or_else(|| table.place(addresses.into()))?;
        table.functions(reader, &library, thunks, text)?;
    }
    Some(())
}

struct Table<'a> {
    header: &'a Header,
    sections: &'a [Section],
    size: u64,
}

impl Table<'_> {
    fn place(&self, address: u64) -> Option<u64> {
        self.header.offset_of(address, self.sections, self.size)
    }

    /// Appends the functions whose thunks begin at `at`, each with a comma; None when one has no proper name.
    fn functions(
        &self,
        reader: &mut Reader<'_>,
        library: &[u8],
        mut at: u64,
        text: &mut Vec<u8>,
    ) -> Option<()> {
        let stem = stem(library);
        let width = if self.header.plus { 8 } else { 4 };
        let by_number = 1_u64 << (width * 8 - 1);
        loop {
            let thunk = if width == 8 { reader.u64(at) } else { reader.u32(at).map(u64::from) };
            let Some(thunk) = thunk.filter(|thunk| *thunk != 0) else { return Some(()) };
            at += width;
            if thunk & by_number != 0 {
                let number = thunk as u16;
                match ordinal::name(library, number) {
                    Some(name) => push(text, stem, name.as_bytes()),
                    None => push(text, stem, format!("ord{number}").as_bytes()),
                }
            } else if let Some(name) = self.name(reader, thunk) {
                if !name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(byte)) {
                    return None;
                }
                push(text, stem, &name.to_ascii_lowercase());
            }
            if text.len() > MAX_TEXT {
                return None;
            }
        }
    }

    /// A function's name; empty when it has no place, None when it is too close to the end.
    fn name(&self, reader: &mut Reader<'_>, thunk: u64) -> Option<Vec<u8>> {
        let Some(place) = self.place(thunk) else { return Some(Vec::new()) };
        let at = place.checked_add(HINT)?;
        reader.bytes(at, LONGEST_NAME)?;
        reader.text(at, LONGEST_NAME)
    }
}

fn push(text: &mut Vec<u8>, library: &[u8], function: &[u8]) {
    text.extend_from_slice(library);
    text.push(b'.');
    text.extend_from_slice(function);
    text.push(b',');
}

fn stem(library: &[u8]) -> &[u8] {
    let Some(dot) = library.iter().position(|byte| *byte == b'.') else { return library };
    let (stem, suffix) = library.split_at(dot);
    let known = [b".dll", b".ocx", b".sys"].iter().any(|known| suffix.starts_with(*known));
    if known { stem } else { library }
}
