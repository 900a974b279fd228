//! Tags: their names, attributes and values.

use super::{Machine, Place, State};
use crate::html::input::is_blank;
use crate::html::value::Name;

impl Machine {
    pub(super) fn less(&mut self, byte: u8) {
        if is_blank(byte) {
            return;
        }
        if byte == b'!' {
            self.state = State::Comment;
            return;
        }
        self.no_comment.push(b'<');
        self.tag = Name::default();
        self.attributes.clear();
        if byte == b'>' {
            self.close_tag();
            return;
        }
        self.state = State::TagName;
        self.tag_name(byte);
    }

    pub(super) fn tag_name(&mut self, byte: u8) {
        match byte {
            b'>' => self.close_tag(),
            _ if is_blank(byte) => self.state = State::Between,
            _ => {
                let byte = byte.to_ascii_lowercase();
                self.no_comment.push(byte);
                self.tag.push(byte);
            }
        }
    }

    pub(super) fn between(&mut self, byte: u8) {
        match byte {
            _ if is_blank(byte) => {}
            b'>' => self.close_tag(),
            b'=' => self.begin_value(),
            _ => {
                let byte = byte.to_ascii_lowercase();
                self.no_comment.extend(&[b' ', byte]);
                self.attributes.start_name(byte);
                self.state = State::AttributeName;
            }
        }
    }

    pub(super) fn attribute_name(&mut self, byte: u8) {
        match byte {
            _ if is_blank(byte) => self.state = State::Between,
            b'>' => self.close_tag(),
            b'=' => self.begin_value(),
            _ => {
                let byte = byte.to_ascii_lowercase();
                self.no_comment.push(byte);
                self.attributes.push_name(byte);
            }
        }
    }

    pub(super) fn begin_value(&mut self) {
        self.no_comment.push(b'=');
        self.state = State::Equals;
    }

    pub(super) fn start_value(&mut self) {
        self.attributes.start_value();
        self.quote = 0;
        self.quoted = false;
        self.fresh = true;
    }

    pub(super) fn equals(&mut self, byte: u8) {
        if is_blank(byte) {
            return;
        }
        self.start_value();
        self.state = State::Value;
        self.value(byte);
    }

    pub(super) fn value(&mut self, byte: u8) {
        match byte {
            _ if is_blank(byte) => {
                if self.quote == 0 {
                    self.attributes.end();
                    self.state = State::Between;
                } else {
                    // Only a line break is a space in the copy without comments.
                    self.no_comment.push(if byte == b'\n' { b' ' } else { byte });
                    self.attributes.push(b' ');
                    self.quote = 0;
                    self.state = State::ValueBlank;
                }
            }
            b'>' if self.quote == 0 => self.close_tag(),
            b'>' => {
                self.put_value(b'>');
                self.quote = 0;
                self.state = State::ValueBlank;
            }
            b'"' | b'\'' => self.quote_in_value(byte),
            b'&' => self.begin_reference(Place::Value),
            b':' if self.value_wide.is_empty() && self.attributes.is_data() => self.begin_data(),
            _ if self.value_wide.makes_stop(byte) => {
                self.value_wide.clear();
                self.fresh = false;
                self.put_value(b'.');
            }
            _ => {
                self.fresh = false;
                if !self.value_wide.is_empty() {
                    self.put_value_wide();
                }
                self.no_comment.push(byte.to_ascii_lowercase());
                self.attributes.push(byte);
            }
        }
    }

    pub(super) fn put_value(&mut self, byte: u8) {
        self.no_comment.push(byte);
        self.attributes.push(byte);
    }

    pub(super) fn quote_in_value(&mut self, byte: u8) {
        self.no_comment.push(b'"');
        if self.fresh {
            self.fresh = false;
            self.quote = byte;
            self.quoted = true;
            self.attributes.quote();
            return;
        }
        self.attributes.push(b'"');
        if byte == self.quote {
            self.attributes.end();
            self.state = State::Between;
        }
    }

    /// True when a reference is the colon behind `data`.
    pub(super) fn refers_to_data(&self) -> bool {
        self.reference.value == b":" && self.attributes.is_data()
    }

    /// What follows is cut out of the copy: the data is another layer's.
    pub(super) fn begin_data(&mut self) {
        self.data_seen = false;
        self.state = State::Data;
    }

    /// In the media type. Data without a comma ends like any other value.
    pub(super) fn data(&mut self, byte: u8) {
        self.data_seen = true;
        let ends = byte == b'>' || is_blank(byte);
        if byte == b',' {
            if self.quoted {
                self.no_comment.push(b'"');
            }
            self.attributes.drop_value();
            self.state = State::Content;
        } else if self.quote != 0 && ends {
            self.quote = 0;
            self.state = State::DataBlank;
        } else if ends || (self.quote != 0 && byte == self.quote) {
            self.attributes.forget();
            if self.quoted {
                self.no_comment.push(b'"');
            }
            if byte == b'>' {
                self.close_tag();
            } else {
                self.state = State::Between;
            }
        }
    }

    /// In the data. ClamAV looks for references in it, does not see that a `>` ends the tag, and takes what
    /// follows for more of the attribute's name if there is one.
    pub(super) fn content(&mut self, byte: u8) {
        let ends = if self.quote == 0 { byte == b'>' || is_blank(byte) } else { byte == self.quote };
        if ends && byte == b'>' && self.quote == 0 && self.plain {
            self.attributes.forget();
            self.close_tag();
        } else if ends {
            self.misread |= byte == b'>' && self.quote == 0;
            self.state = if self.attributes.has_name() { State::ContentEnd } else { State::Between };
        } else if byte == b'&' {
            self.begin_reference(Place::Content);
        }
    }

    pub(super) fn close_tag(&mut self) {
        self.attributes.end();
        self.no_comment.push(b'>');
        self.closed = true;
        self.leave_tag();
    }

    pub(super) fn leave_tag(&mut self) {
        self.state = State::Text;
        self.behind_tag = true;
        self.blank = false;
    }

    pub(super) fn act_on_tag(&mut self) {
        self.closed = false;
        let script = self.tag.is(b"script");
        if script || self.tag.is(b"style") {
            self.state = State::Script;
            if script {
                self.script.start();
            }
        }
        let target = if self.tag.is(b"a") {
            self.attributes.href.take()
        } else if self.tag.is(b"img") {
            self.attributes.src.take()
        } else {
            None
        };
        if let Some(target) = target.filter(|target| !target.is_empty()) {
            self.space();
            self.no_tags.extend(&target);
            self.no_tags.push(b' ');
        }
    }
}
