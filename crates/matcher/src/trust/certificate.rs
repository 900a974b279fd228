//! `.crb` lines: certificates that make a signed program trusted or blocked.
//!
//! `Name;Trusted;SubjectSHA1;SerialSHA1;Pubkey;Exponent;CodeSign;TimeSign;CertSign;NotBefore;Comment[;MinFL[;MaxFL]]`.
//! As lenient as the peer: a flag is its field's first byte, a number what its leading digits say, the
//! exponent anything, the name too. A key that is no number or 0 is accepted and fits no certificate.

use std::io;

use super::CERTIFICATES;
use crate::hash::unhex;
use crate::image::Writer;
use crate::level::{self, FUNCTIONALITY_LEVEL};
use crate::line::{self, Refusal, malformed};

const TRUSTED: u8 = 1;
const CODE: u8 = 2;
const TIME: u8 = 4;
const CERT: u8 = 8;
const SERIAL: u8 = 16;
const OFFICIAL: u8 = 32;

/// Bytes of a record before modulus and name: flags, not before, subject, serial and two lengths.
const HEAD: usize = 1 + 8 + SHA1 + SHA1 + 2 + 2;
const SHA1: usize = 20;

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateRule<'a> {
    pub name: &'a [u8],
    /// From a signed container.
    pub official: bool,
    /// Trusted or, otherwise, blocked.
    pub trusted: bool,
    pub code_sign: bool,
    pub time_sign: bool,
    pub cert_sign: bool,
    /// Seconds since 1970; what begins to be valid earlier is not meant.
    pub not_before: i64,
    /// SHA-1 of the contents of the subject's name.
    pub subject: [u8; SHA1],
    /// SHA-1 of the contents of the serial number; None means any.
    pub serial: Option<[u8; SHA1]>,
    /// The RSA modulus, big-endian without leading zeros.
    pub modulus: &'a [u8],
}

/// Collects the rules of an image.
#[derive(Default)]
pub struct CertificateBuilder {
    records: Vec<u8>,
}

impl CertificateBuilder {
    /// Adds one line.
    pub fn add_line(&mut self, line: &[u8], official: bool) -> Result<(), Refusal> {
        let fields: Vec<&[u8]> = line.splitn(14, |byte| *byte == b';').collect();
        let &[name, trusted, subject, serial, key, _, code, time, cert, not_before, _, ref levels @ ..] =
            fields.as_slice()
        else {
            return Err(malformed(format!("{} fields", fields.len())));
        };
        if levels.len() > 2 {
            return Err(malformed("more than 13 fields"));
        }
        line::check_level(levels.first().copied(), levels.get(1).copied(), FUNCTIONALITY_LEVEL)?;
        let trusted = flag(trusted, "trusted")?;
        let subject = sha1(subject, "subject")?;
        let serial = if serial.is_empty() { None } else { Some(sha1(serial, "serial")?) };
        let key = modulus(key)?;
        let (code_sign, time_sign) = (flag(code, "code sign")?, flag(time, "time sign")?);
        let cert_sign = flag(cert, "cert sign")?;
        let not_before = level::leading(not_before);
        self.push(&CertificateRule {
            name,
            official,
            trusted,
            code_sign,
            time_sign,
            cert_sign,
            not_before,
            subject,
            serial,
            modulus: &key,
        });
        Ok(())
    }

    /// The rules so far, as they will be in the image.
    pub fn records(&self) -> &[u8] {
        &self.records
    }

    /// Writes the rules into an image.
    pub fn write(&self, writer: &mut Writer) -> io::Result<()> {
        if self.records.is_empty() { Ok(()) } else { writer.section(CERTIFICATES, &self.records) }
    }

    fn push(&mut self, rule: &CertificateRule<'_>) {
        let flags = [
            (rule.trusted, TRUSTED),
            (rule.code_sign, CODE),
            (rule.time_sign, TIME),
            (rule.cert_sign, CERT),
            (rule.serial.is_some(), SERIAL),
            (rule.official, OFFICIAL),
        ];
        let bits = flags.iter().fold(0, |bits, (on, bit)| if *on { bits | bit } else { bits });
        // A line is shorter than 2^16 bytes, and so are its parts.
        let length = |part: &[u8]| u16::try_from(part.len()).unwrap_or(0);
        let (modulus, name) = (length(rule.modulus), length(rule.name));
        self.records.push(bits);
        self.records.extend_from_slice(&rule.not_before.to_le_bytes());
        self.records.extend_from_slice(&rule.subject);
        self.records.extend_from_slice(&rule.serial.unwrap_or_default());
        self.records.extend_from_slice(&modulus.to_le_bytes());
        self.records.extend_from_slice(&name.to_le_bytes());
        self.records.extend_from_slice(rule.modulus.get(..usize::from(modulus)).unwrap_or(&[]));
        self.records.extend_from_slice(rule.name.get(..usize::from(name)).unwrap_or(&[]));
    }
}

/// The rules in `records`, up to the first that is damaged.
pub fn rules(records: &[u8]) -> impl Iterator<Item = CertificateRule<'_>> {
    let mut rest = records;
    std::iter::from_fn(move || {
        let (rule, after) = read(rest)?;
        rest = after;
        Some(rule)
    })
}

