//! Looking digests up in an opened image. Nothing here trusts what the image holds.

use std::cmp::Ordering;
use std::ops::Range;

use nacre_fmap::DigestKind;

use super::{ANY_SIZE, Column, HEAD, NAMES, PARAMETERS, Parameters, TABLES, TableId, Use, head_of};
use crate::image::{Image, ImageError, Section, column};
use crate::names::{Names, Parts};
use crate::sources::{Class, SourceId, Sources};

/// The hash tables of an image.
pub struct HashTables {
    tables: [Option<Table>; TableId::COUNT],
    names: Names,
    sources: Sources,
}

struct Table {
    parameters: Parameters,
    digest: usize,
    directory: Section,
    fingerprints: Section,
    rest: Section,
    meta: Section,
    sizes: Section,
    prefixes: Section,
}

/// A signature whose digest and size are those asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The file it comes from.
    pub source: SourceId,
    /// Whether it is for any size.
    pub wildcard: bool,
    prefix: u32,
    number: u32,
    revision: u16,
}

/// The rows of one lookup: those of the size first, then those of any size; last loaded first.
pub struct Rows<'a> {
    table: Option<&'a Table>,
    sized: Range<u32>,
    wildcard: Range<u32>,
}

impl Iterator for Rows<'_> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        let index = self.sized.next().or_else(|| self.wildcard.next())?;
        self.table?.row(index)
    }
}

impl HashTables {
    /// Finds the tables of `image`.
    pub fn open(image: &Image) -> Result<Self, ImageError> {
        let parameters = image.section(TABLES);
        let mut tables = [const { None }; TableId::COUNT];
        for ((id, kind), slot) in TableId::all().zip(&mut tables) {
            let mut numbers = [0; PARAMETERS];
            for (number, column) in numbers.iter_mut().zip(0..) {
                *number = column::u32_at(parameters, id.index() * PARAMETERS + column).unwrap_or(0);
            }
            let parameters = Parameters::of(numbers).ok_or(ImageError::Corrupt("hash table widths"))?;
            if parameters.rows > 0 {
                *slot = Some(Table::open(image, id, kind, parameters)?);
            }
        }
        Ok(Self { tables, names: Names::open(image, NAMES), sources: Sources::open(image) })
    }

    /// False when no row for `usage` can match a digest of `kind` over `size` bytes, so that it need not be
    /// computed. True may be wrong for one size in ten.
    pub fn wanted(&self, usage: Use, kind: DigestKind, size: u64) -> bool {
        self.table(usage, kind).is_some_and(|table| table.wanted(size))
    }

    /// Rows for `usage` whose digest is `digest`, of `size` bytes or of any size.
    pub fn lookup(&self, usage: Use, digest: &[u8], size: u64) -> Rows<'_> {
        let kind = DigestKind::of_size(digest.len());
        let table = kind.and_then(|kind| self.table(usage, kind));
        let find = |size| table.map_or(0..0, |table| table.find(digest, size));
        let sized = match u32::try_from(size) {
            Ok(size) if size != ANY_SIZE => find(size),
            _ => 0..0,
        };
        Rows { table, sized, wildcard: find(ANY_SIZE) }
    }

    /// The name of a row as it was loaded, without `.UNOFFICIAL`; None in a damaged image.
    pub fn name(&self, row: &Row) -> Option<Vec<u8>> {
        let parts = Parts { prefix: self.names.get(row.prefix)?, number: row.number, revision: row.revision };
        Some(parts.join())
    }

    /// Where a row stands for the options of a scan; None in a damaged image.
    pub fn class(&self, row: &Row) -> Option<Class> {
        self.sources.class(row.source)
    }

    /// Number of rows for `usage`.
    pub fn rows(&self, usage: Use) -> u64 {
        let tables = DigestKind::ALL.into_iter().filter_map(|kind| self.table(usage, kind));
        tables.map(|table| u64::from(table.parameters.rows)).sum()
    }

    fn table(&self, usage: Use, kind: DigestKind) -> Option<&Table> {
        self.tables.get(TableId::new(usage, kind).index())?.as_ref()
    }
}

