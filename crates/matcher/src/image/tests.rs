#![allow(clippy::unwrap_used)]

use std::fs::{File, OpenOptions, Permissions};
use std::io::{Seek, Write};
use std::os::unix::fs::{FileExt, PermissionsExt};

use proptest::prelude::*;

use super::column::{Packer, bits_at, u32_at, u64_at, width_of};
use super::{Image, ImageError, Writer, trustworthy};

/// An unnamed file that can be read and written.
pub(crate) fn scratch() -> File {
    let directory = std::env::temp_dir();
    let path = directory.join(format!("nacre-{}-{:?}", std::process::id(), std::thread::current().id()));
    let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path).unwrap();
    std::fs::remove_file(path).unwrap();
    file
}

fn sample() -> File {
    let mut writer = Writer::create(scratch(), [7; 32]).unwrap();
    writer.section(*b"one.....", b"first").unwrap();
    writer.section(*b"empty...", b"").unwrap();
    writer.start(*b"two.....").unwrap();
    writer.write_all(b"sec").unwrap();
    writer.write_all(b"ond").unwrap();
    writer.finish().unwrap()
}

#[test]
fn sections_come_back() {
    let image = Image::open(&sample()).unwrap();
    assert_eq!(image.key(), &[7; 32]);
    assert_eq!(image.section(*b"one....."), b"first");
    assert_eq!(image.section(*b"two....."), b"second");
    assert_eq!(image.section(*b"none...."), b"");
    let held = image.hold(*b"two.....");
    drop(image);
    assert_eq!(&*held, b"second");
}

#[test]
fn what_is_not_a_whole_image_is_refused() {
    let file = sample();
    let len = file.metadata().unwrap().len();
    file.set_len(len - 1).unwrap();
    assert!(matches!(Image::open(&file), Err(ImageError::Length)));
    file.set_len(100).unwrap();
    assert!(matches!(Image::open(&file), Err(ImageError::Foreign)));
    let file = sample();
    file.write_all_at(&9_u32.to_le_bytes(), 8).unwrap();
    assert!(matches!(Image::open(&file), Err(ImageError::Version(9))));
    let file = sample();
    file.write_all_at(b"X", 0).unwrap();
    assert!(matches!(Image::open(&file), Err(ImageError::Foreign)));
    let unfinished = scratch();
    Writer::create(unfinished.try_clone().unwrap(), [0; 32])
        .unwrap()
        .section(*b"one.....", &[0; 9000])
        .unwrap();
    assert!(matches!(Image::open(&unfinished), Err(ImageError::Foreign)));
}

#[test]
fn only_files_that_nobody_else_writes_are_trusted() {
    let mut file = scratch();
    for (mode, trusted) in [(0o600, true), (0o644, true), (0o664, false), (0o646, false)] {
        file.set_permissions(Permissions::from_mode(mode)).unwrap();
        assert_eq!(trustworthy(&file).is_ok(), trusted, "{mode:o}");
    }
    file.rewind().unwrap();
    assert!(trustworthy(&File::open(std::env::temp_dir()).unwrap()).is_err());
    assert!(trustworthy(&File::open("/dev/null").unwrap()).is_err());
}

proptest! {
    #[test]
    fn damage_anywhere_in_header_and_table_does_no_harm(
        at in prop_oneof![0..64_u64, 4096..4400_u64], bytes in proptest::collection::vec(any::<u8>(), 1..9),
    ) {
        let file = sample();
        let len = file.metadata().unwrap().len();
        let end = len.min(at + bytes.len() as u64);
        file.write_all_at(&bytes[..end.saturating_sub(at) as usize], at.min(len)).unwrap();
        if let Ok(image) = Image::open(&file) {
            for (tag, size) in image.sections().collect::<Vec<_>>() {
                prop_assert!(image.section(tag).len() <= len as usize && size <= len as usize);
            }
        }
    }

    #[test]
    fn packed_bits_come_back(values in proptest::collection::vec((any::<u32>(), 0..=32_u32), 0..50)) {
        let mut packer = Packer::default();
        for (value, width) in &values {
            packer.push(*value, *width);
        }
        let bytes = packer.finish();
        let mut at = 0;
        for (value, width) in values {
            let kept = if width == 32 { value } else { value & ((1 << width) - 1) };
            prop_assert_eq!(bits_at(&bytes, at, width), Some(kept));
            prop_assert!(width_of(kept) <= width);
            at += u64::from(width);
        }
        prop_assert!(bits_at(&bytes, bytes.len() as u64 * 8, 1).is_none());
    }

    #[test]
    fn columns_end_where_the_section_does(bytes in proptest::collection::vec(any::<u8>(), 0..40), index: usize) {
        prop_assert_eq!(u32_at(&bytes, index).is_some(), index < bytes.len() / 4);
        prop_assert_eq!(u64_at(&bytes, index % 9).is_some(), index % 9 < bytes.len() / 8);
    }
}
