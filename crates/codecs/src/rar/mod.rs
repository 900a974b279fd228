//! RAR 1.3 to 7, behind an interface of our own: the decoders are those of the crate `rars`.
//!
//! What differs from that crate: an archive with a damaged or missing end is opened as far as it goes, members
//! are decoded as far as their data go, whatever their checksums say, and nothing but the deadline and the
//! bounds given here ends a run of members early. Headers are read whatever theirs say: `unrar` does so, and
//! those of owners by RAR 2 for Unix are never right, for they count what stands behind the header.

mod member;
mod sink;
mod source;

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use nacre_fmap::Fmap;
use rars::{ArchiveReadOptions, ArchiveReader, Error, ErrorKind, ExtractionDecision};

use crate::bounded::{Bound, Decoded, Status};
use member::Entries;
pub use member::Member;
pub use sink::Piece;
use sink::{Collector, Sink};
use source::{Patches, Source, Trail};

/// Most memory of one run: window, model and what waits for a filter.
const WORKSPACE: u64 = 1100 << 20;

/// Larger dictionaries are refused, whatever of them would be used.
const DICTIONARY: u64 = 1 << 30;

/// Largest comment that is written.
const COMMENT: u64 = 256 << 10;

/// Most bytes of all headers together.
const HEADERS: u64 = 64 << 20;

/// Bytes that may be decoded again in one archive: behind a wrong checksum, which ends a solid run, and to get
/// at the last bytes before damage, which the decoders keep back.
const AGAIN: u64 = 64 << 20;

/// What decoding again costs at least.
const LEAST: u64 = 64 << 10;

/// The most that a decoder keeps back.
const KEPT_BACK: u64 = 2 << 20;

/// Most headers with a wrong checksum that are read nevertheless; each costs another walk.
const WRONG: usize = 16;

/// Why an archive cannot be opened at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Its headers are encrypted.
    Encrypted,
    /// It is none, or damaged before its first member.
    Damaged,
    /// A variant that nobody here knows.
    Unsupported,
}

/// An opened archive.
pub struct Archive {
    shell: rars::Archive,
    trail: Trail,
    entries: Entries,
    /// Where the walk over the headers ended, if not at the end.
    pub damaged_at: Option<u64>,
    /// The archive's comment.
    pub comment: Option<Vec<u8>>,
    /// Where nothing is read any more.
    end: u64,
    again: AtomicU64,
    /// What encrypted members are opened with.
    password: Option<Vec<u8>>,
}

impl Archive {
    /// Walks the headers, `max_headers` of them at most. A password that is plainly not that of the headers is
    /// refused as `Encrypted`; whether it is that of a member, decoding it must tell. Deriving one key from it,
    /// which costs what the archive says and 2^24 rounds at most, is not interrupted by the deadline.
    pub fn open(
        source: &Fmap,
        max_headers: u64,
        deadline: Option<Instant>,
        password: Option<&[u8]>,
    ) -> Result<Self, Refusal> {
        let patches = Patches::default();
        let mut walk = Walk { map: source, max_headers, deadline, password: None, patches };
        let (mut first, mut trail) = walk.patched();
        // Given for headers that need none, it would be refused for the sake of one member.
        walk.password =
            password.filter(|_| first.as_ref().is_err_and(|error| refusal(error) == Refusal::Encrypted));
        if walk.password.is_some() {
            (first, trail) = walk.to(source.len());
        }
        let (mut shell, mut trail, damaged_at) = match first {
            Ok(archive) => (archive, trail, None),
            Err(error) => match refusal(&error) {
                Refusal::Damaged => walk.recover(&trail).ok_or(Refusal::Damaged)?,
                refusal => return Err(refusal),
            },
        };
        if shell.members().any(|member| member.meta.is_split_after)
            && let (Ok(archive), padded) = walk.to(source.len().saturating_add(source::PADDING))
        {
            (shell, trail) = (archive, padded);
        }
        let damaged_at = damaged_at.or_else(|| lacks_end(&shell).then_some(source.len()));
        let comment = if damaged_at.is_none() { comment(&shell, password) } else { None };
        let entries = Entries::take(&mut shell);
        let end = source.len().saturating_add(source::PADDING);
        let (again, password) = (AtomicU64::new(AGAIN), password.map(<[u8]>::to_vec));
        Ok(Self { shell, trail, entries, damaged_at, comment, end, again, password })
    }

    /// Whether it is one of RAR 1.3.
    pub fn is_first_generation(&self) -> bool {
        matches!(self.entries, Entries::Rar13(..))
    }

