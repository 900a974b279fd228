//! From hash lines to the tables of an image.

use std::io::{self, Write};
use std::path::PathBuf;

use nacre_fmap::DigestKind;

use super::line::{self, HashLine, Parsed};
use super::spill::Spill;
use super::{ANY_SIZE, Column, HEAD, NAMES, Parameters, TABLES, TableId, Use, Widths, head_of};
use crate::ignore::IgnoreList;
use crate::image::Writer;
use crate::image::column::{self, Packer};
use crate::names::{NameBuilder, Parts};
use crate::sources::{Class, SourceBuilder, SourceId};

/// Parts of a table, by the top bits of the digest; one is sorted at a time.
const PARTITION_BITS: u32 = 6;
const PARTITIONS: usize = 1 << PARTITION_BITS;

/// Rows that share a directory entry, on average.
const ROWS_PER_BUCKET_BITS: u32 = 3;
const MAX_DIRECTORY_BITS: u32 = 24;

/// Bits per row of the bitmap of sizes, and its largest size: 2 MiB.
const SIZE_BITS_PER_ROW_BITS: u32 = 3;
const MAX_SIZE_BITS: u32 = 24;

/// Rows kept for one digest and size; more is not a database but an attack on lookups.
const MAX_GROUP: usize = 64;

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is in the image.
    Added,
    /// It is for other functionality levels.
    OtherLevel,
    /// Its name is ignored.
    Ignored,
}

/// Why a line could not be taken.
#[derive(Debug)]
pub enum LineError {
    /// The line is malformed, and why.
    Malformed(&'static str),
    /// The temporary file cannot be written.
    Io(io::Error),
}

impl From<io::Error> for LineError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// What went into the image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows in all tables.
    pub rows: u64,
    /// Lines that a later one with the same digest, size and source class replaced.
    pub replaced: u64,
}

/// Collects hash lines and writes them as tables.
pub struct HashBuilder {
    spill: Spill,
    names: NameBuilder,
    tables: [Pending; TableId::COUNT],
}

/// A table that is being filled: the largest value of each field, and its own numbering of prefixes.
#[derive(Default)]
struct Pending {
    rows: u32,
    size: u32,
    source: u32,
    number: u32,
    revision: u32,
    wildcard: bool,
    /// Name id to number in this table plus one.
    local: Vec<u32>,
    /// Number in this table to name id.
    prefixes: Vec<u32>,
}

impl HashBuilder {
    /// A builder that keeps its temporary data under `directory`.
    pub fn new(directory: PathBuf) -> Self {
        Self {
            spill: Spill::new(directory, TableId::COUNT * PARTITIONS),
            names: NameBuilder::default(),
            tables: std::array::from_fn(|_| Pending::default()),
        }
    }

    /// Takes one line of a file for `usage`.
    pub fn add_line(
        &mut self,
        usage: Use,
        line: &[u8],
        source: SourceId,
        ignored: &IgnoreList,
    ) -> Result<Outcome, LineError> {
        match line::parse(usage, line, |name| ignored.ignores(name, line)).map_err(LineError::Malformed)? {
            Parsed::OtherLevel => Ok(Outcome::OtherLevel),
            Parsed::Ignored => Ok(Outcome::Ignored),
            Parsed::Signature(signature) => {
                self.add(usage, &signature, source)?;
                Ok(Outcome::Added)
            }
        }
    }

    fn add(&mut self, usage: Use, signature: &HashLine<'_>, source: SourceId) -> io::Result<()> {
        let id = TableId::new(usage, signature.kind);
        let parts = Parts::split(signature.name);
        let name = self.names.intern(parts.prefix)?;
        let Some(table) = self.tables.get_mut(id.index()) else { return Ok(()) };
        let record = Record {
            size: signature.size,
            prefix: table.prefix(name),
            number: parts.number,
            revision: parts.revision,
            source: source.0,
        };
        table.note(&record)?;
        let partition = (head_of(&signature.digest) >> (u64::BITS - PARTITION_BITS)) as usize;
        let mut bytes = [0; 32 + Record::SIZE];
        let digest = signature.kind.size();
        let (head, tail) = bytes.split_at_mut(digest);
        head.copy_from_slice(signature.digest.get(..digest).unwrap_or(&[]));
        record.store(tail);
        let stored = bytes.get(..digest + Record::SIZE).unwrap_or(&[]);
        self.spill.append(id.index() * PARTITIONS + partition, stored)
    }

