//! Scripts in a form that does not change with the names of variables, white space, comments, or the way
//! a string was put together.
//!
//! Strings that are added are joined, `unescape("…")` and `eval("…")` of a plain string are replaced by
//! what they give, the program inside `eval(function(p,a,c,k,e,d)…)` is unpacked, declared names become
//! `n000`, `n001` … in order of declaration, everything is in lower case. As in ClamAV 1.4.6; it is no
//! parser: of `//` only the word behind it is a comment, regular expressions are taken for operators.

mod evaluate;
mod names;
mod number;
mod text;
mod token;

use token::Token;

/// What every script ends with; it is part of what is normalised, as in the page.
const END: &[u8] = b"</script>";

/// Normalises one script, its end tag included.
pub fn normalise(script: &[u8]) -> Vec<u8> {
    let mut tokens = evaluate::read(script);
    let open = tokens.iter().fold(0_usize, |open, token| match token {
        Token::Mark(b'(') => open.saturating_add(1),
        Token::Mark(b')') => open.saturating_sub(1),
        _ => open,
    });
    // Before what they close is worked out, which may be a call that the end of the script cut off.
    tokens.extend(std::iter::repeat_n(Token::Mark(b')'), open));
    evaluate::calls(&mut tokens);
    let mut numbers = names::numbers(&tokens).into_iter();
    let mut out = Vec::with_capacity(script.len());
    let mut spaced = true;
    for token in &tokens {
        let word = token.is_word();
        if word && !spaced {
            out.push(b' ');
        }
        spaced = !word;
        match token {
            Token::Name(name) => match numbers.next().flatten() {
                Some(number) => out.extend_from_slice(format!("n{number:03}").as_bytes()),
                None => out.extend_from_slice(name),
            },
            Token::Number(text) => out.extend_from_slice(text.as_bytes()),
            Token::Text(text) => text::quote(text, &mut out),
            Token::Mark(mark) => out.push(*mark),
        }
    }
    out.make_ascii_lowercase();
    if !out.ends_with(END) {
        out.extend_from_slice(END);
    }
    out
}

#[cfg(test)]
mod tests;