    /// What the headers say.
    pub fn members(&self) -> Vec<Member> {
        self.entries.members()
    }

    /// Decodes the members `indices`, each one of a solid run standing on those before it. Of a member that says
    /// to be larger than `max_member`, nothing is kept. Pieces are places in what was decoded. A wrong checksum
    /// counts for an encrypted member alone: the password may be the wrong one, so the run ends as corrupt.
    pub fn decode(
        &self,
        indices: &[usize],
        max_member: u64,
        bound: &Bound<'_>,
    ) -> io::Result<(Decoded, Vec<Piece>)> {
        let mut part = self.entries.pick(&self.shell, indices, self.end);
        let locked = self.entries.is_any_encrypted(indices);
        loop {
            let (collector, error) = self.run(&part, max_member, bound);
            let last = collector.last();
            let checksum = error.as_ref().and_then(wrong_sums).map(|sums| sums.right);
            if locked && error.is_some() {
                let status = error.as_ref().map_or(Status::Done, status_of);
                return collector.finish(if status == Status::Done { Status::Corrupt } else { status });
            }
            let more_follow = collector.count() < indices.len();
            if let (Some(checksum), Some((index, _))) = (checksum, last)
                && more_follow
                && self.may_repeat(collector.len())
                && member::correct(&mut part, index, checksum)
            {
                continue;
            }
            let status = match error.as_ref().map_or(Status::Done, status_of) {
                Status::Done | Status::Corrupt if collector.is_behind() => Status::Truncated,
                status => status,
            };
            if matches!(status, Status::Truncated | Status::Corrupt)
                && let Some(fuller) = self.fuller(&part, &collector, max_member, bound)
            {
                return fuller.finish(status);
            }
            return collector.finish(status);
        }
    }

    /// The same run with all of its last member that can be decoded: the largest size at which, were it the
    /// member's, nothing would fail.
    fn fuller(
        &self,
        part: &rars::Archive,
        collector: &Collector,
        max_member: u64,
        bound: &Bound<'_>,
    ) -> Option<Collector> {
        let (index, piece) = collector.last()?;
        let mut part = part.clone();
        let declared = member::shorten(&mut part, index, u64::MAX)?;
        let mut best = None;
        let (mut good, mut bad) = (piece.size, declared.min(piece.size.saturating_add(KEPT_BACK)));
        while good + 1 < bad && !piece.cut {
            let middle = good.midpoint(bad);
            if !self.may_repeat(piece.start + middle) {
                break;
            }
            member::shorten(&mut part, index, middle);
            let (tried, error) = self.run(&part, max_member, bound);
            if tried.last().is_some_and(|(_, piece)| piece.size >= middle)
                && error.as_ref().is_none_or(|error| wrong_sums(error).is_some())
            {
                good = middle;
                best = Some(tried);
            } else {
                bad = middle;
            }
        }
        best
    }

    fn run(&self, part: &rars::Archive, max_member: u64, bound: &Bound<'_>) -> (Collector, Option<Error>) {
        self.trail.renew();
        let empty = || Collector::new(bound, self.trail.clone(), KEPT_BACK);
        let collector = Rc::new(RefCell::new(empty()));
        let error = extract(part, &collector, max_member, self.password.as_deref()).err();
        // The sinks are gone with the run; if one were not, what it has would count as lost.
        let collected = Rc::into_inner(collector).map(RefCell::into_inner);
        (collected.unwrap_or_else(empty), error)
    }

    /// Takes `bytes` from what may be decoded again.
    fn may_repeat(&self, bytes: u64) -> bool {
        let cost = bytes.saturating_add(LEAST);
        self.again.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(cost)).is_ok()
    }
}

fn extract(
    part: &rars::Archive,
    collector: &Rc<RefCell<Collector>>,
    max_member: u64,
    password: Option<&[u8]>,
) -> Result<(), Error> {
    let options = options(password)
        .with_max_reader_workspace_bytes(WORKSPACE)
        .with_rar50_dictionary_size_limit(DICTIONARY)
        .with_rar50_buffered_decode_limit(0);
    part.extract_with_control(options, |member| {
        let kept = member.meta.unpacked_size <= max_member || member.meta.unpacked_size == u64::MAX;
        if let Ok(mut collector) = collector.try_borrow_mut() {
            collector.begin(if kept { max_member } else { 0 }, kept);
        }
        Ok(ExtractionDecision::Extract(Box::new(Sink(Rc::clone(collector)))))
    })?;
    Ok(())
}

