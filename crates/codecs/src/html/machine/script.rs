//! The bodies of scripts and styles, up to the end tag.

use super::{Machine, Place, State};
use crate::html::input::is_blank;
use crate::html::value::Name;

impl Machine {
    pub(super) fn script(&mut self, byte: u8) {
        match byte {
            _ if is_blank(byte) => {}
            b'<' => {
                self.no_comment.push(b'<');
                self.state = State::ScriptLess;
            }
            b'&' => self.begin_reference(Place::Script),
            _ => self.no_comment.push(script_byte(byte)),
        }
    }

    pub(super) fn script_less(&mut self, byte: u8) {
        if is_blank(byte) {
            return;
        }
        self.no_comment.push(byte.to_ascii_lowercase());
        self.state = match byte {
            b'/' => {
                self.end_tag = Name::default();
                self.end_tag.push(byte);
                State::ScriptEnd
            }
            b'!' => State::ScriptComment,
            _ => State::Script,
        };
    }

    pub(super) fn script_end(&mut self, byte: u8) {
        if byte != b'>' && !is_blank(byte) {
            let byte = byte.to_ascii_lowercase();
            self.no_comment.push(byte);
            self.end_tag.push(byte);
            return;
        }
        if byte == b'>' {
            self.no_comment.push(byte);
        }
        self.state = State::Script;
        let style = self.tag.is(b"style") && self.end_tag.is(b"/style");
        if style || self.end_tag.is(b"/script") {
            self.script.end();
            self.leave_tag();
        }
    }

    pub(super) fn script_comment(&mut self, byte: u8) {
        if !is_blank(byte) {
            self.no_comment.push(script_byte(byte));
            if byte == b'>' {
                self.state = State::Script;
            }
        }
    }
}

/// Scripts and styles have only one kind of quotes.
fn script_byte(byte: u8) -> u8 {
    if byte == b'\'' { b'"' } else { byte.to_ascii_lowercase() }
}
