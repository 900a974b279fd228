//! What can be worked out without running anything.

use std::collections::HashMap;

use super::text;
use super::token::{Token, Tokens};

/// Words that a packed program may have; what real packers write has hundreds.
const WORDS: usize = 1 << 16;
/// An unpacked program may be this many times as long as its script.
const GROWTH: usize = 16;

/// The tokens of a script; `"a" + "b"` becomes `"ab"`, wherever it stands.
pub fn read(script: &[u8]) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    for token in Tokens::new(script) {
        match (&token, tokens.as_mut_slice()) {
            (Token::Text(text), [.., Token::Text(before), plus]) if plus.is(b'+') => {
                before.extend_from_slice(text);
                tokens.pop();
            }
            _ => tokens.push(token),
        }
    }
    tokens
}

/// Replaces `unescape("…")`, `eval("…")` and the text of a packed program.
pub fn calls(tokens: &mut Vec<Token<'_>>) {
    let known: [&[u8]; 3] = [b"unescape", b"eval", b"split"];
    if !tokens.iter().any(|token| known.iter().any(|name| token.is_name(name))) {
        return;
    }
    let allowed = tokens.len().saturating_mul(GROWTH).saturating_add(WORDS);
    let old = std::mem::take(tokens);
    let mut rest = old.as_slice();
    let mut member = false;
    while let [token, behind @ ..] = rest {
        let was_member = std::mem::replace(&mut member, token.is(b'.'));
        rest = match rest {
            [call, open, Token::Text(text), _, behind @ ..]
                if !was_member && call.is_name(b"unescape") && open.is(b'(') =>
            {
                evaluated(text::unescape(text), tokens, behind)
            }
            [call, open, Token::Text(text), close, behind @ ..]
                if !was_member && call.is_name(b"eval") && open.is(b'(') && close.is(b')') =>
            {
                program(text, tokens);
                statement(behind)
            }
            _ => {
                if let Some((unpacked, behind)) = packed(rest, tokens, allowed) {
                    program(&unpacked, tokens);
                    behind
                } else {
                    tokens.push(token.clone());
                    behind
                }
            }
        };
    }
}

/// A string that was worked out may be the program of an `eval` around it.
fn evaluated<'a, 't>(text: Vec<u8>, tokens: &mut Vec<Token<'t>>, behind: &'a [Token<'t>]) -> &'a [Token<'t>] {
    if let ([.., call, open], [close, rest @ ..]) = (tokens.as_slice(), behind) {
        let member = tokens.len().checked_sub(3).and_then(|at| tokens.get(at));
        let member = member.is_some_and(|token| token.is(b'.'));
        if call.is_name(b"eval") && open.is(b'(') && close.is(b')') && !member {
            tokens.truncate(tokens.len().saturating_sub(2));
            program(&text, tokens);
            return statement(rest);
        }
    }
    tokens.push(Token::Text(text));
    behind
}

/// The semicolon behind a call goes with it.
fn statement<'a, 't>(behind: &'a [Token<'t>]) -> &'a [Token<'t>] {
    match behind {
        [end, rest @ ..] if end.is(b';') => rest,
        _ => behind,
    }
}

fn program(text: &[u8], tokens: &mut Vec<Token<'_>>) {
    tokens.extend(read(text).into_iter().map(Token::into_owned));
}

/// The arguments of Dean Edwards' packer: `'text',base,count,'words'.split('|')`, behind the function.
fn packed<'a, 't>(
    rest: &'a [Token<'t>],
    before: &[Token<'t>],
    allowed: usize,
) -> Option<(Vec<u8>, &'a [Token<'t>])> {
    let [
        Token::Text(text),
        comma,
        Token::Number(base),
        second,
        Token::Number(count),
        third,
        Token::Text(words),
        dot,
        split,
        open,
        Token::Text(separator),
        close,
        behind @ ..,
    ] = rest
    else {
        return None;
    };
    let marks = [(comma, b','), (second, b','), (third, b','), (dot, b'.'), (open, b'('), (close, b')')];
    let called = matches!(before, [.., end, open] if end.is(b'}') && open.is(b'('));
    if !called || !split.is_name(b"split") || marks.iter().any(|(token, mark)| !token.is(*mark)) {
        return None;
    }
    let base: usize = base.parse().ok().filter(|base| (2..=62).contains(base))?;
    let count: usize = count.parse().ok().filter(|count| *count <= WORDS)?;
    let [separator] = separator.as_slice() else { return None };
    let words: Vec<&[u8]> = words.split(|byte| byte == separator).collect();
    let keys: HashMap<Vec<u8>, &[u8]> = (0..count)
        .filter_map(|at| Some((key(at, base), *words.get(at)?)))
        .filter(|(_, word)| !word.is_empty())
        .collect();
    // What stands behind the words, such as `,0,{}`, goes with them.
    let end = behind.iter().position(|token| token.is(b')')).unwrap_or(0);
    Some((unpack(text, &keys, allowed), behind.get(end..).unwrap_or(&[])))
}

fn unpack(text: &[u8], keys: &HashMap<Vec<u8>, &[u8]>, allowed: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for piece in text.chunk_by(|&one, &two| is_word(one) == is_word(two)) {
        out.extend_from_slice(keys.get(piece).copied().unwrap_or(piece));
        if out.len() > allowed {
            break;
        }
    }
    // So that a last word is complete.
    out.push(b' ');
    out
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// How the packer writes the number of a word.
fn key(number: usize, base: usize) -> Vec<u8> {
    const DIGITS: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut left = number;
    let mut digits = Vec::new();
    loop {
        digits.extend(DIGITS.get(left % base));
        left /= base;
        if left == 0 {
            break;
        }
    }
    digits.reverse();
    digits
}
