//! Hostile signatures, hostile data, large files.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::time::{Duration, Instant};

use nacre_fmap::{Fmap, MEMORY_LIMIT, Spool};

use super::encoded;
use crate::offset::Starts;
use crate::pattern::{Found, Modifiers, Program, parse};
use crate::steps::Steps;

/// A signature line of a logical database.
const LINE: usize = 32 << 10;

fn search(text: &str, data: Vec<u8>, want: u32, limit: u64) -> (Found, u64) {
    let pattern = parse(text.as_bytes(), Modifiers::default(), 0).unwrap().remove(0);
    let code = encoded(&pattern);
    let mut steps = Steps::new(limit);
    let found = Program::decode(&code).unwrap().search(&Fmap::from_vec(data), &Starts::Any, want, &mut steps);
    (found, steps.used())
}

#[test]
fn chains_of_gaps_are_linear() {
    let text = format!("4141{}", "{0-70}4141".repeat(60));
    let (found, steps) = search(&text, vec![b'A'; 20_000], u32::MAX, 1 << 30);
    assert!(!found.exhausted);
    assert_eq!(found.count, 20_000 - 1 - 60 * 2);
    assert!(steps < 61 * 20_000 * 10, "{steps}");
    let never = format!("{text}{{0-70}}4242");
    assert_eq!(search(&never, vec![b'A'; 20_000], u32::MAX, 1 << 30).0, Found::default());
}

#[test]
fn exhaustion_is_reported() {
    let (found, steps) = search("4141{0-70}4141", vec![b'A'; 20_000], u32::MAX, 5_000);
    assert!(found.exhausted);
    assert_eq!(steps, 5_000);
    assert!(search("4142", vec![b'A'; 20_000], 1, 100).0.exhausted);
    assert!(!search("4142", vec![b'A'; 20_000], 1, 2_000).0.exhausted);
}

#[test]
fn ends_remembered_are_bounded() {
    let data = b"AB.".repeat(1 << 21);
    let (found, _) = search("4142{0-2000000000}4343", data, 1, 1 << 40);
    assert!(found.exhausted);
}

#[test]
fn hostile_signatures_are_read_in_no_time() {
    let begin = Instant::now();
    let deep = "(".repeat(LINE / 2) + &")".repeat(LINE / 2);
    let wide = format!("6162({}61)", "6162|".repeat(LINE / 6));
    let twins = format!("6162{}", "(61|6161)".repeat(LINE / 10));
    let fifteen = format!("6162{}", ("(61|".repeat(15) + "62" + &")".repeat(15)).repeat(LINE / 80));
    let wild = format!("6162{}", "{127}".repeat(LINE / 6));
    for text in [deep, wide, twins, fifteen, wild, "6162*".repeat(LINE / 6) + "6162"] {
        if let Ok(patterns) = parse(text.as_bytes(), Modifiers::default(), 0) {
            let code = encoded(&patterns[0]);
            assert!(Program::decode(&code).is_some());
        }
    }
    assert!(begin.elapsed() < Duration::from_secs(2));
}

#[test]
fn alternatives_do_not_explode() {
    let text = format!("62626262{}63", "(61|6161)".repeat(200));
    let data = [b"bbbb".to_vec(), vec![b'a'; 1_000]].concat();
    let (found, steps) = search(&text, data, 1, 1 << 30);
    assert_eq!((found.count, found.exhausted), (0, false));
    assert!(steps < 1_000_000, "{steps}");
    let before = format!("{}62626262", "(61|6161)".repeat(200));
    let data = [vec![b'a'; 1_000], b"bbbb".to_vec()].concat();
    let (found, _) = search(&before, data, 1, 1 << 30);
    assert_eq!(found.count, 1);
}

fn large_file(length: u64, pieces: &[(u64, &[u8])]) -> Fmap {
    let mut spool = Spool::new(std::env::temp_dir(), 0);
    spool.write_all(b"\0").unwrap();
    let mut file: File = spool.into_file().unwrap();
    file.set_len(length).unwrap();
    for (at, bytes) in pieces {
        file.seek(SeekFrom::Start(*at)).unwrap();
        file.write_all(bytes).unwrap();
    }
    Fmap::from_file(file, length).unwrap()
}

#[test]
fn large_files_are_searched_by_window() {
    let length = MEMORY_LIMIT + 100;
    let border = 1 << 20;
    let map = large_file(
        length,
        &[(border - 2, b"needle"), (5 << 20, b"first"), ((9 << 20) - 3, b"second"), (length - 3, b"end")],
    );
    assert!(map.memory().is_none());
    for (text, start) in [
        ("6e6565646c65", border - 2),
        ("??6e6565646c65??", border - 3),
        ("6669727374*7365636f6e64", 5 << 20),
        ("6669727374{4194299-4194299}7365636f6e64", u64::MAX),
        ("656e64(B)", length - 3),
        ("00[3]656564", border - 1),
    ] {
        let pattern = parse(text.as_bytes(), Modifiers::default(), 0).unwrap().remove(0);
        let code = encoded(&pattern);
        let mut steps = Steps::new(1 << 40);
        let found = Program::decode(&code).unwrap().search(&map, &Starts::Any, 3, &mut steps);
        let expected = u32::from(start != u64::MAX);
        assert_eq!(found.count, expected, "{text}");
        if expected == 1 {
            assert_eq!(found.first, start, "{text}");
        }
    }
}
