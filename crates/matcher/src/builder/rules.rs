//! YARA rules on their way into the image.

use std::collections::HashMap;

use super::atoms::Atoms;
use super::body::{ANY, Added, BodyBuilder};
use crate::line::{Refusal, malformed};
use crate::logical::{MAX_SUBSIGS, Program};
use crate::offset::Offset;
use crate::pattern::Pattern;
use crate::signature::{Content, Kind, Record, RuleString};
use crate::sources::SourceId;
use crate::yara::{self, Cover, Known, Lowered, Rule, Tree};

/// Rules that name rules that name rules…: evaluation goes as deep.
const MOST_REFERENCES: u8 = 32;

/// The rules of all files so far.
#[derive(Default)]
pub struct Rules {
    /// Signature number by name; None where the rule was left out.
    names: HashMap<Box<[u8]>, Option<u32>>,
    described: HashMap<u32, Described>,
}

/// What rules that name this one must know.
#[derive(Clone, Default)]
struct Described {
    references: u8,
    cover: Option<Cover>,
}

impl Known for Rules {
    fn rule(&self, name: &[u8]) -> Option<Option<u32>> {
        self.names.get(name).copied()
    }
}

/// A string in the image, and what must be found if it matches.
enum Ready {
    Patterns { atom: u32, patterns: Vec<Pattern> },
    Regex { pattern: Vec<u8>, nocase: bool, dotall: bool, gate: Option<u32> },
}

impl Ready {
    fn atom(&self) -> Option<u32> {
        match self {
            Self::Patterns { atom, .. } => Some(*atom),
            Self::Regex { gate, .. } => *gate,
        }
    }

    fn stored(&self) -> RuleString<'_> {
        match self {
            Self::Patterns { atom, .. } => RuleString::Body(*atom),
            Self::Regex { pattern, nocase, dotall, gate } => {
                RuleString::Regex { pattern, nocase: *nocase, dotall: *dotall, gate: *gate }
            }
        }
    }
}

impl BodyBuilder {
    /// Adds a rule that was read without a mistake.
    pub fn add_rule(&mut self, rule: &Rule<'_>, source: SourceId, ignored: &dyn Fn(&[u8]) -> bool) -> Added {
        self.rules.names.insert(rule.name.into(), None);
        if ignored(rule.name) {
            return Err(Refusal::Skipped("named by an ignore list".into()));
        }
        let number = self.compile_rule(rule, source).map_err(|reason| {
            malformed(format!("rule {} is left out: {reason}", rule.name.escape_ascii()))
        })?;
        self.rules.names.insert(rule.name.into(), Some(number));
        Ok(())
    }

    fn compile_rule(&mut self, rule: &Rule<'_>, source: SourceId) -> Result<u32, String> {
        if rule.strings.is_empty() {
            return Err("no strings".to_owned());
        }
        if rule.strings.len() > MAX_SUBSIGS {
            return Err(format!("more than {MAX_SUBSIGS} strings"));
        }
        let references = rule.condition.rules().filter_map(|rule| self.rules.described.get(&rule));
        let references = references.map(|described| described.references + 1).max().unwrap_or(0);
        if references > MOST_REFERENCES {
            return Err(format!("more than {MOST_REFERENCES} rules that name each other"));
        }
        let lowered = rule.strings.iter().map(yara::lower).collect::<Result<Vec<_>, _>>()?;
        let mut strings = Vec::with_capacity(lowered.len());
        for string in lowered {
            strings.push(self.ready(string)?);
        }
        let mut condition = rule.condition.clone();
        self.place_strings(&mut condition, &mut strings);

        let cover =
            yara::cover(&condition, &Parts { strings: &strings, rules: &self.rules, atoms: &self.atoms });
        let mut code = Vec::new();
        condition.encode(&mut code);
        let stored = strings.iter().map(Ready::stored).collect();
        let name = [b"YARA.", rule.name].concat();
        let content = Content::Rule { private: rule.private, condition: &code, strings: stored };
        let record = Record { source: source.0, name: &name, content };
        let number = self.push(Kind::Rule, ANY, &record).map_err(|refusal| refusal.to_string())?;
        if !rule.private {
            match &cover {
                Some(cover) => cover.atoms.iter().for_each(|atom| self.triggers.add(*atom, number)),
                None => self.triggers.add_always(number),
            }
        }
        self.rules.described.insert(number, Described { references, cover });
        Ok(number)
    }

    fn ready(&mut self, string: Lowered) -> Result<Ready, String> {
        match string {
            Lowered::Patterns(patterns) => {
                let atom = self.rule_atom(&Offset::ANY, &patterns)?;
                Ok(Ready::Patterns { atom, patterns })
            }
            Lowered::Regex { pattern, nocase, dotall, gate } => {
                Program::of(&pattern, nocase, dotall).map_err(|refusal| refusal.to_string())?;
                let gate = gate.and_then(|patterns| self.rule_atom(&Offset::ANY, &patterns).ok());
                Ok(Ready::Regex { pattern, nocase, dotall, gate })
            }
        }
    }

    fn rule_atom(&mut self, offset: &Offset, patterns: &[Pattern]) -> Result<u32, String> {
        self.atoms.intern(offset, patterns).ok_or_else(|| "the image is full".to_owned())
    }

    /// Makes strings of their own of those that are wanted at a place known now: they are compared there
    /// instead of being searched for.
    fn place_strings(&mut self, condition: &mut Tree, strings: &mut Vec<Ready>) {
        condition.place(|string, low, high| {
            let Some(Ready::Patterns { patterns, .. }) = strings.get(usize::from(string)) else {
                return None;
            };
            let index = u8::try_from(strings.len()).ok()?;
            let low = u32::try_from(low).ok().filter(|low| *low < u32::MAX)?;
            let shift = u32::try_from(high).ok()?.checked_sub(low)?;
            // With gaps the first of several possible beginnings is the one that counts, wherever it is.
            if !patterns.iter().all(Pattern::is_one_part) {
                return None;
            }
            let offset = Offset::parse(format!("{low},{shift}").as_bytes(), ANY).ok()?;
            let patterns = patterns.clone();
            let atom = self.atoms.intern(&offset, &patterns)?;
            strings.push(Ready::Patterns { atom, patterns });
            Some(index)
        });
    }
}

struct Parts<'b> {
    strings: &'b [Ready],
    rules: &'b Rules,
    atoms: &'b Atoms,
}

impl yara::Parts for Parts<'_> {
    fn string(&self, index: u8) -> Option<Cover> {
        let atom = self.strings.get(usize::from(index))?.atom()?;
        Some(Cover::one(atom, self.atoms.cost(atom))).filter(|cover| cover.cost.is_finite())
    }

    fn rule(&self, signature: u32) -> Option<Cover> {
        self.rules.described.get(&signature)?.cover.clone()
    }
}
