//! `.pwdb`: passwords to try on encrypted archives.
//!
//! `Name;TargetDescriptionBlock;StorageType;Password`; storage type 0 is the password itself, 1 is hex. What
//! follows a further semicolon does not count. The whole line is kept.

use crate::hash::line::unhex;
use crate::level::FUNCTIONALITY_LEVEL;
use crate::line::{Refusal, digits, malformed, shown, skipped};
use crate::logical::{ANY_TYPE, Tdb};
use crate::magic::FileTypes;

/// Types of archives that passwords may be for.
const CONTAINERS: [&[u8]; 2] = [b"CL_TYPE_ZIP", b"CL_TYPE_RAR"];

pub(super) fn read<'a>(
    line: &'a [u8],
    types: &FileTypes,
    ignored: &dyn Fn(&[u8]) -> bool,
) -> Result<&'a [u8], Refusal> {
    let fields: Vec<&[u8]> = line.splitn(5, |byte| *byte == b';').collect();
    let &[name, block, storage, password, ..] = fields.as_slice() else {
        return Err(malformed(format!("{} of 4 fields", fields.len())));
    };
    if ignored(name) {
        return Err(skipped("named by an ignore list"));
    }
    // A password is for any layer, whatever the line says.
    let block = Tdb::parse(&[block, b",Target:0"].concat(), FUNCTIONALITY_LEVEL, types)?;
    let allowed = |kind| CONTAINERS.iter().any(|name| types.number(name) == Some(kind)) || kind == ANY_TYPE;
    if !block.container.is_none_or(allowed) {
        return Err(malformed("passwords are for ZIP and RAR archives only"));
    }
    match digits(storage) {
        Some(0) => Ok(line),
        Some(1) => {
            let mut bytes = vec![0; password.len() / 2];
            unhex(password, &mut bytes).map(|_| line).ok_or_else(|| malformed("the password is no hex"))
        }
        Some(other) => Err(skipped(format!("unknown storage type {other}"))),
        None => Err(malformed(format!("storage type {} is no number", shown(storage)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_load_as_in_clamav() {
        let names = ["CL_TYPE_ANY", "CL_TYPE_ZIP", "CL_TYPE_RAR", "CL_TYPE_PDF"];
        let types = FileTypes::new(&names.map(String::from));
        let verdict = |text: &str| match read(text.as_bytes(), &types, &|name| name == b"gone") {
            Ok(_) => '+',
            Err(Refusal::Malformed(_)) => '-',
            Err(Refusal::Skipped(_)) => '~',
        };
        for (expected, line) in [
            ('+', "n;Engine:51-255;0;pass"),
            ('+', "n;Engine:51-255;1;70617373"),
            ('+', "n;Engine:51-255;1;"),
            ('+', "n;Engine:51-255;0;"),
            ('+', "n;Engine:51-255;;pass"),
            ('+', "n;Engine:51-255;00;pass"),
            ('+', ";Engine:51-255;0;pass"),
            ('+', "n;Engine:51-255;0;a;b"),
            ('+', "n;Target:1;0;p"),
            ('+', "n;Engine:51-255,Container:CL_TYPE_ZIP;0;p"),
            ('+', "n;Engine:51-255,Container:CL_TYPE_RAR;0;p"),
            ('+', "n;Engine:51-255,Container:CL_TYPE_ANY;0;p"),
            ('+', "n;Engine:51-255,FileSize:1-5;0;p"),
            ('~', "n;Engine:51-255;2;pass"),
            ('~', "n;Engine:51-255;10;pass"),
            ('~', "n;Engine:300-400;0;pass"),
            ('~', "n;Engine:51-255,Container:CL_TYPE_FOO;0;p"),
            ('~', "n;Engine:51-255,Foo:1;0;p"),
            ('~', "gone;Engine:51-255;0;p"),
            ('-', ""),
            ('-', "n"),
            ('-', "n;;0;pass"),
            ('-', "n;Engine:51-255;0"),
            ('-', "n;Engine:51-255;1;7061737"),
            ('-', "n;Engine:51-255;1;zz"),
            ('-', "n;Engine:51-255;a;pass"),
            ('-', "n;Engine:51-255;-1;p"),
            ('-', "n;Engine:51-255,Container:CL_TYPE_PDF;0;p"),
            ('-', "n;Container:CL_TYPE_ZIP;0;p"),
            ('-', "n;Engine:51-255,EntryPoint:1-2;0;p"),
            ('-', "n;Engine:51;0;p"),
        ] {
            assert_eq!(verdict(line), expected, "{line}");
        }
    }
}
