//! Byte comparison subsignatures: `Sub(Offset#Options#Comparison[,Comparison])`.
//!
//! A field at a distance from the last match of subsignature `Sub` is read as a number and compared. Where
//! ClamAV cannot compare (a field at file offset 0, beyond the first 128 KiB, kind `a` of one or two bytes)
//! nacre does.

use super::expression::Relation;
use super::number::{Base, c_number, clamped, trimmed, without_prefix};
use crate::leb128::{put, take, take_byte};
use crate::line::{Refusal, malformed, shown};

/// How the field's bytes are a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Hex,
    Decimal,
    /// Hex after `0x`, else decimal.
    Auto,
    Raw,
}

/// Which byte of the field is the most significant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Little,
    Big,
}

/// A byte comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByteCompare {
    /// The subsignature whose last match the field is found from.
    pub reference: u8,
    pub distance: i64,
    /// `None` loads and is never true.
    pub kind: Option<Kind>,
    pub order: Option<Order>,
    /// The field must be a number from its first to its last byte.
    pub exact: bool,
    pub size: u32,
    pub first: (Relation, i64),
    pub second: Option<(Relation, i64)>,
}

/// Fields larger than ClamAV's window never fit it.
const MAX_SIZE: u32 = 128 << 10;
/// Longest field of hex digits.
const MAX_HEX: u32 = 18;

impl ByteCompare {
    pub(super) fn parse(text: &[u8]) -> Result<Self, Refusal> {
        let wrong = || malformed(format!("{} is not sub(offset#options#comparison)", shown(text)));
        let open = memchr::memchr(b'(', text).ok_or_else(wrong)?;
        let (reference, inside) = text.split_at_checked(open).ok_or_else(wrong)?;
        let close = memchr::memchr(b')', inside).ok_or_else(wrong)?;
        let mut fields = inside.get(1..close).unwrap_or(&[]).splitn(3, |&byte| byte == b'#');
        let (Some(offset), Some(options), Some(comparisons)) = (fields.next(), fields.next(), fields.next())
        else {
            return Err(wrong());
        };
        let reference = match c_number(reference, Base::Decimal) {
            Some((number, [])) => u8::try_from(number).ok(),
            None if reference.is_empty() => Some(0),
            _ => None,
        };
        let mut draft = Self {
            reference: reference.ok_or_else(|| malformed("a byte comparison needs a subsignature number"))?,
            distance: distance(offset)?,
            kind: None,
            order: None,
            exact: false,
            size: 0,
            first: (Relation::Equal, 0),
            second: None,
        };
        draft.set_options(options)?;
        let mut comparisons = comparisons.split(|&byte| byte == b',');
        draft.first = comparison(comparisons.next().unwrap_or(&[]))?;
        draft.second = comparisons.next().map(comparison).transpose()?;
        if comparisons.next().is_some() {
            return Err(malformed("more than two comparisons"));
        }
        Ok(draft)
    }

    fn set_options(&mut self, options: &[u8]) -> Result<(), Refusal> {
        let wrong = || malformed(format!("byte comparison options {}", shown(options)));
        let digits = options.iter().position(u8::is_ascii_digit).ok_or_else(wrong)?;
        let (letters, size) = options.split_at_checked(digits).ok_or_else(wrong)?;
        for letter in letters {
            match letter {
                b'h' => set_once(&mut self.kind, Kind::Hex)?,
                b'd' => set_once(&mut self.kind, Kind::Decimal)?,
                b'a' => set_once(&mut self.kind, Kind::Auto)?,
                b'i' => set_once(&mut self.kind, Kind::Raw)?,
                b'l' => set_once(&mut self.order, Order::Little)?,
                b'b' => set_once(&mut self.order, Order::Big)?,
                b'e' => self.exact = true,
                _ => return Err(wrong()),
            }
        }
        if self.kind == Some(Kind::Decimal) {
            set_once(&mut self.order, Order::Big)?;
        }
        let (size, rest) = c_number(size, Base::Any).ok_or_else(wrong)?;
        self.size = u32::try_from(size).ok().filter(|&size| size > 0).ok_or_else(wrong)?;
        let fits = match self.kind {
            Some(Kind::Raw) => matches!(self.size, 1 | 2 | 4 | 8),
            Some(Kind::Hex) => self.size <= MAX_HEX,
            _ => true,
        };
        if fits && rest.is_empty() { Ok(()) } else { Err(wrong()) }
    }

