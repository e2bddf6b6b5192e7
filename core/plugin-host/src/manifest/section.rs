//! The manifest within a component's bytes.

use wasmparser::{Encoding, Parser, Payload};

use crate::error::LoadError;

/// The custom section that holds the manifest.
const SECTION: &str = "errand:manifest";

/// A manifest is read by people; more than this is something else.
const MAX_BYTES: usize = 256 << 10;

/// The bytes of the section, wherever the component's tools left it: at the top or in a module within.
///
/// # Errors
/// [`LoadError::NotAComponent`], and [`LoadError::Manifest`] if there are two different ones or a huge one.
pub(crate) fn find(component: &[u8]) -> Result<Option<&[u8]>, LoadError> {
    let mut found: Option<&[u8]> = None;
    let mut is_top = true;
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(|error| LoadError::Invalid(error.to_string()))? {
            Payload::Version { encoding, .. } if is_top => {
                is_top = false;
                if encoding != Encoding::Component {
                    return Err(LoadError::NotAComponent);
                }
            }
            Payload::CustomSection(section) if section.name() == SECTION => {
                if section.data().len() > MAX_BYTES {
                    return Err(LoadError::Manifest(format!("larger than {MAX_BYTES} bytes")));
                }
                if found.is_some_and(|other| other != section.data()) {
                    return Err(LoadError::Manifest("the component holds two of them".to_owned()));
                }
                found = Some(section.data());
            }
            _ => {}
        }
    }
    Ok(found)
}

/// Appends a manifest to a component that has none, as the section that [`crate::PluginHost::load`] looks for.
pub fn embed_manifest(component: Vec<u8>, manifest: &[u8]) -> Vec<u8> {
    append_section(component, SECTION, manifest)
}

/// Appends a custom section.
pub(crate) fn append_section(mut component: Vec<u8>, name: &str, content: &[u8]) -> Vec<u8> {
    let mut section = Vec::with_capacity(content.len() + name.len() + 8);
    leb128(&mut section, name.len());
    section.extend_from_slice(name.as_bytes());
    section.extend_from_slice(content);
    // A custom section: the number 0, its length, its content.
    component.push(0);
    leb128(&mut component, section.len());
    component.append(&mut section);
    component
}

/// A length as WebAssembly writes it: seven bits a byte, the lowest first.
fn leb128(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
