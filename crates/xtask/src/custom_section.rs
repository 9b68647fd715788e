//! Custom sections of WebAssembly modules: bytes under a name that engines pass over.
// From the WebAssembly core specification, binary format, sections 5.2.2 and 5.5.

use std::fmt;

/// What every module of version 1 begins with.
const HEADER: &[u8; 8] = b"\0asm\x01\0\0\0";

/// The id of custom sections.
const CUSTOM: u8 = 0;

/// Why bytes are no module whose sections can be told apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SectionError {
    /// They do not begin as a module does; a component does not either.
    NotAModule,
    /// They end within a section.
    Truncated,
    /// A length is longer than 32 bits.
    LongLength,
    /// The name of a custom section is not UTF-8.
    Name,
}

impl fmt::Display for SectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SectionError::NotAModule => "this is no WebAssembly module",
            SectionError::Truncated => "the module ends within a section",
            SectionError::LongLength => "a length in the module has more than 32 bits",
            SectionError::Name => "the name of a custom section is not UTF-8",
        })
    }
}

impl std::error::Error for SectionError {}

/// The module with one section of a name, at its end; those of that name before are dropped.
///
/// # Errors
/// The bytes are no module.
pub fn replace(module: &[u8], name: &str, content: &[u8]) -> Result<Vec<u8>, SectionError> {
    let mut new = HEADER.to_vec();
    for section in sections(module)? {
        if section.name != Some(name) {
            new.extend_from_slice(section.whole);
        }
    }
    let mut payload = Vec::with_capacity(name.len() + content.len() + 5);
    write_length(name.len(), &mut payload)?;
    payload.extend_from_slice(name.as_bytes());
    payload.extend_from_slice(content);
    new.push(CUSTOM);
    write_length(payload.len(), &mut new)?;
    new.append(&mut payload);
    Ok(new)
}

/// What is in each section of a name, in the module's order.
///
/// # Errors
/// The bytes are no module.
pub fn contents<'a>(module: &'a [u8], name: &str) -> Result<Vec<&'a [u8]>, SectionError> {
    let sections = sections(module)?.into_iter();
    let named = sections.filter(|section| section.name == Some(name));
    Ok(named.map(|section| section.content).collect())
}

/// A section of a module.
struct Section<'a> {
    /// With id and length.
    whole: &'a [u8],
    /// The name of a custom section; `None` for any other.
    name: Option<&'a str>,
    /// What follows the length, and the name if there is one.
    content: &'a [u8],
}

fn sections(module: &[u8]) -> Result<Vec<Section<'_>>, SectionError> {
    let Some(mut rest) = module.strip_prefix(HEADER) else {
        return Err(SectionError::NotAModule);
    };
    let mut sections = Vec::new();
    while let Some((id, after_id)) = rest.split_first() {
        let (payload, after) = counted(after_id)?;
        let (name, content) = match *id {
            CUSTOM => {
                let (name, content) = counted(payload)?;
                let name = std::str::from_utf8(name).map_err(|_| SectionError::Name)?;
                (Some(name), content)
            }
            _ => (None, payload),
        };
        let whole = &rest[..rest.len() - after.len()];
        sections.push(Section {
            whole,
            name,
            content,
        });
        rest = after;
    }
    Ok(sections)
}

/// The bytes that a length counts, and what follows them.
fn counted(bytes: &[u8]) -> Result<(&[u8], &[u8]), SectionError> {
    let (length, rest) = read_length(bytes)?;
    rest.split_at_checked(length).ok_or(SectionError::Truncated)
}

/// A length in LEB128, and what follows it.
fn read_length(bytes: &[u8]) -> Result<(usize, &[u8]), SectionError> {
    let mut length = 0_u64;
    for (byte_idx, byte) in bytes.iter().enumerate() {
        length |= u64::from(byte & 0x7f) << (7 * byte_idx);
        if byte & 0x80 == 0 {
            let length = u32::try_from(length).map_err(|_| SectionError::LongLength)?;
            let length = usize::try_from(length).map_err(|_| SectionError::LongLength)?;
            return Ok((length, &bytes[byte_idx + 1..]));
        }
        // Five bytes of seven bits hold 32.
        if byte_idx == 4 {
            return Err(SectionError::LongLength);
        }
    }
    Err(SectionError::Truncated)
}

