//! Which kinds of platform behave alike.

/// A group of platforms that rules and frame clean-up treat alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// Everything that is neither of the others.
    Other,
    /// C, C++, Objective-C, Swift and what else runs without a virtual machine.
    Native,
    /// Browsers and Node.js.
    JavaScript,
}

impl Family {
    /// The family of a platform as SDKs name it.
    pub(super) fn of(platform: &str) -> Self {
        match platform {
            "objc" | "cocoa" | "swift" | "native" | "c" => Family::Native,
            "javascript" | "node" => Family::JavaScript,
            _ => Family::Other,
        }
    }

    pub(super) fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// The families that a matcher names, as in `family:native,javascript`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Families(u8);

impl Families {
    pub(super) const ALL: Families = Families(0b111);

    /// Reads a comma-separated list; names it does not know match nothing.
    pub(super) fn parse(list: &str) -> Self {
        Families(list.split(',').fold(0, |bits, name| {
            bits | match name.trim() {
                "other" => Family::Other.bit(),
                "native" => Family::Native.bit(),
                "javascript" => Family::JavaScript.bit(),
                "all" => Self::ALL.0,
                _ => 0,
            }
        }))
    }

    pub(super) fn contains(self, family: Family) -> bool {
        self.0 & family.bit() != 0
    }
}
