//! Signatures of every kind compiled into an image, and any bytes scanned with it.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use nacre_executables::Format;
use nacre_fmap::Fmap;
use nacre_matcher::builder::Builder;
use nacre_matcher::logical::MatchLimits;
use nacre_matcher::matcher::{Matcher, Opened};
use nacre_matcher::offset::Facts;
use nacre_matcher::scan::{self, Icons, Picture, Request};
use nacre_matcher::select::Selection;
use nacre_matcher::sources::Class;
use nacre_matcher::trust::{self, CertificateBuilder};

/// What the letter at the front of a line says it is.
const SUFFIXES: [(u8, &str); 14] = [
    (b'n', "ndb"),
    (b'l', "ldb"),
    (b'd', "db"),
    (b'y', "yara"),
    (b'h', "hsb"),
    (b's', "mdb"),
    (b'i', "imp"),
    (b'c', "cdb"),
    (b'f', "ftm"),
    (b'I', "idb"),
    (b'x', "ign2"),
    (b'r', "crb"),
    (b'p', "pdb"),
    (b'w', "pwdb"),
];
const MOST_LINES: usize = 64;
const STEPS: u64 = 1 << 22;
const LIMITS: MatchLimits = MatchLimits { steps: 10_000, depth: 500 };

/// Lines, an empty one, and a layer: an image of the lines, which must open, is asked about the layer.
/// The first byte chooses the target.
pub fn scan(data: &[u8]) {
    let Some((&choice, data)) = data.split_first() else { return };
    let Some(end) = data.windows(2).position(|pair| pair == b"\n\n") else { return };
    let (lines, layer) = data.split_at(end);
    let Ok(file) = compiled(lines) else { return };
    let opened = Opened::open(&file).expect("what was compiled opens");
    let matcher = Matcher::new(&opened);
    let layer = Fmap::from_vec(layer.to_vec());
    let program = nacre_executables::parse(&layer, Format::Pe);
    let places: Vec<(u64, u64)> = vec![(0, layer.len()), (layer.len() / 2, layer.len())];
    let facts = Facts {
        executable: choice & 0x80 != 0,
        entry_point: Some(layer.len() / 3),
        sections: places.clone(),
        version_info: Facts::keys(vec![1, layer.len() / 2]),
    };
    let icons = || {
        let found = program.icons(&layer, 16);
        Icons { places: found.places, more: found.more }
    };
    let picture = || Picture::None;
    let selection = Selection { phishing: true, ..Selection::default() };
    let request = Request {
        target: choice & 15,
        file_size: layer.len(),
        whole: None,
        ancestors: &[1],
        facts: &facts,
        icons: Some(&icons),
        picture: Some(&picture),
        hashes: true,
        types: true,
        types_only: false,
        retyped: choice & 0x40 != 0,
        selection: &selection,
        pcre: LIMITS,
        pcre_max_size: 1 << 20,
        steps: STEPS,
    };
    for found in &scan::scan(&matcher, &layer, &request).matches {
        assert!(!matcher.name(&found.found).is_empty());
    }
    let _ = matcher.section_matches(&layer, &places, &selection);
    let _ = matcher.import_matches(b"kernel32.exitprocess", &selection);
    let _ = matcher.trusts(&layer);
}

fn compiled(lines: &[u8]) -> io::Result<File> {
    let file = tempfile::tempfile()?;
    let types = ["CL_TYPE_ANY", "CL_TYPE_ZIP", "CL_TYPE_MSEXE", "CL_TYPE_HTML"].map(String::from);
    let mut builder = Builder::new(file, [7; 32], PathBuf::from("/tmp"), &types)?;
    for line in lines.split(|&byte| byte == b'\n').take(MOST_LINES) {
        let Some((letter, line)) = line.split_first() else { continue };
        let Some((_, suffix)) = SUFFIXES.iter().find(|(known, _)| known == letter) else { continue };
        let class = Class { official: line.len() % 2 == 0, pua: false, canary: false };
        builder.begin("x", suffix, class, false)?;
        builder.feed(line)?;
        builder.end()?;
    }
    builder.finish(b"")
}

/// A line about certificates, and what is read of it again.
pub fn certificate_line(data: &[u8]) {
    let mut builder = CertificateBuilder::default();
    if builder.add_line(data, true).is_ok() {
        assert_eq!(trust::rules(builder.records()).count(), 1);
    }
}
