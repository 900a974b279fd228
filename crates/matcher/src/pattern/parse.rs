//! Tokens to a pattern, with ClamAV's rules about what a part must look like.

use super::model::{Body, Boundary, Element, Gap, Lone, Part, Unit};
use super::token::{Kind, Token, tokens};
use super::{Pattern, PatternError, lower};

/// Blocks within blocks, the outermost included.
const MAX_NESTING: usize = 16;
/// Targets whose data ClamAV prefilters, which makes it refuse some patterns.
const PREFILTERED: [u8; 4] = [0, 1, 4, 7];
/// The longest pattern that is exact bytes only and too short for a signature of target 0.
const TOO_SHORT_FOR_ANY_TARGET: usize = 2;

/// The letters after `::` of a subsignature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::struct_excessive_bools)] // four independent letters of the language
pub struct Modifiers {
    pub nocase: bool,
    pub wide: bool,
    pub ascii: bool,
    pub fullword: bool,
}

impl Modifiers {
    /// Reads `iwaf` letters in any order and number.
    pub fn parse(text: &[u8]) -> Result<Self, PatternError> {
        let mut modifiers = Self::default();
        for (at, letter) in text.iter().enumerate() {
            *match letter {
                b'i' => &mut modifiers.nocase,
                b'w' => &mut modifiers.wide,
                b'a' => &mut modifiers.ascii,
                b'f' => &mut modifiers.fullword,
                _ => return Err(PatternError { at, reason: "modifiers are i, w, a and f" }),
            } = true;
        }
        Ok(modifiers)
    }

    fn any(self) -> bool {
        self.nocase || self.wide || self.ascii || self.fullword
    }
}

/// Reads a pattern of a signature of `target` (its number): two for `wa` (the plain form first), else one.
pub fn parse(text: &[u8], modifiers: Modifiers, target: u8) -> Result<Vec<Pattern>, PatternError> {
    let parser = Parser { modifiers, prefiltered: PREFILTERED.contains(&target), end: text.len() };
    let mut forms = Vec::with_capacity(2);
    if !modifiers.wide || modifiers.ascii {
        forms.push(parser.pattern(&tokens(text, modifiers, false)?)?);
    }
    if modifiers.wide {
        forms.push(parser.pattern(&tokens(text, modifiers, true)?)?);
    }
    Ok(forms)
}

/// The rule for `.db` lines and target 0 of `.ndb`: exact bytes alone must be at least three.
pub fn check_length_for_any_target(text: &[u8]) -> Result<(), PatternError> {
    if text.len() <= 2 * TOO_SHORT_FOR_ANY_TARGET && text.iter().all(u8::is_ascii_hexdigit) {
        return Err(PatternError { at: 0, reason: "shorter than 3 bytes" });
    }
    Ok(())
}