    /// Whether the comparison holds for a last match of the reference at `position`. `read(offset, size)`
    /// gives the bytes of the layer, fewer where it ends.
    pub fn evaluate(&self, position: u64, read: &dyn Fn(u64, usize) -> Vec<u8>) -> bool {
        let Some(at) = position.checked_add_signed(self.distance) else { return false };
        if self.size > MAX_SIZE {
            return false;
        }
        let field = read(at, self.size as usize);
        field.len() == self.size as usize
            && self.value(&field).is_some_and(|value| {
                holds(self.first, value) && self.second.is_none_or(|second| holds(second, value))
            })
    }

    fn value(&self, field: &[u8]) -> Option<i64> {
        let order = self.order?;
        let base = match self.kind? {
            Kind::Raw => return Some(raw(field, order)),
            Kind::Hex => Base::Hex,
            Kind::Auto if without_prefix(trimmed(field)).is_some() => Base::Hex,
            Kind::Auto | Kind::Decimal => Base::Decimal,
        };
        match (order, base) {
            (Order::Big, _) => self.ascii(field, base),
            (Order::Little, Base::Hex) => self.little_endian(field),
            // Decimal digits have no byte order to reverse.
            (Order::Little, _) => None,
        }
    }

    /// Without any digit the value is 0, unless it has to be exact.
    fn ascii(&self, field: &[u8], base: Base) -> Option<i64> {
        match c_number(field, base) {
            Some((value, rest)) if !self.exact || rest.is_empty() && trimmed(field).len() == field.len() => {
                i64::try_from(value).ok()
            }
            _ => (!self.exact).then_some(0),
        }
    }

    /// Hex digits in pairs, the least significant pair first. The pairs are read in reverse; from the first
    /// that is no pair of digits on they are 0. An odd field is read as if a 0 stood before it. (ClamAV takes
    /// an `x` for a digit while it reverses, and stops at it afterwards.)
    fn little_endian(&self, field: &[u8]) -> Option<i64> {
        let text = trimmed(field);
        let text = without_prefix(text).unwrap_or(text);
        if self.exact && trimmed(field).len() < field.len() {
            return None;
        }
        if text.len() < 2 {
            return if self.exact && text.len() < field.len() { None } else { self.ascii(text, Base::Hex) };
        }
        let mut digits = Vec::with_capacity(text.len() + 1);
        digits.extend((text.len() % 2 == 1).then_some(b'0'));
        digits.extend_from_slice(text);
        let is_digit = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b'x' | b'X');
        let end =
            digits.chunks(2).position(|pair| !pair.iter().all(is_digit)).map_or(digits.len(), |at| 2 * at);
        digits.get_mut(end..)?.fill(b'0');
        let reversed: Vec<u8> = digits.rchunks(2).flatten().copied().collect();
        match c_number(&reversed, Base::Hex) {
            Some((value, rest)) if !self.exact || reversed.len() - rest.len() == field.len() => {
                i64::try_from(value).ok()
            }
            _ => (!self.exact).then_some(0),
        }
    }

    /// Appends the bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let kind = self.kind.map_or(0, |kind| kind as u8 + 1);
        let order = self.order.map_or(0, |order| order as u8 + 1);
        out.push(kind << 4 | order << 2 | u8::from(self.exact) << 1 | u8::from(self.second.is_some()));
        out.push(self.reference);
        put(out, self.distance.cast_unsigned());
        put(out, self.size);
        for (relation, value) in [Some(self.first), self.second].into_iter().flatten() {
            out.push(relation as u8);
            put(out, value.cast_unsigned());
        }
    }

    /// Reads what [`Self::encode`] wrote.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let bits = take_byte(&mut rest)?;
        let kind = match bits >> 4 {
            0 => None,
            1 => Some(Kind::Hex),
            2 => Some(Kind::Decimal),
            3 => Some(Kind::Auto),
            4 => Some(Kind::Raw),
            _ => return None,
        };
        let order = match bits >> 2 & 3 {
            0 => None,
            1 => Some(Order::Little),
            2 => Some(Order::Big),
            _ => return None,
        };
        let reference = take_byte(&mut rest)?;
        let distance = take::<u64>(&mut rest)?.cast_signed();
        let size = take(&mut rest)?;
        let mut comparison = || {
            let relation = match take_byte(&mut rest)? {
                0 => Relation::Equal,
                1 => Relation::More,
                2 => Relation::Less,
                _ => return None,
            };
            Some((relation, take::<u64>(&mut rest)?.cast_signed()))
        };
        let first = comparison()?;
        let second = if bits & 1 == 1 { Some(comparison()?) } else { None };
        rest.is_empty().then_some(Self {
            reference,
            distance,
            kind,
            order,
            exact: bits & 2 == 2,
            size,
            first,
            second,
        })
    }
}