    /// Sorts and writes every table.
    pub fn finish(mut self, writer: &mut Writer, sources: &SourceBuilder) -> io::Result<Counts> {
        let mut counts = Counts::default();
        let mut parameters = Vec::new();
        for ((id, kind), table) in TableId::all().zip(self.tables) {
            let mut written = Parameters::default();
            if table.rows > 0 {
                let added = table.rows;
                let emitter = Emitter::new(id, kind, table);
                written = emitter.run(&mut self.spill, writer, sources)?;
                counts.rows += u64::from(written.rows);
                counts.replaced += u64::from(added - written.rows);
            }
            parameters.extend(written.numbers().iter().flat_map(|number| number.to_le_bytes()));
        }
        writer.section(TABLES, &parameters)?;
        self.names.write(writer, NAMES)?;
        Ok(counts)
    }
}

impl Pending {
    /// The number of name `id` in this table.
    fn prefix(&mut self, id: u32) -> u32 {
        let at = id as usize;
        if at >= self.local.len() {
            self.local.resize(at + 1, 0);
        }
        let Some(slot) = self.local.get_mut(at) else { return 0 };
        if *slot == 0 {
            self.prefixes.push(id);
            *slot = self.prefixes.len() as u32;
        }
        *slot - 1
    }

    fn note(&mut self, record: &Record) -> io::Result<()> {
        self.rows = self.rows.checked_add(1).ok_or_else(|| io::Error::other("too many hash signatures"))?;
        self.size = self.size.max(record.size);
        self.source = self.source.max(u32::from(record.source));
        self.number = self.number.max(record.number);
        self.revision = self.revision.max(u32::from(record.revision));
        self.wildcard |= record.size == ANY_SIZE;
        Ok(())
    }

    fn parameters(&self) -> Parameters {
        let log = u32::BITS - self.rows.leading_zeros();
        Parameters {
            rows: 0,
            directory_bits: log.saturating_sub(1 + ROWS_PER_BUCKET_BITS).min(MAX_DIRECTORY_BITS),
            size_bits: (log + SIZE_BITS_PER_ROW_BITS).clamp(3, MAX_SIZE_BITS),
            wildcard: u32::from(self.wildcard),
            widths: Widths {
                size: column::width_of(self.size),
                source: column::width_of(self.source),
                prefix: column::width_of((self.prefixes.len() as u32).saturating_sub(1)),
                number: column::width_of(self.number),
                revision: column::width_of(self.revision),
            },
        }
    }
}

/// What a row says besides its digest.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Record {
    size: u32,
    prefix: u32,
    number: u32,
    revision: u16,
    source: u16,
}

impl Record {
    const SIZE: usize = 16;

    fn store(self, out: &mut [u8]) {
        let words =
            [self.size, self.prefix, self.number, u32::from(self.revision) | u32::from(self.source) << 16];
        for (word, bytes) in words.iter().zip(out.chunks_exact_mut(4)) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
    }

    fn load(bytes: &[u8]) -> Self {
        let word = |index| column::u32_at(bytes, index).unwrap_or(0);
        let last = word(3);
        Self {
            size: word(0),
            prefix: word(1),
            number: word(2),
            revision: last as u16,
            source: (last >> 16) as u16,
        }
    }

    fn same_name(self, other: Self) -> bool {
        (self.prefix, self.number, self.revision) == (other.prefix, other.number, other.revision)
    }
}

/// Writes one table. The digest columns and the meta rows are made in one pass; all but the first wait in
/// the spill, because sections are written one after the other.
struct Emitter {
    id: TableId,
    digest: usize,
    table: Pending,
    parameters: Parameters,
    directory: Vec<u32>,
    sizes: Vec<u8>,
    meta: Packer,
}

/// Order of rows: digest, then size, then last loaded first.
struct Key {
    head: u64,
    index: u32,
}

impl Emitter {
    fn new(id: TableId, kind: DigestKind, table: Pending) -> Self {
        let parameters = table.parameters();
        Self {
            id,
            digest: kind.size(),
            parameters,
            directory: vec![0; (1 << parameters.directory_bits) + 1],
            sizes: vec![0; 1 << (parameters.size_bits - 3)],
            meta: Packer::default(),
            table,
        }
    }