/// Writes a length in LEB128, in as few bytes as it takes.
fn write_length(length: usize, to: &mut Vec<u8>) -> Result<(), SectionError> {
    let mut length = u32::try_from(length).map_err(|_| SectionError::LongLength)?;
    loop {
        let [low, ..] = length.to_le_bytes();
        length >>= 7;
        if length == 0 {
            to.push(low & 0x7f);
            return Ok(());
        }
        to.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &[u8] = HEADER;

    #[test]
    fn lengths_take_as_few_bytes_as_they_need() {
        for (length, expected) in [
            (0, &[0_u8][..]),
            (0x7f, &[0x7f]),
            (0x80, &[0x80, 0x01]),
            (0x3fff, &[0xff, 0x7f]),
            (0x4000, &[0x80, 0x80, 0x01]),
            (624_485, &[0xe5, 0x8e, 0x26]),
            (0xffff_ffff, &[0xff, 0xff, 0xff, 0xff, 0x0f]),
        ] {
            let mut bytes = Vec::new();
            write_length(length, &mut bytes).expect("it has 32 bits");
            assert_eq!(bytes, expected, "{length}");
            bytes.push(7);
            assert_eq!(read_length(&bytes), Ok((length, &[7][..])));
        }
        // Linkers leave room for any length.
        assert_eq!(read_length(&[0x85, 0x80, 0x80, 0x80, 0]), Ok((5, &[][..])));
        for (bytes, expected) in [
            (&[][..], SectionError::Truncated),
            (&[0x80], SectionError::Truncated),
            (&[0xff, 0xff, 0xff, 0xff, 0x10], SectionError::LongLength),
            (&[0x80, 0x80, 0x80, 0x80, 0x80, 0], SectionError::LongLength),
        ] {
            assert_eq!(read_length(bytes), Err(expected), "{bytes:?}");
        }
        assert_eq!(
            write_length(0x1_0000_0000, &mut Vec::new()),
            Err(SectionError::LongLength)
        );
    }

    #[test]
    fn a_section_is_written_once() {
        let short = replace(EMPTY, "a", b"12").expect("it is a module");
        assert_eq!(short, b"\0asm\x01\0\0\0\0\x04\x01a12");
        let long = vec![7; 300];
        let both = replace(&short, "b", &long).expect("it is a module");
        assert!(both.starts_with(&short));
        assert_eq!(both[short.len()..][..5], [0, 0xae, 0x02, 1, b'b']);
        assert_eq!(contents(&both, "b"), Ok(vec![&long[..]]));
        let again = replace(&both, "a", b"3").expect("it is a module");
        assert_eq!(contents(&again, "a"), Ok(vec![&b"3"[..]]));
        assert_eq!(contents(&again, "b"), Ok(vec![&long[..]]));
        assert_eq!(contents(&again, "c"), Ok(Vec::new()));
        // A module that somebody gave two of them keeps neither.
        let twice = [&short, &short[8..]].concat();
        assert_eq!(contents(&twice, "a").map(|found| found.len()), Ok(2));
        assert_eq!(replace(&twice, "a", b"12"), Ok(short));
    }

    #[test]
    fn other_sections_stay_as_they_are() {
        // A memory section whose length takes more bytes than it needs, and a start section.
        let rest = b"\x05\x83\x80\0\x01\0\x01\x08\x01\0";
        let module = [EMPTY, rest].concat();
        let new = replace(&module, "a", b"").expect("it is a module");
        assert_eq!(new, [&module, &b"\0\x02\x01a"[..]].concat());
    }

    #[test]
    fn what_is_no_module_is_refused() {
        for (module, expected) in [
            (&b""[..], SectionError::NotAModule),
            (b"\0asm\x0d\0\x01\0", SectionError::NotAModule),
            (b"\0asm\x01\0\0\0\x05", SectionError::Truncated),
            (b"\0asm\x01\0\0\0\x05\x02\0", SectionError::Truncated),
            (b"\0asm\x01\0\0\0\0\x02\x02a", SectionError::Truncated),
            (b"\0asm\x01\0\0\0\0\x02\x01\xff", SectionError::Name),
        ] {
            assert_eq!(replace(module, "a", b""), Err(expected), "{module:?}");
        }
    }
}