/// Whether the last header, which RAR 5 always has, is missing.
fn lacks_end(archive: &rars::Archive) -> bool {
    archive
        .as_rar50()
        .is_some_and(|archive| !matches!(archive.blocks.last(), Some(rars::rar50::Block::End(_))))
}

/// The comment. Not of a damaged archive: that its data are all there was only feigned.
fn comment(archive: &rars::Archive, password: Option<&[u8]>) -> Option<Vec<u8>> {
    let options = options(password)
        .with_max_member_output_bytes(COMMENT)
        .with_max_reader_workspace_bytes(WORKSPACE)
        .with_rar50_dictionary_size_limit(DICTIONARY)
        .with_rar50_buffered_decode_limit(COMMENT);
    archive.comment_with_options(options).ok().flatten()
}

fn options(password: Option<&[u8]>) -> ArchiveReadOptions<'_> {
    ArchiveReadOptions::with_optional_password(password)
}

/// How the headers of an archive are walked.
struct Walk<'a> {
    map: &'a Fmap,
    max_headers: u64,
    deadline: Option<Instant>,
    password: Option<&'a [u8]>,
    patches: Patches,
}

impl Walk<'_> {
    /// Walks them as if the archive were `len` bytes.
    fn to(&self, len: u64) -> (Result<rars::Archive, Error>, Trail) {
        let trail = Trail::default();
        let source = Source::new(self.map.clone(), len, self.deadline, trail.clone(), self.patches.clone());
        let options = options(self.password).with_max_header_count(self.max_headers);
        let archive = ArchiveReader::read_reader_with_options(source, options.with_max_header_bytes(HEADERS));
        (archive, trail)
    }

    /// Walks all of them, and once more for each that has a wrong checksum.
    fn patched(&mut self) -> (Result<rars::Archive, Error>, Trail) {
        loop {
            let (archive, trail) = self.to(self.map.len());
            let wrong = archive.as_ref().err().and_then(wrong_sums).and_then(|sums| {
                let mut there = vec![0; sums.size];
                let told = sums.told.to_le_bytes();
                let stands =
                    |at: &u64| self.map.read_at(*at, &mut there) == sums.size && told.starts_with(&there);
                Some((trail.places().into_iter().find(stands)?, sums))
            });
            match wrong {
                Some((place, sums)) if self.patches.count() < WRONG => {
                    self.patches.add(place, sums.right.to_le_bytes().into_iter().take(sums.size).collect());
                }
                _ => return (archive, trail),
            }
        }
    }

    /// Opens an archive up to the header that cannot be read. The data of the last member may end early: the walk
    /// is tried beyond the end before it is given up there.
    fn recover(&self, first: &Trail) -> Option<(rars::Archive, Trail, Option<u64>)> {
        let len = self.map.len();
        let (_, beyond) = self.to(len.saturating_add(source::BEYOND));
        let places = beyond.places().into_iter().chain(first.places());
        let mut opened = places.filter_map(|at| {
            let (archive, trail) = self.to(at);
            Some((archive.ok()?, trail, Some(at.min(len))))
        });
        opened.next()
    }
}

/// A checksum that is wrong, of `size` bytes, and the right one.
struct Sums {
    told: u32,
    right: u32,
    size: usize,
}

fn wrong_sums(error: &Error) -> Option<Sums> {
    match *error.root_cause() {
        Error::Crc32Mismatch { expected, actual } => Some(Sums { told: expected, right: actual, size: 4 }),
        Error::CrcMismatch { expected, actual } => {
            Some(Sums { told: expected.into(), right: actual.into(), size: 2 })
        }
        _ => None,
    }
}

fn refusal(error: &Error) -> Refusal {
    match error.root_cause() {
        Error::FeatureDisabled { .. } => Refusal::Encrypted,
        error => match error.kind() {
            ErrorKind::PasswordRequired | ErrorKind::BadPassword => Refusal::Encrypted,
            ErrorKind::UnsupportedFeature => Refusal::Unsupported,
            _ => Refusal::Damaged,
        },
    }
}

fn status_of(error: &Error) -> Status {
    match error.root_cause() {
        Error::Io(error) if error.kind == io::ErrorKind::UnexpectedEof => Status::Truncated,
        Error::TooShort => Status::Truncated,
        Error::Crc32Mismatch { .. } | Error::CrcMismatch { .. } | Error::HashMismatch { .. } => Status::Done,
        Error::Rar50DictionaryLimitExceeded { .. } | Error::MemoryLimitExceeded { .. } => Status::Window,
        error if error.kind() == ErrorKind::ResourceLimit => Status::Window,
        _ => Status::Corrupt,
    }
}