    fn run(
        mut self,
        spill: &mut Spill,
        writer: &mut Writer,
        sources: &SourceBuilder,
    ) -> io::Result<Parameters> {
        let (rest, meta) = (spill.add(), spill.add());
        writer.start(self.id.tag(Column::Fingerprint))?;
        let mut rows = Vec::new();
        for partition in 0..PARTITIONS {
            rows.clear();
            spill.drain(self.id.index() * PARTITIONS + partition, |piece| {
                rows.extend_from_slice(piece);
                Ok(())
            })?;
            self.partition(&rows, sources, |digest, implied| {
                writer.write_all(digest.get(implied..HEAD).unwrap_or(&[]))?;
                spill.append(rest, digest.get(HEAD..).unwrap_or(&[]))
            })?;
            spill.append(meta, &self.meta.take())?;
        }
        spill.append(meta, &self.meta.finish())?;
        writer.start(self.id.tag(Column::Rest))?;
        spill.drain(rest, |piece| writer.write_all(piece))?;
        writer.start(self.id.tag(Column::Meta))?;
        spill.drain(meta, |piece| writer.write_all(piece))?;
        self.small_columns(writer)?;
        Ok(self.parameters)
    }

    /// Sorts one part and emits the rows that stay.
    fn partition(
        &mut self,
        rows: &[u8],
        sources: &SourceBuilder,
        mut emit: impl FnMut(&[u8], usize) -> io::Result<()>,
    ) -> io::Result<()> {
        let (width, size) = (self.digest, self.digest + Record::SIZE);
        let row = |key: &Key| rows.chunks_exact(size).nth(key.index as usize).unwrap_or(&[]).split_at(width);
        let size_of = |tail: &[u8]| column::u32_at(tail, 0).unwrap_or(0);
        let heads = rows.chunks_exact(size).map(head_of);
        let mut keys: Vec<Key> = heads.zip(0..).map(|(head, index)| Key { head, index }).collect();
        keys.sort_unstable_by(|left, right| {
            left.head.cmp(&right.head).then_with(|| {
                let ((digest, tail), (other, other_tail)) = (row(left), row(right));
                let order = digest.cmp(other).then(size_of(tail).cmp(&size_of(other_tail)));
                order.then(right.index.cmp(&left.index))
            })
        });
        let mut group: Vec<(Class, Record)> = Vec::new();
        let mut last: Option<(&[u8], u32)> = None;
        for key in &keys {
            let (digest, tail) = row(key);
            let record = Record::load(tail);
            if last != Some((digest, record.size)) {
                group.clear();
                last = Some((digest, record.size));
            }
            let class = sources.class(SourceId(record.source));
            // Which of several PUA names counts is known only when a scan has chosen its categories.
            let known =
                |(other, kept): &(Class, Record)| *other == class && (!class.pua || record.same_name(*kept));
            if group.len() >= MAX_GROUP || group.iter().any(known) {
                continue;
            }
            group.push((class, record));
            self.row(key.head, record);
            emit(digest, self.parameters.implied())?;
        }
        Ok(())
    }

    fn row(&mut self, head: u64, record: Record) {
        self.parameters.rows += 1;
        if let Some(entry) = self.directory.get_mut(self.parameters.bucket(head) + 1) {
            *entry = self.parameters.rows;
        }
        let bit = self.parameters.size_bit(record.size);
        if let Some(byte) = self.sizes.get_mut(bit / 8) {
            *byte |= 1 << (bit % 8);
        }
        let widths = self.parameters.widths;
        self.meta.push(record.size, widths.size);
        self.meta.push(u32::from(record.source), widths.source);
        self.meta.push(record.prefix, widths.prefix);
        self.meta.push(record.number, widths.number);
        self.meta.push(u32::from(record.revision), widths.revision);
    }

    fn small_columns(&mut self, writer: &mut Writer) -> io::Result<()> {
        // An empty bucket ends where the one before it does.
        let mut end = 0;
        for entry in &mut self.directory {
            end = end.max(*entry);
            *entry = end;
        }
        writer.start(self.id.tag(Column::Directory))?;
        write_column(writer, &self.directory)?;
        writer.section(self.id.tag(Column::Sizes), &self.sizes)?;
        writer.start(self.id.tag(Column::Prefixes))?;
        write_column(writer, &self.table.prefixes)
    }
}

fn write_column(writer: &mut Writer, numbers: &[u32]) -> io::Result<()> {
    numbers.iter().try_for_each(|number| writer.write_all(&number.to_le_bytes()))
}
