//! What the fuzz targets do with their bytes: each decoder and parser gets them through its public
//! function, and must neither panic nor go beyond its bounds.

pub mod matching;

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use nacre_codecs::ace;
use nacre_codecs::document_cipher::{self, DocumentCipher};
use nacre_codecs::html::{self, Reading};
use nacre_codecs::predictor::Predictor;
use nacre_codecs::rar::Archive;
use nacre_codecs::{Bound, Cipher, Decoded, Method, picture, text};
use nacre_executables::packer::{self, Packer};
use nacre_executables::{Format, Program};
use nacre_fmap::Fmap;
use nacre_matcher::ere::Ere;
use nacre_matcher::icon::{self, IconBuilder};
use nacre_matcher::image::{Image, ImageError};
use nacre_matcher::logical::Logical;
use nacre_matcher::magic::{self, FileTypes};
use nacre_matcher::pattern::{self, Modifiers};
use nacre_matcher::sources::SourceId;
use nacre_matcher::{body, hash, member};

/// Most bytes that a target lets a decoder produce.
const MOST: u64 = 1 << 20;
const LEVEL: u32 = 216;
const HEAD: usize = 4;

/// What the first bytes of an input choose.
pub struct Given {
    /// Of the content, as a container would tell it.
    pub size: u64,
    /// For parameters of a method.
    pub small: u8,
}

fn bound() -> Bound<'static> {
    let deadline = Instant::now().checked_add(Duration::from_secs(5));
    Bound { max_output: MOST, directory: Path::new("/tmp"), deadline }
}

fn check(decoded: &Decoded, input: usize) {
    assert!(decoded.data.len() <= MOST, "{} bytes of output", decoded.data.len());
    assert!(decoded.consumed <= input as u64, "{} bytes of input", decoded.consumed);
}

fn given(data: &[u8]) -> Option<(Given, &[u8])> {
    let (head, rest) = data.split_first_chunk::<HEAD>()?;
    let size = u64::from(u32::from_le_bytes([head[0], head[1], head[2], 0]));
    Some((Given { size, small: head[3] }, rest))
}

/// Decodes what stands behind the first four bytes as two members of ACE, the second on top of the first.
pub fn ace(data: &[u8]) {
    let Some((given, rest)) = given(data) else { return };
    let source = Fmap::from_vec(rest.to_vec());
    let method = |number| [ace::Method::Stored, ace::Method::Lz77, ace::Method::Blocked][number % 3];
    let half = source.len() / 2;
    let small = usize::from(given.small);
    let members = [
        ace::Member { start: 0, packed: half, size: given.size, method: method(small) },
        ace::Member { start: half, packed: half, size: given.size, method: method(small / 3) },
    ];
    if let Ok(decoded) = ace::decode(&source, &members, &bound()) {
        check(&decoded, rest.len());
    }
}

/// Decodes what stands behind the first four bytes.
pub fn decode(data: &[u8], method: impl Fn(&Given) -> Method) {
    let Some((given, rest)) = given(data) else { return };
    let source = Fmap::from_vec(rest.to_vec());
    if let Ok(decoded) = nacre_codecs::decode(method(&given), &source, &bound()) {
        check(&decoded, rest.len());
    }
}

pub fn bcj2(data: &[u8]) {
    let Some((given, rest)) = given(data) else { return };
    let quarter = rest.len() / 4 + 1;
    let mut parts = rest.chunks(quarter).map(|part| Fmap::from_vec(part.to_vec()));
    let sources = std::array::from_fn(|_| parts.next().unwrap_or_else(|| Fmap::from_vec(Vec::new())));
    if let Ok(decoded) = nacre_codecs::join_bcj2(&sources, given.size, &bound()) {
        check(&decoded, rest.len());
    }
}

pub fn predictor(data: &[u8]) {
    let Some((given, rest)) = given(data) else { return };
    let small = u32::from(given.small);
    let columns = (given.size & 0xFFFF) as u32;
    let predictor = Predictor { kind: small & 15, colors: small >> 4, bits: 1 << (small & 7), columns };
    if let Ok(decoded) = predictor.undo(&Fmap::from_vec(rest.to_vec()), &bound()) {
        check(&decoded, rest.len());
    }
}

pub fn rar(data: &[u8]) {
    let source = Fmap::from_vec(data.to_vec());
    let Ok(archive) = Archive::open(&source, 1000, bound().deadline, None) else { return };
    let all: Vec<usize> = (0..archive.members().len()).collect();
    if let Ok((decoded, pieces)) = archive.decode(&all, MOST, &bound()) {
        assert!(decoded.data.len() <= MOST);
        assert!(pieces.iter().all(|piece| piece.start <= decoded.data.len()));
    }
}