fn set_once<T: PartialEq>(slot: &mut Option<T>, value: T) -> Result<(), Refusal> {
    if slot.as_ref().is_some_and(|old| *old != value) {
        return Err(malformed("contradicting byte comparison options"));
    }
    *slot = Some(value);
    Ok(())
}

/// `>>n`, `<<n`, or nothing or 0 for the match itself.
fn distance(text: &[u8]) -> Result<i64, Refusal> {
    let wrong = || malformed(format!("{} is no byte comparison offset", shown(text)));
    let (sign, number) = match text {
        [b'>', b'>', number @ ..] => (1, number),
        [b'<', b'<', number @ ..] => (-1, number),
        [] | [b'0', ..] => return Ok(0),
        _ => return Err(wrong()),
    };
    if number.is_empty() {
        return Ok(0);
    }
    match c_number(number, Base::Any) {
        Some((number, [])) => Ok(clamped(number.saturating_mul(sign))),
        _ => Err(wrong()),
    }
}

fn comparison(text: &[u8]) -> Result<(Relation, i64), Refusal> {
    let wrong = || malformed(format!("{} is no comparison", shown(text)));
    let (sign, number) = text.split_first().ok_or_else(wrong)?;
    let relation = match sign {
        b'=' => Relation::Equal,
        b'>' => Relation::More,
        b'<' => Relation::Less,
        _ => return Err(wrong()),
    };
    if number.is_empty() {
        return Ok((relation, 0));
    }
    match c_number(number, Base::Any) {
        Some((value, [])) => Ok((relation, clamped(value))),
        _ => Err(wrong()),
    }
}

fn holds((relation, bound): (Relation, i64), value: i64) -> bool {
    match relation {
        Relation::Equal => value == bound,
        Relation::More => value > bound,
        Relation::Less => value < bound,
    }
}