fn store(
    first: &mut Option<Part<'static>>,
    rest: &mut Vec<(Gap, Part<'static>)>,
    gap: Option<Gap>,
    part: Part<'static>,
) {
    match gap {
        None => *first = Some(part),
        Some(gap) => rest.push((gap, part)),
    }
}

/// What stands at one place of a part, before neighbours are joined to elements.
#[derive(Debug)]
pub(super) enum Item {
    Unit(Unit),
    Wild(u32),
    Block { element: Element<'static>, single: bool },
}

struct Parser {
    modifiers: Modifiers,
    prefiltered: bool,
    end: usize,
}

impl Parser {
    fn pattern(&self, tokens: &[Token]) -> Result<Pattern, PatternError> {
        let mut first = None;
        let mut rest = Vec::new();
        let mut gap: Option<Gap> = None;
        let mut from = 0;
        for (index, token) in tokens.iter().enumerate() {
            if let Kind::Gap(next) = token.kind {
                let part = self.part(tokens.get(from..index).unwrap_or_default(), token.at)?;
                store(&mut first, &mut rest, gap.replace(next), part);
                from = index + 1;
            }
        }
        let part = self.part(tokens.get(from..).unwrap_or_default(), self.end)?;
        store(&mut first, &mut rest, gap, part);
        Ok(Pattern { body: Body { first: first.unwrap_or_default(), rest } })
    }

    fn part(&self, tokens: &[Token], end: usize) -> Result<Part<'static>, PatternError> {
        let (before, tokens) = self.lone_before(tokens);
        let (after, tokens) = self.lone_after(tokens);
        let (left, tokens) = match tokens {
            // A negated class takes a byte even here.
            [Token { kind: Kind::Class(Boundary { class, negated: false }), .. }, rest @ ..] => {
                (Some(*class), rest)
            }
            _ => (None, tokens),
        };
        let (right, tokens) = match tokens {
            [rest @ .., Token { kind: Kind::Class(class), .. }] => (Some(*class), rest),
            _ => (None, tokens),
        };
        let at = tokens.first().map_or(end, |token| token.at);
        let items = self.items(tokens)?;
        check_run(&items, at)?;
        if self.prefiltered {
            check_lead(&items, at)?;
        }
        let elements = lower::elements(items, self.modifiers.nocase);
        Ok(Part { before, left, elements, right, after })
    }

    /// A lone byte whose low nibble is wild is no condition in ClamAV: it need not even exist.
    fn lone(&self, unit: Unit, min: u8, max: u8) -> Option<Lone> {
        let is_condition = unit.mask & 0x0f != 0;
        let unit = if self.modifiers.nocase { unit.folded() } else { unit };
        is_condition.then_some(Lone { unit, min, max })
    }

    fn lone_before<'t>(&self, tokens: &'t [Token]) -> (Option<Lone>, &'t [Token]) {
        match tokens {
            [unit, Token { kind: Kind::Distance { min, max }, .. }, rest @ ..] => {
                single(unit).map_or((None, tokens), |unit| (self.lone(unit, *min, *max), rest))
            }
            _ => (None, tokens),
        }
    }

    fn lone_after<'t>(&self, tokens: &'t [Token]) -> (Option<Lone>, &'t [Token]) {
        match tokens {
            [rest @ .., Token { kind: Kind::Distance { min, max }, .. }, unit] => {
                single(unit).map_or((None, tokens), |unit| (self.lone(unit, *min, *max), rest))
            }
            _ => (None, tokens),
        }
    }

    fn items(&self, mut tokens: &[Token]) -> Result<Vec<Item>, PatternError> {
        let mut items = Vec::with_capacity(tokens.len());
        while let [token, rest @ ..] = tokens {
            tokens = rest;
            items.push(match token.kind {
                Kind::Unit(unit) => Item::Unit(unit),
                Kind::Wild(n) => Item::Wild(n),
                Kind::Class(class) => class_block(class),
                Kind::Open { negated } => self.block(token.at, negated, &mut tokens)?,
                Kind::Distance { .. } => {
                    return error(token.at, "[n-m] stands only after a part's first or before its last byte");
                }
                Kind::Bar => return error(token.at, "`|` outside a block"),
                Kind::Close => return error(token.at, "`)` without `(`"),
                Kind::Gap(_) => return error(token.at, "gap without parts around it"),
            });
        }
        Ok(items)
    }

    /// The block whose `(` was just taken.
    fn block(&self, at: usize, negated: bool, tokens: &mut &[Token]) -> Result<Item, PatternError> {
        let (members, nested) = self.members(at, 1, tokens)?;
        if members.len() == 1 && !nested && members.iter().all(Vec::is_empty) {
            return error(at, "empty block");
        }
        let plain = !nested && !self.modifiers.any() && members.iter().all(|member| all_fixed(member));
        let mut widths = members.iter().map(Vec::len).skip_while(|width| *width == 0);
        let width = widths.next().unwrap_or(0);
        let even = widths.all(|other| other == width);
        if plain && even && members.first().is_some_and(Vec::is_empty) {
            return error(at, "the first alternative is empty and the others are of one length");
        }
        if !plain || !even {
            if negated {
                return error(at, "`!` needs plain bytes of one length and no modifier");
            }
            let members = members.into_iter();
            let members = members.map(|m| lower::elements(m, self.modifiers.nocase)).collect();
            return Ok(Item::Block { element: lower::group(members), single: false });
        }
        let members = members.iter().map(|member| bytes_of(member)).collect();
        let element = lower::fixed(width, members, negated);
        Ok(Item::Block { element, single: width == 1 })
    }

    /// The alternatives up to the `)` that belongs to a block at `depth`, and whether blocks are within.
    fn members(
        &self,
        at: usize,
        depth: usize,
        tokens: &mut &[Token],
    ) -> Result<(Vec<Vec<Item>>, bool), PatternError> {
        if depth > MAX_NESTING {
            return error(at, "blocks nested more than 16 deep");
        }
        let mut members: Vec<Vec<Item>> = Vec::new();
        let mut items = Vec::new();
        let mut nested = false;
        while let [token, rest @ ..] = *tokens {
            *tokens = rest;
            match token.kind {
                Kind::Unit(unit) => items.push(Item::Unit(unit)),
                Kind::Wild(n) => items.push(Item::Wild(n)),
                Kind::Bar if items.is_empty() && members.last().is_some_and(|last| has_block(last)) => {
                    return error(token.at, "empty alternative after one that holds a block");
                }
                Kind::Bar => members.push(std::mem::take(&mut items)),
                Kind::Close => {
                    members.push(items);
                    return Ok((members, nested));
                }
                Kind::Open { negated: false } => {
                    nested = true;
                    let (inner, _) = self.members(token.at, depth + 1, tokens)?;
                    let inner = inner.into_iter();
                    let inner = inner.map(|m| lower::elements(m, self.modifiers.nocase)).collect();
                    items.push(Item::Block { element: lower::group(inner), single: false });
                }
                Kind::Open { negated: true } => return error(token.at, "`!` within a block"),
                Kind::Class(_) => return error(token.at, "class within a block"),
                Kind::Gap(_) | Kind::Distance { .. } => return error(token.at, "gap within a block"),
            }
        }
        error(at.min(self.end), "`(` without `)`")
    }
}

