//! Names of what a library exports.
//!
//! Layout ("PE Format", .edata section): a directory of 40 bytes with the number of names at 24 and the address
//! of a table of their addresses at 32.

use crate::Program;
use crate::reader::Reader;

const DIRECTORY: usize = 0;
const MAX_NAMES: u32 = 1 << 16;
const LONGEST_NAME: usize = 512;
/// What all names together may take.
const MAX_TEXT: usize = 4 << 20;

/// The names, in the order of the table, as far as they can be read.
pub fn exports(reader: &mut Reader<'_>, program: &Program) -> Vec<Vec<u8>> {
    let mut names = Vec::new();
    let _ = collect(reader, program, &mut names);
    names
}

fn collect(reader: &mut Reader<'_>, program: &Program, names: &mut Vec<Vec<u8>>) -> Option<()> {
    let header = program.pe.as_ref()?;
    let size = reader.len();
    let place = |address: u32| header.offset_of(address.into(), &program.sections, size);
    let directory = place(header.directory(DIRECTORY)?.address)?;
    let count = reader.u32(directory.checked_add(24)?)?.min(MAX_NAMES);
    let table = place(reader.u32(directory.checked_add(32)?)?)?;
    let mut left = MAX_TEXT;
    for index in 0..u64::from(count) {
        let address = reader.u32(table.checked_add(index * 4)?)?;
        let name = reader.text(place(address)?, LONGEST_NAME)?;
        left = left.checked_sub(name.len())?;
        names.push(name);
    }
    Some(())
}
