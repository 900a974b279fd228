//! The tokeniser: one state per place in a page, one byte at a time.

mod script;
mod tag;

use std::io;
use std::path::Path;

use super::Views;
use super::copy::Copy;
use super::input::is_blank;
use super::reference::{Reference, Step};
use super::script::Script;
use super::value::{Attributes, Name, Wide};

/// Where in the page the next byte stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Text,
    /// In a character of several bytes, in text or in a script.
    TextWide,
    ScriptWide,
    /// Behind `<`.
    Less,
    TagName,
    /// Between attributes, before a name or an equals sign.
    Between,
    AttributeName,
    /// Behind `=`.
    Equals,
    Value,
    /// Behind a blank or `>` inside quotes.
    ValueBlank,
    /// In a URL that carries its data, before the comma; `DataBlank` drops blanks.
    Data,
    DataBlank,
    /// Behind the comma.
    Content,
    /// Behind such data: what comes goes on with the attribute's name.
    ContentEnd,
    Comment,
    /// Behind `&`, in text, in a value, in data, in a script.
    Reference(Place),
    Script,
    ScriptLess,
    /// Behind `</` in a script.
    ScriptEnd,
    /// Behind `<!` in a script.
    ScriptComment,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Text,
    Value,
    Content,
    Script,
}

impl Place {
    fn state(self) -> State {
        match self {
            Self::Text => State::Text,
            Self::Value => State::Value,
            Self::Content => State::Content,
            Self::Script => State::Script,
        }
    }
}

/// The page so far.
// The flags are independent of each other and of the state.
#[allow(clippy::struct_excessive_bools)]
pub struct Machine {
    state: State,
    no_comment: Copy,
    no_tags: Copy,
    script: Script,
    /// A blank waits for the text behind it.
    blank: bool,
    /// Behind a tag or comment: blanks are dropped.
    behind_tag: bool,
    /// The copy without tags needs no further space.
    spaced: bool,
    /// A tag ended; what it means comes with the next byte.
    closed: bool,
    tag: Name,
    /// Name of the end tag in a script, the slash included.
    end_tag: Name,
    attributes: Attributes,
    /// Quote that the value at hand ends with; 0 for none.
    quote: u8,
    /// The value at hand began with a quote.
    quoted: bool,
    /// Nothing of the value was seen yet.
    fresh: bool,
    /// Bytes since `data:`.
    data_seen: bool,
    /// See `Reading` and `Views`.
    plain: bool,
    misread: bool,
    reference: Reference,
    text_wide: Wide,
    /// Outlives the value, even the tag.
    value_wide: Wide,
}

impl Machine {
    pub fn new(directory: &Path, plain: bool) -> Self {
        Self {
            state: State::Text,
            no_comment: Copy::new(directory),
            no_tags: Copy::new(directory),
            script: Script::new(directory),
            blank: false,
            behind_tag: true,
            spaced: false,
            closed: false,
            tag: Name::default(),
            end_tag: Name::default(),
            attributes: Attributes::default(),
            quote: 0,
            quoted: false,
            fresh: true,
            data_seen: false,
            plain,
            misread: false,
            reference: Reference::default(),
            text_wide: Wide::default(),
            value_wide: Wide::default(),
        }
    }

    pub fn failed(&self) -> bool {
        self.no_comment.failed() || self.no_tags.failed() || self.script.failed()
    }

    /// Takes a block of the page, without NUL. Only scripts see the blanks it begins with.
    pub fn block(&mut self, block: &[u8]) {
        let blanks = block.iter().take_while(|&&byte| is_blank(byte)).count();
        let (blanks, rest) = block.split_at(blanks);
        for &byte in blanks {
            self.script.push(byte);
        }
        for &byte in rest {
            self.feed(byte);
        }
    }

    fn feed(&mut self, byte: u8) {
        if self.closed && byte != b'\r' {
            self.act_on_tag();
        }
        self.script.push(byte);
        if byte == b'\r' {
            return;
        }
        if byte >= 0x80 && self.feed_high(byte) {
            return;
        }
        if matches!(self.state, State::TextWide | State::ScriptWide) && byte < 0x80 {
            if self.text_wide.makes_stop(byte) {
                self.text_wide.clear();
                self.no_comment.push(b'.');
                self.no_tags.push(b'.');
                return;
            }
            self.put_text_wide();
            self.state = if self.state == State::TextWide { State::Text } else { State::Script };
        }
        self.step(byte);
    }

    /// Ends the page.
    pub fn finish(mut self, max_no_tags: u64) -> io::Result<Views> {
        match self.state {
            State::Less => self.no_comment.push(b'<'),
            State::Data | State::DataBlank if !self.data_seen => self.no_comment.push(b':'),
            State::Data | State::DataBlank if self.quoted => self.no_comment.push(b'"'),
            State::Reference(_) if self.reference.end() => {
                self.no_comment.extend(&self.reference.text);
            }
            _ => {}
        }
        let fits = max_no_tags == 0 || self.no_tags.len() <= max_no_tags;
        Ok(Views {
            no_comment: self.no_comment.finish()?,
            no_tags: if fits { Some(self.no_tags.finish()?) } else { None },
            script: self.script.finish()?,
            misread: self.misread,
        })
    }

