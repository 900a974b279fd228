//! What a regex of the phishing check ends in.
//!
//! ClamAV finds the expressions to try by the fixed characters at the end of what they match, and refuses one
//! that may end in less than two: alternatives each count, a small class counts as each of its characters, and
//! a slash is appended, unless the expression ends at `$` or at a bracket that nothing opened.

/// Fixed characters that an expression must end in.
pub(super) const SHORTEST: usize = 2;

/// Characters of a class that ClamAV still takes one by one.
const LARGEST_CLASS: usize = 17;
/// "Then nothing or a path", which nearly every expression ends in, and which does not count.
const PATH: &[u8] = b"([/?].*)?";

/// Lengths of what an expression may end in.
#[derive(Clone, Copy, Debug)]
struct Ending {
    /// Of those ways to match that are fixed from the start: these go on into what stands before.
    whole: Option<usize>,
    /// Of the others.
    broken: Option<usize>,
}

impl Ending {
    const EMPTY: Self = Self { whole: Some(0), broken: None };
    const CHARACTER: Self = Self { whole: Some(1), broken: None };
    const ANYTHING: Self = Self { whole: None, broken: Some(0) };
    const NOTHING: Self = Self { whole: None, broken: None };

    fn then(self, next: Self) -> Self {
        let join = |left: Option<usize>| Some(left?.saturating_add(next.whole?));
        Self { whole: join(self.whole), broken: least(next.broken, join(self.broken)) }
    }

    fn or(self, other: Self) -> Self {
        Self { whole: least(self.whole, other.whole), broken: least(self.broken, other.broken) }
    }

    fn shortest(self) -> Option<usize> {
        least(self.whole, self.broken)
    }
}

fn least(left: Option<usize>, right: Option<usize>) -> Option<usize> {
    match (left, right) {
        (Some(left), Some(right)) => Some(left.min(right)),
        (left, right) => left.or(right),
    }
}

/// A group that is open: its finished alternatives, the one being read, and its last element.
struct Group {
    alternatives: Ending,
    before: Ending,
    last: Ending,
}

impl Group {
    fn new() -> Self {
        Self { alternatives: Ending::NOTHING, before: Ending::EMPTY, last: Ending::EMPTY }
    }

    fn push(&mut self, element: Ending) {
        self.before = self.before.then(self.last);
        self.last = element;
    }

    fn next_alternative(&mut self) {
        self.alternatives = self.alternatives.or(self.before.then(self.last));
        (self.before, self.last) = (Ending::EMPTY, Ending::EMPTY);
    }

    fn end(mut self) -> Ending {
        self.next_alternative();
        self.alternatives
    }
}

/// The fewest fixed characters that what `pattern` matches may end in.
pub(super) fn shortest(pattern: &[u8]) -> usize {
    let mut rest = match pattern.strip_suffix(PATH) {
        Some(head) if head.len() > 1 => head,
        _ => pattern,
    };
    let mut groups = Vec::new();
    let mut group = Group::new();
    loop {
        let Some((&byte, after)) = rest.split_first() else {
            group.push(Ending::CHARACTER); // the slash
            break;
        };
        rest = after;
        match byte {
            b'$' => break,
            b'(' => groups.push(std::mem::replace(&mut group, Group::new())),
            b')' => {
                let Some(outer) = groups.pop() else { break };
                let inner = std::mem::replace(&mut group, outer).end();
                group.push(inner);
            }
            b'|' => group.next_alternative(),
            b'*' | b'?' => group.last = Ending::ANYTHING,
            b'+' => group.last = Ending { whole: None, broken: group.last.shortest() },
            b'.' => group.push(Ending::ANYTHING),
            b'[' => group.push(class(&mut rest)),
            b'\\' => {
                rest = rest.get(1..).unwrap_or(&[]);
                group.push(Ending::CHARACTER);
            }
            _ => group.push(Ending::CHARACTER),
        }
    }
    group.end().shortest().unwrap_or(0)
}

/// Reads a bracket expression up to its end. ClamAV takes named classes inside for their characters.
fn class(rest: &mut &[u8]) -> Ending {
    let negated = rest.first() == Some(&b'^');
    let body = rest.get(usize::from(negated)..).unwrap_or(&[]);
    // A closing bracket in first place is a member.
    let end = body.iter().skip(1).position(|byte| *byte == b']').map_or(body.len(), |at| at + 1);
    let (mut members, after) = body.split_at_checked(end).unwrap_or((body, &[]));
    *rest = after.get(1..).unwrap_or(&[]);
    let mut named = [false; 256];
    while let Some((&first, tail)) = members.split_first() {
        let last = match tail {
            [b'-', last, ..] => *last,
            _ => first,
        };
        members =
            if tail.len() > 1 && tail.first() == Some(&b'-') { tail.get(2..).unwrap_or(&[]) } else { tail };
        for byte in first..=last {
            if let Some(slot) = named.get_mut(usize::from(byte)) {
                *slot = true;
            }
        }
    }
    let count = named.iter().filter(|named| **named != negated).count();
    if count > LARGEST_CLASS { Ending::ANYTHING } else { Ending::CHARACTER }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_load_as_in_clamav() {
        let taken = [
            "a",
            "ab",
            "abc$",
            "ab$$",
            "[abc]",
            "^abc",
            "abc+",
            "abc\\.",
            "a.b",
            ".b",
            "[a-m]{2}",
            "a{0,1}",
            "\\.",
            "(.a)",
            "(a|b)+",
            "^",
            "[[:alpha:]]",
            "\\d",
            "{",
            "/",
            "./",
            ".+\\.example\\.com([/?].*)?",
            ".+\\.ebay\\.(de|co\\.uk)([/?].*)?",
            "[0-9]",
            "[a-q]",
            "x[ab][cd]",
            "a\\$",
            "ab([/?].*)?/",
            "(ab)?cd",
            "ab).",
            "[]a]",
            "[a]]",
            "[ab-]",
            "[-a]",
            "a\\",
            "a[a-z0-9]b",
            "ab[a-z]+c",
            "(ab|cd)",
            "ab|cd",
            "abc:d)ef",
        ];
        let refused = [
            "",
            ".*",
            "abc.",
            "[a-z]+",
            "ab*",
            "ab?",
            "(a|b)*",
            "x(a*)",
            "a.",
            "a[a-z]",
            "[^a]",
            "a.?",
            "b(.*)",
            "(.|a)",
            "$",
            "a$",
            ".$",
            "(a)$",
            "a|",
            "a|.",
            ".|a",
            "ab|.*",
            "..",
            ".(a?)",
            "a)",
            "[ab]*",
            "(a[b-c])?",
            "[a-r]",
            "([/?].*)?",
            "ab([/?].*)?$",
            "ab([/].*)?",
            "a|b",
            ".)",
            "[^]a]",
            "a$b",
            ".([/?].*)?",
            "(ab|.)",
        ];
        for pattern in taken {
            assert!(shortest(pattern.as_bytes()) >= SHORTEST, "{pattern}");
        }
        for pattern in refused {
            assert!(shortest(pattern.as_bytes()) < SHORTEST, "{pattern}");
        }
    }

    #[test]
    fn groups_in_groups_do_not_recurse() {
        let deep = ["(".repeat(100_000), "ab".to_owned(), ")".repeat(100_000)].concat();
        assert!(shortest(deep.as_bytes()) >= SHORTEST);
    }
}