fn raw(field: &[u8], order: Order) -> i64 {
    let add = |value: i64, byte: &u8| value << 8 | i64::from(*byte);
    match order {
        Order::Big => field.iter().fold(0, add),
        Order::Little => field.iter().rev().fold(0, add),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<ByteCompare, Refusal> {
        ByteCompare::parse(text.as_bytes())
    }

    /// The comparison on a layer that is `data`, for a reference found at 2.
    fn holds_on(text: &str, data: &[u8]) -> bool {
        let compare = parse(text).expect("parses");
        compare.evaluate(2, &|at, size| {
            let start = usize::try_from(at).expect("small").min(data.len());
            data[start..data.len().min(start + size)].to_vec()
        })
    }

    #[test]
    fn texts_load_as_in_clamav() {
        let cases = "+0(>>5#hb2#=3)|-0(>>5#hb2#=3|-0(>>5#hb2#)|+0(#hb2#=3)|+0(0#hb2#=3)|-0(5#hb2#=3)|-0(>5#hb2#=3)\
            |+0(>>0x5#hb2#=3)|+0(>>-5#hb2#=3)|-0(>>a#hb2#=3)|-0(>>5a#hb2#=3)|+(#hb2#=3)|-x(#hb2#=3)|-0a(#hb2#=3)\
            |+0(#2#=3)|-0(##=3)|-0(#hb#=3)|-0(#hb0#=3)|+0(#hb0x2#=3)|-0(#hb2e#=3)|+0(#ehb2#=3)|-0(#hdb2#=3)\
            |-0(#dl2#=3)|+0(#d2#=3)|-0(#ib3#=3)|+0(#ib8#=3)|-0(#ib16#=3)|+0(#hb18#=3)|-0(#hb19#=3)|+0(#db99#=3)\
            |-0(#lbh2#=3)|+0(#bbh2#=3)|-0(#Hb2#=3)|+0(#hb2#=)|-0(#hb2#3)|-0(#hb2#==3)|+0(#hb2#=-0x3)|-0(#hb2#=09)\
            |-0(#hb2#=3a)|+0(#hb2#>1,<3)|-0(#hb2#>1,3)|-0(#hb2#>1,)|-0(#hb2#>1,<3,=2)|-0(#hb2#!3)|+0(#hb2#=3)::i\
            |-0(#hb2#=3#)";
        for case in cases.split('|') {
            let (expected, text) = case.split_at(1);
            assert_eq!(if parse(text).is_ok() { "+" } else { "-" }, expected, "{text}");
        }
    }

    #[test]
    fn fields_are_read_as_in_clamav() {
        for (text, data) in [
            ("0(>>2#db3#=12)", &b"..xx 12"[..]),
            ("0(>>2#db4#=12)", b"..xx12xx"),
            ("0(>>2#db2#=0)", b"..xxzz"),
            ("0(>>2#de3#=-12)", b"..xx-12"),
            ("0(>>2#hb6#=0x1f2)", b"..xx 0x1f2"),
            ("0(>>2#hl4#=0x3412)", b"..xx1234"),
            ("0(>>2#hl3#=0x2301)", b"..xx123"),
            ("0(>>2#hl6#=0x12)", b"..xx12zz56"),
            ("0(>>2#hbe4#=0x12)", b"..xx0x12"),
            ("0(>>2#ab4#=18)", b"..xx0x12"),
            ("0(>>2#ab4#=1234)", b"..xx1234"),
            ("0(>>2#ib2#=0x0102,>5)", b"..xx\x01\x02"),
            ("0(>>2#il2#=0x0201)", b"..xx\x01\x02"),
            ("0(>>2#ib8#<0)", b"..xx\xff\0\0\0\0\0\0\0"),
            ("0(>>2#db2#=014)", b"..xx12"),
        ] {
            assert!(holds_on(text, data), "{text}");
        }
        for (text, data) in [
            ("0(>>2#de3#=12)", &b"..xx 12"[..]),
            ("0(>>2#de4#=12)", b"..xx12xx"),
            ("0(>>2#db3#=12)", b"..xx12"),
            ("0(>>2#hb16#>0)", b"..xx9999999999999999"),
            ("0(>>2#hb3#<0)", b"..xx-0x"),
            ("0(>>2#h2#=0x12)", b"..xx12"),
            ("0(>>2#b2#=0)", b"..xx12"),
            ("0(>>2#al4#=1234)", b"..xx1234"),
            ("0(>>2#hle3#>0)", b"..xx123"),
            ("0(<<3#ib1#>-1)", b"..xx"),
        ] {
            assert!(!holds_on(text, data), "{text}");
        }
    }

    #[test]
    fn what_clamav_cannot_reach_is_compared() {
        assert!(holds_on("0(<<2#ib1#=0x2e)", b"..xx"), "offset 0");
        assert!(holds_on("0(>>2#ab1#=7)", b"..xx7"), "kind a of one byte");
        let mut far = vec![0; 200_000];
        far.push(7);
        assert!(holds_on("0(>>199998#ib1#=7)", &far), "beyond 128 KiB");
    }

    proptest! {
        #[test]
        fn encodings_come_back(text in "0\\((>>|<<)?0(x1f)?#[hdai]?[lb]?e?[1248]#[=<>]-?[0-9]{1,4}(,[=<>]7)?\\)") {
            if let Ok(compare) = parse(&text) {
                let mut bytes = Vec::new();
                compare.encode(&mut bytes);
                prop_assert_eq!(ByteCompare::decode(&bytes), Some(compare));
            }
        }

        #[test]
        fn any_bytes_are_taken(bytes: Vec<u8>, field in proptest::collection::vec(any::<u8>(), 24)) {
            let _ = ByteCompare::parse(&bytes);
            if let Some(compare) = ByteCompare::decode(&bytes) {
                compare.evaluate(9, &|_, size| field.iter().copied().cycle().take(size).collect());
            }
        }
    }
}