    fn step(&mut self, byte: u8) {
        match self.state {
            State::Text | State::TextWide => self.text(byte),
            State::Less => self.less(byte),
            State::TagName => self.tag_name(byte),
            State::Between => self.between(byte),
            State::AttributeName => self.attribute_name(byte),
            State::Equals => self.equals(byte),
            State::Value => self.value(byte),
            State::ValueBlank => {
                if !is_blank(byte) {
                    self.state = State::Value;
                    self.value(byte);
                }
            }
            State::Data => self.data(byte),
            State::DataBlank => {
                self.data_seen = true;
                if !is_blank(byte) {
                    self.state = State::Data;
                    self.data(byte);
                }
            }
            State::Content => self.content(byte),
            State::ContentEnd => {
                if !is_blank(byte) {
                    self.state = State::AttributeName;
                    self.attribute_name(byte);
                }
            }
            State::Comment => {
                if byte == b'>' {
                    self.leave_tag();
                }
            }
            State::Reference(place) => self.refer(byte, place),
            State::Script | State::ScriptWide => self.script(byte),
            State::ScriptLess => self.script_less(byte),
            State::ScriptEnd => self.script_end(byte),
            State::ScriptComment => self.script_comment(byte),
        }
    }

    /// Bytes from 0x80 where they are gathered to characters; false where they are like any other.
    fn feed_high(&mut self, byte: u8) -> bool {
        if let State::Reference(place) = self.state {
            self.reference.give_up();
            self.put_reference(place);
            self.state = place.state();
        }
        match self.state {
            State::Text => {
                self.put_blank();
                self.behind_tag = false;
                self.text_wide.clear();
                self.state = State::TextWide;
            }
            State::Script => {
                self.text_wide.clear();
                self.state = State::ScriptWide;
            }
            State::TextWide | State::ScriptWide => {}
            State::Equals | State::Value | State::ValueBlank => {
                if self.state == State::Equals {
                    self.start_value();
                }
                if self.value_wide.is_full() {
                    self.fresh = false;
                    self.put_value_wide();
                }
                self.state = State::Value;
                self.value_wide.push(byte);
                return true;
            }
            _ => return false,
        }
        if self.text_wide.is_full() {
            self.put_text_wide();
            self.text_wide.clear();
        }
        self.text_wide.push(byte);
        true
    }

    fn put_blank(&mut self) {
        if self.blank {
            self.no_comment.push(b' ');
            self.blank = false;
        }
    }

    fn space(&mut self) {
        if !self.spaced {
            self.no_tags.push(b' ');
            self.spaced = true;
        }
    }

    /// The copy without tags gets the last byte but one twice: its shift is always by eight bits.
    fn put_text_wide(&mut self) {
        let (copies, wide) = ((&mut self.no_comment, &mut self.no_tags), &self.text_wide);
        match *wide.bytes() {
            _ if wide.is_stop() => {
                copies.0.push(b'.');
                copies.1.push(b'.');
            }
            [one, two, three] => {
                copies.0.extend(&[one, two, three]);
                copies.1.extend(&[one, two, two]);
            }
            [one, two] => {
                copies.0.extend(&[one, two]);
                copies.1.extend(&[one, one]);
            }
            [one] => {
                copies.0.push(one);
                copies.1.push(0);
            }
            // Behind a full stop of Big5 nothing is gathered, and that is put out.
            _ => {
                copies.0.push(0);
                copies.1.push(0);
            }
        }
    }

    fn put_value_wide(&mut self) {
        let stop = [b'.'];
        let bytes = if self.value_wide.is_stop() { &stop[..] } else { self.value_wide.bytes() };
        self.no_comment.extend(bytes);
        for &byte in bytes {
            self.attributes.push(byte);
        }
        self.value_wide.clear();
    }

    fn text(&mut self, byte: u8) {
        if is_blank(byte) {
            self.space();
            self.blank |= !self.behind_tag;
            return;
        }
        self.put_blank();
        self.behind_tag = false;
        match byte {
            b'<' => {
                self.space();
                self.state = State::Less;
            }
            b'&' => {
                self.space();
                self.begin_reference(Place::Text);
            }
            0..b' ' => {
                self.no_comment.push(byte);
                self.space();
            }
            _ => {
                self.no_comment.push(byte.to_ascii_lowercase());
                self.no_tags.push(byte.to_ascii_lowercase());
                self.spaced = false;
            }
        }
    }

    fn begin_reference(&mut self, place: Place) {
        self.reference.start();
        self.state = State::Reference(place);
    }

    fn refer(&mut self, byte: u8, place: Place) {
        let step = self.reference.feed(byte);
        if matches!(step, Step::More) {
            return;
        }
        if place == Place::Value && matches!(step, Step::Decoded) && self.refers_to_data() {
            self.begin_data();
            return;
        }
        self.put_reference(place);
        self.state = place.state();
        if matches!(step, Step::Broken) {
            self.step(byte);
        }
    }

    fn put_reference(&mut self, place: Place) {
        self.no_comment.extend(&self.reference.text);
        if place == Place::Value {
            for &byte in &self.reference.value {
                self.fresh = false;
                self.attributes.push(byte);
            }
        }
    }
}