impl Table {
    fn open(
        image: &Image,
        id: TableId,
        kind: DigestKind,
        parameters: Parameters,
    ) -> Result<Self, ImageError> {
        let hold = |column| image.hold(id.tag(column));
        let table = Self {
            parameters,
            digest: kind.size(),
            directory: hold(Column::Directory),
            fingerprints: hold(Column::Fingerprint),
            rest: hold(Column::Rest),
            meta: hold(Column::Meta),
            sizes: hold(Column::Sizes),
            prefixes: hold(Column::Prefixes),
        };
        if table.consistent() { Ok(table) } else { Err(ImageError::Corrupt("hash table columns")) }
    }

    fn consistent(&self) -> bool {
        let parameters = &self.parameters;
        let rows = u64::from(parameters.rows);
        let has = |section: &Section, bytes: u64| section.len() as u64 == bytes;
        has(&self.directory, ((1 << parameters.directory_bits) + 1) * 4)
            && parameters.implied() < HEAD
            && has(&self.fingerprints, rows * (HEAD - parameters.implied()) as u64)
            && has(&self.rest, rows * (self.digest - HEAD) as u64)
            && has(&self.meta, (rows * u64::from(parameters.widths.row())).div_ceil(8))
            && has(&self.sizes, (1_u64 << parameters.size_bits).div_ceil(8))
    }

    fn wanted(&self, size: u64) -> bool {
        if self.parameters.wildcard != 0 {
            return true;
        }
        let Ok(size) = u32::try_from(size) else { return false };
        let bit = self.parameters.size_bit(size);
        self.sizes.get(bit / 8).is_some_and(|byte| byte >> (bit % 8) & 1 != 0)
    }

    /// The rows with this digest and size. A directory entry that is not true finds nothing.
    fn find(&self, digest: &[u8], size: u32) -> Range<u32> {
        let bucket = self.parameters.bucket(head_of(digest));
        let entry = |index| column::u32_at(&self.directory, index).unwrap_or(0).min(self.parameters.rows);
        let (start, end) = (entry(bucket), entry(bucket + 1));
        let first = self.partition(start..end, digest, size, Ordering::is_lt);
        let after = self.partition(first..end, digest, size, Ordering::is_le);
        first..after
    }

    /// The first row in `range` that does not stand before the one asked for; buckets are short, but a
    /// database can be made so that one is not.
    fn partition(
        &self,
        mut range: Range<u32>,
        digest: &[u8],
        size: u32,
        before: fn(Ordering) -> bool,
    ) -> u32 {
        while range.start < range.end {
            let middle = range.start + (range.end - range.start) / 2;
            if before(self.order(middle, digest, size)) {
                range.start = middle + 1;
            } else {
                range.end = middle;
            }
        }
        range.start
    }

    fn order(&self, row: u32, digest: &[u8], size: u32) -> Ordering {
        let implied = self.parameters.implied();
        let cell = |section, width| column::cell_at(section, row as usize, width).unwrap_or(&[]);
        let fingerprint = cell(&self.fingerprints, HEAD - implied);
        fingerprint
            .cmp(digest.get(implied..HEAD).unwrap_or(&[]))
            .then_with(|| cell(&self.rest, self.digest - HEAD).cmp(digest.get(HEAD..).unwrap_or(&[])))
            .then_with(|| self.fields(row).next().unwrap_or(0).cmp(&size))
    }

    fn row(&self, index: u32) -> Option<Row> {
        let mut fields = self.fields(index);
        let size = fields.next()?;
        let source = SourceId(u16::try_from(fields.next()?).ok()?);
        let prefix = column::u32_at(&self.prefixes, fields.next()? as usize)?;
        let number = fields.next()?;
        let revision = u16::try_from(fields.next()?).ok()?;
        Some(Row { source, wildcard: size == ANY_SIZE, prefix, number, revision })
    }

    /// The fields of a meta row: size, source, prefix, number, revision.
    fn fields(&self, row: u32) -> impl Iterator<Item = u32> + '_ {
        let widths = self.parameters.widths;
        let mut at = u64::from(row) * u64::from(widths.row());
        let widths = [widths.size, widths.source, widths.prefix, widths.number, widths.revision];
        widths.into_iter().map_while(move |width| {
            let value = column::bits_at(&self.meta, at, width);
            at += u64::from(width);
            value
        })
    }
}