pub fn html(data: &[u8]) {
    let Some((given, rest)) = given(data) else { return };
    let reading = Reading { max_no_tags: given.size, wide: given.small & 1 == 1 };
    let _ = html::normalise(&Fmap::from_vec(rest.to_vec()), reading, Path::new("/tmp"));
}

pub fn text(data: &[u8]) {
    let _ = text::normalise(&Fmap::from_vec(data.to_vec()), "/tmp".into());
}

pub fn picture(data: &[u8]) {
    let _ = picture::hash(&Fmap::from_vec(data.to_vec()));
}

pub fn document_cipher(data: &[u8]) {
    let Some((key, rest)) = data.split_first_chunk::<16>() else { return };
    let source = Fmap::from_vec(rest.to_vec());
    for cipher in [DocumentCipher::rc4(key), DocumentCipher::aes(key)].into_iter().flatten() {
        if let Ok(decoded) = document_cipher::decrypt(&cipher, &source, &bound()) {
            check(&decoded, rest.len());
        }
    }
}

pub fn zip_cipher(data: &[u8]) {
    let Some((key, rest)) = data.split_first_chunk::<16>() else { return };
    let source = Fmap::from_vec(rest.to_vec());
    for cipher in [Cipher::ZipCrypto(key), Cipher::WinZipAes(key)] {
        if let Ok(Some(decoded)) = nacre_codecs::decrypt(cipher, &source, &bound()) {
            check(&decoded, rest.len());
        }
    }
}

fn program(data: &[u8], format: Format) -> (Fmap, std::sync::Arc<Program>) {
    let source = Fmap::from_vec(data.to_vec());
    let program = nacre_executables::parse(&source, format);
    let _ = program.import_text(&source);
    let _ = program.version_keys(&source);
    let _ = program.exports(&source);
    let _ = program.overlay(&source);
    let _ = program.branches(&source, 1, 9);
    let _ = program.signed(&source);
    for kind in [3, 14, 16] {
        let _ = program.resources(&source, kind);
    }
    (source, program)
}

pub fn pe(data: &[u8]) {
    program(data, Format::Pe);
}

pub fn elf(data: &[u8]) {
    program(data, Format::Elf);
}

pub fn macho(data: &[u8]) {
    program(data, Format::MachO);
}

pub fn universal(data: &[u8]) {
    program(data, Format::Universal);
}

pub fn unpack(data: &[u8]) {
    let format = if data.starts_with(b"\x7fELF") { Format::Elf } else { Format::Pe };
    let (source, parsed) = program(data, format);
    for packer in Packer::ALL {
        if let Some(unpacked) = packer::unpack(&source, &parsed, &[packer], MOST) {
            if let Ok(file) = unpacked.file {
                assert!(file.len() as u64 <= MOST, "{} bytes of program", file.len());
            }
        }
    }
}

fn types() -> FileTypes {
    FileTypes::new(&["CL_TYPE_ANY", "CL_TYPE_ZIP", "CL_TYPE_MSEXE"].map(String::from))
}

pub fn ndb_line(data: &[u8]) {
    let _ = body::parse_ndb(data, LEVEL);
}

pub fn db_line(data: &[u8]) {
    let _ = body::parse_db(data);
}

pub fn ldb_line(data: &[u8]) {
    let _ = Logical::parse(data, LEVEL, &types());
}

pub fn hash_line(data: &[u8]) {
    for usage in [hash::Use::Detect, hash::Use::Allow, hash::Use::Section, hash::Use::Import] {
        let _ = hash::line::parse(usage, data, |_| false);
    }
}

pub fn cdb_line(data: &[u8]) {
    let _ = member::line::parse_cdb(data, LEVEL, &types(), &|_| false);
    let _ = member::line::parse_old(data, Some(1), &|_| false);
}

pub fn ftm_line(data: &[u8]) {
    let _ = magic::parse_ftm(data, LEVEL, &types());
}

pub fn idb_line(data: &[u8]) {
    let _ = IconBuilder::default().add_line(data, SourceId(0), &|_| false);
}

pub fn icon(data: &[u8]) {
    let _ = icon::describe(data);
}

pub fn pattern(data: &[u8]) {
    let _ = pattern::parse(data, Modifiers::default(), 0);
}

pub fn ere(data: &[u8]) {
    let (pattern, text) = data.split_at(data.len() / 2);
    if let Ok(expression) = Ere::new(pattern) {
        let _ = expression.is_match(text);
    }
}

/// An image whose header and sections are anything.
pub fn image(data: &[u8]) {
    let _: Result<(), ImageError> = (|| {
        let mut file = tempfile::tempfile()?;
        file.write_all(data)?;
        let image = Image::open(&file)?;
        for (tag, size) in image.sections() {
            assert_eq!(image.section(tag).len(), size);
        }
        Ok(())
    })();
}
