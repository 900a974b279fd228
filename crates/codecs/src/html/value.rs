//! Attributes: their names, their values, and the two that the copy without tags shows.

/// Longest value kept, its quotes included. The copy without comments is not limited by it.
const KEPT: usize = 1024;

/// A name as long as the ones that matter; longer ones equal none of them.
#[derive(Clone, Copy, Default)]
pub struct Name {
    bytes: [u8; 8],
    len: usize,
}

impl Name {
    pub fn push(&mut self, byte: u8) {
        if let Some(free) = self.bytes.get_mut(self.len) {
            *free = byte;
        }
        self.len = self.len.saturating_add(1);
    }

    pub fn is(&self, name: &[u8]) -> bool {
        self.bytes.get(..self.len) == Some(name)
    }
}

/// The attributes of the tag at hand.
#[derive(Default)]
pub struct Attributes {
    name: Option<Name>,
    value: Vec<u8>,
    open: bool,
    quoted: bool,
    pub href: Option<Vec<u8>>,
    pub src: Option<Vec<u8>>,
}

impl Attributes {
    /// A new tag.
    pub fn clear(&mut self) {
        *self = Self { value: std::mem::take(&mut self.value), ..Self::default() };
        self.value.clear();
    }

    /// The first byte of a name.
    pub fn start_name(&mut self, byte: u8) {
        self.end();
        let mut name = Name::default();
        name.push(byte);
        self.name = Some(name);
    }

    pub fn has_name(&self) -> bool {
        self.name.is_some()
    }

    pub fn push_name(&mut self, byte: u8) {
        if let Some(name) = &mut self.name {
            name.push(byte);
        }
    }

    pub fn start_value(&mut self) {
        self.value.clear();
        self.open = true;
        self.quoted = false;
    }

    pub fn quote(&mut self) {
        self.quoted = true;
        self.push(b'"');
    }

    pub fn push(&mut self, byte: u8) {
        if self.value.len() < KEPT {
            self.value.push(byte);
        }
    }

    /// True when the value so far is the scheme of a URL that carries its data.
    pub fn is_data(&self) -> bool {
        self.value == if self.quoted { b"\"data".as_slice() } else { b"data" }
    }

    /// Ends the attribute at hand, if any, and keeps the first `href` and `src`.
    pub fn end(&mut self) {
        let Some(name) = self.name.take() else {
            self.open = false;
            return;
        };
        let value = if !self.open {
            &[][..]
        } else if self.quoted {
            // The last byte is taken for the closing quote, whatever it is.
            self.value.get(1..self.value.len().max(2) - 1).unwrap_or(&[])
        } else {
            &self.value
        };
        self.open = false;
        let slot = if name.is(b"href") {
            &mut self.href
        } else if name.is(b"src") {
            &mut self.src
        } else {
            return;
        };
        slot.get_or_insert_with(|| value.to_vec());
    }

    /// Ends the value at hand without keeping it; the name stays.
    pub fn drop_value(&mut self) {
        self.open = false;
    }

    /// Ends the attribute at hand without keeping it.
    pub fn forget(&mut self) {
        self.name = None;
        self.open = false;
    }
}

/// Bytes of a multi-byte character that is not complete: up to three.
#[derive(Default)]
pub struct Wide {
    bytes: [u8; 3],
    len: usize,
}

impl Wide {
    pub fn clear(&mut self) {
        self.len = 0;
    }

    pub fn is_full(&self) -> bool {
        self.len == self.bytes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn push(&mut self, byte: u8) {
        if let Some(free) = self.bytes.get_mut(self.len) {
            *free = byte;
            self.len += 1;
        }
    }

    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or(&[])
    }

    /// True for the full stops of Chinese and Japanese in UTF-8, which count as ".".
    pub fn is_stop(&self) -> bool {
        matches!(self.bytes(), b"\xe3\x80\x82" | b"\xef\xbc\x8e" | b"\xef\xb9\x92")
    }

    /// True when `byte` completes a full stop of Big5.
    pub fn makes_stop(&self, byte: u8) -> bool {
        self.bytes() == b"\xa1" && matches!(byte, b'C' | b'D' | b'O')
    }
}
