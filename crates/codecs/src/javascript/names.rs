//! Which names are declared, and the numbers they get.
//!
//! A function opens a scope, which its last brace closes. `var` declares the name behind it, and the
//! names behind the commas of its list, but those only outside all braces of the scope.

use std::collections::HashMap;

use super::token::Token;

/// Words of the language and those it once kept for itself: never declared, and `var` looks past them.
#[rustfmt::skip]
const RESERVED: [&[u8]; 59] = [
    b"abstract", b"boolean", b"break", b"byte", b"case", b"catch", b"char", b"class", b"const",
    b"continue", b"debugger", b"default", b"delete", b"do", b"double", b"else", b"enum", b"export",
    b"extends", b"false", b"final", b"finally", b"float", b"for", b"function", b"goto", b"if",
    b"implements", b"import", b"in", b"instanceof", b"int", b"interface", b"long", b"native",
    b"new", b"null", b"package", b"private", b"protected", b"public", b"return", b"short",
    b"static", b"super", b"switch", b"synchronized", b"this", b"throw", b"throws", b"transient",
    b"true", b"try", b"typeof", b"var", b"void", b"volatile", b"while", b"with",
];

#[derive(Default)]
struct Scope<'a> {
    parent: Option<usize>,
    numbers: HashMap<&'a [u8], u32>,
    braces: u32,
    /// Square brackets behind a declared name.
    brackets: u32,
    expects: Expects,
}

/// What the next name of a scope is.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Expects {
    /// Nothing that is declared.
    #[default]
    Nothing,
    /// Behind `function`: its name.
    Function,
    /// Behind that: nothing, up to the parenthesis.
    Parenthesis,
    FirstParameter,
    NextParameter,
    /// Behind a parameter: nothing, up to a comma.
    ParameterComma,
    /// Behind `var` or a comma of its list.
    Variable,
    VariableComma,
}

impl Expects {
    /// What comes behind a declared name; None when the name is not declared.
    fn name(self) -> Option<Self> {
        match self {
            Self::Function => Some(Self::Parenthesis),
            Self::FirstParameter | Self::NextParameter => Some(Self::ParameterComma),
            Self::Variable => Some(Self::VariableComma),
            _ => None,
        }
    }

    /// What a mark does; `outside` says that no brace or bracket is open.
    fn mark(self, mark: u8, outside: bool) -> Self {
        match (self, mark) {
            (Self::Function | Self::Parenthesis, b'(') => Self::FirstParameter,
            (Self::ParameterComma, b',') if outside => Self::NextParameter,
            (Self::VariableComma, b',') if outside => Self::Variable,
            (Self::Variable | Self::VariableComma, b';') => {
                if outside {
                    Self::Nothing
                } else {
                    self
                }
            }
            (Self::Variable | Self::VariableComma | Self::NextParameter, _) => self,
            (Self::Parenthesis, b')') | (_, b'{' | b'}' | b';') => Self::Nothing,
            _ => self,
        }
    }
}

/// The number of each name among the tokens, in their order; None for names that are not declared.
pub fn numbers<'a>(tokens: &'a [Token<'a>]) -> Vec<Option<u32>> {
    let mut reader =
        Reader { scopes: vec![Scope::default()], places: Vec::new(), current: 0, next: 0, member: false };
    for token in tokens {
        reader.read(token);
        reader.member = token.is(b'.');
    }
    resolve(&reader.scopes, &reader.places)
}

/// Walks the scopes once more, now that all declarations are known: a name may stand before its own.
///
/// Every scope is entered and left once, however deep they are, so that the cost stays linear.
fn resolve(scopes: &[Scope<'_>], places: &[Option<Place<'_>>]) -> Vec<Option<u32>> {
    let mut seen: HashMap<&[u8], Vec<u32>> = HashMap::new();
    let mut current = 0;
    let mut path = Vec::new();
    enter(scopes.first(), &mut seen);
    let parent = |scope: usize| scopes.get(scope).and_then(|own| own.parent).unwrap_or(0);
    places
        .iter()
        .map(|place| {
            let place = place.as_ref()?;
            // A scope's number is higher than its parent's: the higher one is climbed from.
            let mut target = place.scope;
            while current != target {
                if current > target {
                    leave(scopes.get(current), &mut seen);
                    current = parent(current);
                } else {
                    path.push(target);
                    target = parent(target);
                }
            }
            while let Some(scope) = path.pop() {
                enter(scopes.get(scope), &mut seen);
                current = scope;
            }
            seen.get(place.name)?.last().copied()
        })
        .collect()
}

fn enter<'a>(scope: Option<&Scope<'a>>, seen: &mut HashMap<&'a [u8], Vec<u32>>) {
    for (name, number) in scope.into_iter().flat_map(|scope| &scope.numbers) {
        seen.entry(name).or_default().push(*number);
    }
}

fn leave<'a>(scope: Option<&Scope<'a>>, seen: &mut HashMap<&'a [u8], Vec<u32>>) {
    for name in scope.into_iter().flat_map(|scope| scope.numbers.keys()) {
        seen.get_mut(name).and_then(Vec::pop);
    }
}

/// A name where it stands.
struct Place<'a> {
    scope: usize,
    name: &'a [u8],
}

struct Reader<'a> {
    scopes: Vec<Scope<'a>>,
    /// One for each name among the tokens; None for those that are never numbered.
    places: Vec<Option<Place<'a>>>,
    current: usize,
    next: u32,
    /// Behind a dot.
    member: bool,
}

impl<'a> Reader<'a> {
    fn read(&mut self, token: &'a Token<'a>) {
        match token {
            Token::Name(name) => {
                let place = self.word(name);
                self.places.push(place);
            }
            Token::Mark(mark) => self.mark(*mark),
            Token::Number(_) | Token::Text(_) => {}
        }
    }

    fn word(&mut self, word: &'a [u8]) -> Option<Place<'a>> {
        match word {
            b"function" => self.open(),
            b"var" => {
                let scope = self.scope()?;
                scope.expects = Expects::Variable;
                scope.brackets = 0;
            }
            _ if RESERVED.contains(&word) || self.member => {}
            name => {
                self.name(name);
                return Some(Place { scope: self.current, name });
            }
        }
        None
    }

    fn scope(&mut self) -> Option<&mut Scope<'a>> {
        self.scopes.get_mut(self.current)
    }

    fn open(&mut self) {
        let scope = Scope { parent: Some(self.current), expects: Expects::Function, ..Scope::default() };
        self.current = self.scopes.len();
        self.scopes.push(scope);
    }

    fn name(&mut self, name: &'a [u8]) {
        let number = self.next;
        let Some(scope) = self.scope() else { return };
        let Some(expects) = scope.expects.name() else { return };
        scope.expects = expects;
        scope.numbers.insert(name, number);
        self.next = number.saturating_add(1);
    }

    fn mark(&mut self, mark: u8) {
        let Some(scope) = self.scope() else { return };
        let before = scope.expects;
        scope.expects = before.mark(mark, scope.braces == 0 && scope.brackets == 0);
        match mark {
            b'{' => scope.braces = scope.braces.saturating_add(1),
            b'}' => {
                scope.braces = scope.braces.saturating_sub(1);
                if let (0, Some(parent)) = (scope.braces, scope.parent) {
                    self.current = parent;
                }
            }
            b'[' if matches!(before, Expects::VariableComma | Expects::ParameterComma) => {
                scope.brackets = scope.brackets.saturating_add(1);
            }
            b']' => scope.brackets = scope.brackets.saturating_sub(1),
            _ => {}
        }
    }
}
