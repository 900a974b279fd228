#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::too_many_lines,
    clippy::match_same_arms
)]

mod language;
mod limits;
mod random;
mod reference;

use std::ops::ControlFlow;

use nacre_fmap::Fmap;
use proptest::prelude::*;

use super::{Modifiers, Pattern, Place, Program, code, parse};
use crate::offset::Starts;
use crate::steps::Steps;

fn steps() -> Steps {
    Steps::new(1 << 30)
}

fn encoded(pattern: &Pattern) -> Vec<u8> {
    let mut code = Vec::new();
    pattern.encode(&mut code);
    code
}

/// All starts that the search finds, read in windows of `fetch` bytes or straight from memory.
fn all(pattern: &Pattern, map: &Fmap, starts: &Starts, fetch: Option<u64>) -> Vec<u64> {
    let code = encoded(pattern);
    let mut found = Vec::new();
    let ended = Program::decode(&code).unwrap().each_by(map, starts, &mut steps(), fetch, |start, _| {
        found.push(start);
        ControlFlow::Continue(())
    });
    ended.unwrap();
    found
}

fn some_starts() -> impl Strategy<Value = Starts> {
    prop_oneof![
        4 => Just(Starts::Any),
        1 => (0..40_u64, 0..30_u64).prop_map(|(low, n)| Starts::Range([(low, low + n)])),
        1 => (0..10_u64, 0..9_u64, 1..9_u64, 0..9_u64).prop_map(|(a, b, c, d)| {
            Starts::Ranges([(a, a + b), (a + b + c, a + b + c + d)].into())
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn the_search_finds_what_the_reference_finds(
        (text, pattern) in random::pattern(3),
        pieces in random::pieces(),
        starts in some_starts(),
        fetch in 1..40_u64,
    ) {
        let data = random::data(&pattern, &pieces);
        let expected = reference::matches(&pattern.body, &data, &starts);
        let map = Fmap::from_vec(data);
        prop_assert_eq!(&all(&pattern, &map, &starts, None), &expected, "{} in memory", text);
        prop_assert_eq!(&all(&pattern, &map, &starts, Some(fetch)), &expected, "{} by {}", text, fetch);
        let code = encoded(&pattern);
        let program = Program::decode(&code).unwrap();
        let found = program.search(&map, &starts, 2, &mut steps());
        prop_assert_eq!(found.count as usize, expected.len().min(2));
        prop_assert_eq!(found.first, expected.first().copied().unwrap_or(0));
        prop_assert_eq!(found.last, expected.iter().take(2).next_back().copied().unwrap_or(0));
    }

    #[test]
    fn a_pattern_comes_back_from_its_bytes((_, pattern) in random::pattern(3)) {
        let code = encoded(&pattern);
        let body = code::decode(&code).unwrap();
        prop_assert_eq!(&body, &pattern.body);
        let mut again = Vec::new();
        code::encode(&body, &mut again);
        prop_assert_eq!(again, code);
    }

    /// Whatever run a filter looks for: around one of its places there is the match, and only there.
    #[test]
    fn every_run_leads_to_the_match((text, pattern) in random::pattern(1), pieces in random::pieces()) {
        prop_assume!(pattern.body.rest.is_empty());
        let data = random::data(&pattern, &pieces);
        let code = encoded(&pattern);
        let program = Program::decode(&code).unwrap();
        let map = Fmap::from_vec(data.clone());
        let first = program.search(&map, &Starts::Any, 1, &mut steps());
        for (index, run) in program.runs().iter().enumerate() {
            let bytes = &code[run.offset..run.offset + run.len];
            let same = |text: &[u8]| {
                if run.nocase { text.eq_ignore_ascii_case(bytes) } else { text == bytes }
            };
            let places = (0..data.len()).filter(|&at| data.get(at..at + run.len).is_some_and(same));
            let mut seen = false;
            for at in places {
                let start = program.matches_at_run(&map, index, at as u64, &mut steps()).unwrap();
                seen |= start.is_some();
                if let (Some(start), Place::FromStart(distance)) = (start, run.place) {
                    prop_assert_eq!(start + distance as u64, at as u64);
                }
            }
            prop_assert_eq!(seen, first.count > 0, "{} run {}", text, index);
        }
    }

    #[test]
    fn hostile_code_is_searched_or_refused(
        (_, pattern) in random::pattern(3),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        data in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let mut code = encoded(&pattern);
        for (index, byte) in changes {
            let at = index.index(code.len());
            code[at] = byte;
        }
        if let Some(program) = Program::decode(&code) {
            let map = Fmap::from_vec(data);
            program.search(&map, &Starts::Any, 9, &mut Steps::new(100_000));
            for run in 0..program.runs().len() {
                let _ = program.matches_at_run(&map, run, 5, &mut Steps::new(100_000));
            }
        }
    }

    #[test]
    fn any_text_is_parsed_or_refused(
        text in "[0-9a-fA-FBLW?*(){}\\[\\]|!-]{0,40}",
        modifiers in "[iwaf]{0,2}",
    ) {
        let modifiers = Modifiers::parse(modifiers.as_bytes()).unwrap();
        match parse(text.as_bytes(), modifiers, 0) {
            Ok(patterns) => for pattern in patterns {
                prop_assert!(!pattern.runs().is_empty());
            },
            Err(error) => prop_assert!(error.at <= text.len()),
        }
    }
}