fn read(records: &[u8]) -> Option<(CertificateRule<'_>, &[u8])> {
    let (head, rest) = records.split_at_checked(HEAD)?;
    let (&[flags], head) = head.split_first_chunk::<1>()?;
    let (not_before, head) = head.split_first_chunk::<8>()?;
    let (subject, head) = head.split_first_chunk::<SHA1>()?;
    let (serial, head) = head.split_first_chunk::<SHA1>()?;
    let (modulus, name) = head.split_first_chunk::<2>()?;
    let name: &[u8; 2] = name.try_into().ok()?;
    let (modulus, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*modulus)))?;
    let (name, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*name)))?;
    let rule = CertificateRule {
        name,
        official: flags & OFFICIAL != 0,
        trusted: flags & TRUSTED != 0,
        code_sign: flags & CODE != 0,
        time_sign: flags & TIME != 0,
        cert_sign: flags & CERT != 0,
        not_before: i64::from_le_bytes(*not_before),
        subject: *subject,
        serial: (flags & SERIAL != 0).then_some(*serial),
        modulus,
    };
    Some((rule, rest))
}

fn flag(text: &[u8], what: &str) -> Result<bool, Refusal> {
    match text.first() {
        Some(b'0') => Ok(false),
        Some(b'1') => Ok(true),
        _ => Err(malformed(format!("{what} is {}, not 0 or 1", line::shown(text)))),
    }
}

fn sha1(text: &[u8], what: &str) -> Result<[u8; SHA1], Refusal> {
    let mut digest = [0; SHA1];
    match unhex(text, &mut digest) {
        Some(SHA1) => Ok(digest),
        _ => Err(malformed(format!("{what} {} is not 40 hex digits", line::shown(text)))),
    }
}

/// The number that the leading hex digits spell, big-endian without leading zeros; a sign makes it 0.
fn modulus(text: &[u8]) -> Result<Vec<u8>, Refusal> {
    let (sign, text) = text.strip_prefix(b"-").map_or((1, text), |text| (0, text));
    let digits: Vec<u8> = text
        .iter()
        .map_while(|byte| char::from(*byte).to_digit(16))
        .map(|digit| digit as u8 * sign)
        .collect();
    if digits.is_empty() {
        return Err(malformed(format!("public key {} is no hex number", line::shown(text))));
    }
    let (odd, pairs) = digits.split_at(digits.len() % 2);
    let bytes = odd.iter().copied().chain(pairs.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]));
    Ok(bytes.skip_while(|byte| *byte == 0).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBJECT: &str = "000102030405060708090a0b0c0d0e0f10111213";

    fn line(at: usize, value: &str) -> Vec<u8> {
        let mut fields = ["N", "1", SUBJECT, "", "c0ffee", "010001", "1", "0", "1", "", "comment"];
        fields[at] = value;
        fields.join(";").into_bytes()
    }

    fn rule_of(text: &[u8]) -> Result<CertificateBuilder, Refusal> {
        let mut builder = CertificateBuilder::default();
        builder.add_line(text, true).map(|()| builder)
    }

    #[test]
    fn a_rule_comes_back_as_it_was_written() {
        let text = format!("A.B;0;{SUBJECT};{SUBJECT};00C0FFEE;;0;1;0; 17x;;51;255");
        let builder = rule_of(text.as_bytes()).expect("well-formed");
        let read: Vec<_> = rules(builder.records()).collect();
        let subject: [u8; 20] = std::array::from_fn(|at| at as u8);
        let expected = CertificateRule {
            name: b"A.B",
            official: true,
            trusted: false,
            code_sign: false,
            time_sign: true,
            cert_sign: false,
            not_before: 17,
            subject,
            serial: Some(subject),
            modulus: b"\xc0\xff\xee",
        };
        assert_eq!(read, [expected]);
    }

    #[test]
    fn the_peer_refuses_the_same_fields() {
        for (at, good) in [
            (0, "|A (Clam)"),
            (1, "0|01|10|1x"),
            (3, "|000102030405060708090A0B0C0D0E0F10111213"),
            (4, "0|00|1|1z|-1|0x11|1 1"),
            (5, "|zz"),
            (6, "01|10"),
            (9, "|x|-1|0x10| 5|+5|99999999999999999999999"),
            (10, "|c"),
        ] {
            for value in good.split('|') {
                assert!(rule_of(&line(at, value)).is_ok(), "{at} {value:?}");
            }
        }
        for (at, bad) in [
            (1, "|2|x|-1"),
            (2, "|00|zz0102030405060708090a0b0c0d0e0f10111213"),
            (3, "0|00|zz0102030405060708090a0b0c0d0e0f10111213"),
            (4, "|zz|z1| 1"),
            (6, "|2|x"),
            (7, "|2"),
            (8, "|2"),
            (10, "a;b"),
            (10, "c;51;x"),
            (10, "c;51;255;x"),
        ] {
            for value in bad.split('|') {
                assert!(rule_of(&line(at, value)).is_err_and(|why| why.is_malformed()), "{at} {value:?}");
            }
        }
        for other in ["c;999", "c;51;1", "c;51;", "c;999;x"] {
            assert!(rule_of(&line(10, other)).is_err_and(|why| !why.is_malformed()), "{other:?}");
        }
        assert!(rule_of(b"a;1;b").is_err());
    }

    #[test]
    fn damage_ends_the_rules() {
        let builder = rule_of(&line(0, "N")).expect("well-formed");
        for length in 0..builder.records().len() {
            assert_eq!(rules(&builder.records()[..length]).count(), 0);
        }
    }
}
