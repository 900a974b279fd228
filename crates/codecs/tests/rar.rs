//! RAR: what damage may and may not do. What comes out, the tests of the format in Python say.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;
use std::time::Instant;

use nacre_codecs::rar::{Archive, Refusal};
use nacre_codecs::{Bound, Status};
use nacre_fmap::Fmap;
use proptest::prelude::*;

const SAMPLES: [&[u8]; 6] = [
    include_bytes!("../../../samples/archive/rar/rar13-solid.in"),
    include_bytes!("../../../samples/archive/rar/rar15-solid.in"),
    include_bytes!("../../../samples/archive/rar/rar20-solid.in"),
    include_bytes!("../../../samples/archive/rar/rar40-solid.in"),
    include_bytes!("../../../samples/archive/rar/rar50-solid.in"),
    include_bytes!("../../../samples/archive/rar/rar50-volume1.in"),
];

fn bound(max_output: u64) -> Bound<'static> {
    Bound { max_output, directory: Path::new("/tmp"), deadline: None }
}

fn open(data: &[u8]) -> Result<Archive, Refusal> {
    Archive::open(&Fmap::from_vec(data.to_vec()), 1000, None, None)
}

/// Members that are not stored, which the caller has without decoding.
fn packed(archive: &Archive) -> Vec<usize> {
    let members = archive.members().into_iter().enumerate();
    members.filter(|(_, member)| !member.stored && !member.empty).map(|(index, _)| index).collect()
}

#[test]
fn a_deadline_ends_opening_and_decoding() {
    for sample in SAMPLES {
        let map = Fmap::from_vec(sample.to_vec());
        assert!(Archive::open(&map, 1000, Some(Instant::now()), None).is_err());
        let archive = open(sample).unwrap();
        let over = Bound { deadline: Some(Instant::now()), ..bound(1 << 30) };
        let (decoded, _) = archive.decode(&packed(&archive), 1 << 30, &over).unwrap();
        assert_eq!((decoded.status, decoded.data.len()), (Status::Limit, 0));
    }
}

#[test]
fn members_that_are_not_there_are_nothing() {
    let archive = open(SAMPLES[4]).unwrap();
    let (decoded, pieces) = archive.decode(&[99, usize::MAX], 1 << 30, &bound(1 << 30)).unwrap();
    assert_eq!((decoded.status, decoded.data.len(), pieces.len()), (Status::Done, 0, 0));
}

#[test]
fn what_is_no_archive_is_refused() {
    for data in [&b""[..], b"Rar!", b"RE~^", b"Rar!\x1a\x07\x01\x00", &[0; 100]] {
        assert_eq!(open(data).err(), Some(Refusal::Damaged));
    }
}

proptest! {
    #[test]
    fn damage_ends(
        which in 0..SAMPLES.len(),
        cut in 0.0..1.3_f64,
        changes in prop::collection::vec((0.0..1.0_f64, any::<u8>()), 0..6),
        most in 0..5000_u64,
    ) {
        let mut data = SAMPLES[which].to_vec();
        let len = data.len();
        for (place, value) in changes {
            data[(place * len as f64) as usize] = value;
        }
        data.truncate((cut * len as f64) as usize);
        if let Ok(archive) = open(&data) {
            let (decoded, pieces) = archive.decode(&packed(&archive), 3000, &bound(most)).unwrap();
            prop_assert!(decoded.data.len() <= most);
            prop_assert!(pieces.iter().all(|piece| piece.start + piece.size <= decoded.data.len()));
        }
    }
}