/// The rule for every part: two fixed bytes side by side somewhere.
fn check_run(items: &[Item], at: usize) -> Result<(), PatternError> {
    let fixed = |item: &Item| matches!(item, Item::Unit(unit) if unit.is_fixed());
    if items.windows(2).any(|pair| pair.iter().all(fixed)) {
        return Ok(());
    }
    error(at, "a part needs two fixed bytes side by side")
}

/// The rule for the targets that ClamAV prefilters: the units that come first, be it behind blocks, are two
/// or more and not all `??`, if another block follows them. Blocks of plain single bytes count as units.
fn check_lead(items: &[Item], at: usize) -> Result<(), PatternError> {
    let complex = |item: &&Item| matches!(item, Item::Block { single: false, .. });
    let wild = |item: &Item| matches!(item, Item::Wild(_) | Item::Unit(Unit::ANY));
    let blocks = items.iter().take_while(complex).count();
    let lead: Vec<&Item> = items.iter().skip(blocks).take_while(|item| !complex(item)).collect();
    let followed = blocks + lead.len() < items.len();
    if followed && (lead.len() < 2 || lead.iter().all(|item| wild(item))) {
        return error(at, "needs two units, one of them not `??`, before this part's inner block");
    }
    Ok(())
}

fn class_block(class: Boundary) -> Item {
    Item::Block { element: Element::Class(class), single: false }
}

fn single(token: &Token) -> Option<Unit> {
    match token.kind {
        Kind::Unit(unit) => Some(unit),
        Kind::Wild(1) => Some(Unit::ANY),
        _ => None,
    }
}

fn all_fixed(items: &[Item]) -> bool {
    items.iter().all(|item| matches!(item, Item::Unit(unit) if unit.is_fixed()))
}

fn has_block(items: &[Item]) -> bool {
    items.iter().any(|item| matches!(item, Item::Block { .. }))
}

fn bytes_of(items: &[Item]) -> Vec<u8> {
    let fixed = items.iter().filter_map(|item| match item {
        Item::Unit(unit) => Some(unit.value),
        _ => None,
    });
    fixed.collect()
}

fn error<T>(at: usize, reason: &'static str) -> Result<T, PatternError> {
    Err(PatternError { at, reason })
}
