//! Where the Authenticode signature of a program is, and what one covers, here or in a catalog.
//!
//! The header has the offset and size of the certificate table, an entry of the data directory that is no
//! address but a place in the file. Signed is all of the file but the header's checksum, that entry, and the
//! table. Source: "Windows Authenticode Portable Executable Signature Format", "Calculating the PE Image Hash".

use super::Header;

const CERTIFICATES: usize = 4;
const CHECKSUM: u64 = 4;
const ENTRY: u64 = 8;

/// What a signature is about, and the one that the program has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The parts that are signed, as (offset, size).
    pub parts: [(u64, u64); 4],
    /// Offset and size of the certificate table; 0 without one.
    pub table: u64,
    pub table_size: u64,
}

/// What is signed of a program of `size` bytes; None when it ends before its directories do.
pub(crate) fn signed(header: &Header, size: u64) -> Option<Signed> {
    let checksum = header.checksum_at();
    let entry = header.directory_at(CERTIFICATES as u64);
    let behind_entry = entry + ENTRY;
    let directory = header.directory(CERTIFICATES).unwrap_or_default();
    let (table, table_size) = (u64::from(directory.address), u64::from(directory.size));
    let usable = table_size != 0 && table >= behind_entry && table + table_size <= size;
    let (table, table_size) = if usable { (table, table_size) } else { (0, 0) };
    let end = if usable { table } else { size };
    // The table of a signed program is its end; what stands behind one is no less covered.
    let behind = end + table_size;
    let parts = [
        (0, checksum),
        (checksum + CHECKSUM, entry - checksum - CHECKSUM),
        (behind_entry, end.checked_sub(behind_entry)?),
        (behind, size - behind),
    ];
    Some(Signed { parts, table, table_size })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::pe::Directory;

    fn header(table: u32, size: u32) -> Header {
        let mut directories = vec![Directory::default(); 16];
        directories[CERTIFICATES] = Directory { address: table, size };
        Header { offset: 64, directories, ..Header::default() }
    }

    #[test]
    fn a_table_at_the_end() {
        let signed = signed(&header(1000, 24), 1024).unwrap();
        assert_eq!((signed.table, signed.table_size), (1000, 24));
        assert_eq!(signed.parts, [(0, 152), (156, 60), (224, 776), (1024, 0)]);
    }

    #[test]
    fn bytes_behind_a_table_are_covered() {
        assert_eq!(signed(&header(1000, 20), 1024).unwrap().parts[3], (1020, 4));
    }

    #[test]
    fn a_table_that_cannot_be() {
        for (table, size) in [(0, 24), (1000, 0), (1000, 25), (223, 24), (u32::MAX, u32::MAX)] {
            let signed = signed(&header(table, size), 1024).unwrap();
            assert_eq!((signed.table, signed.table_size), (0, 0));
            assert_eq!(signed.parts[2..], [(224, 800), (1024, 0)]);
        }
        assert_eq!(signed(&header(0, 0), 223), None);
    }
}
