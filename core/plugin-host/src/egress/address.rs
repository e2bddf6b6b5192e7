//! Which addresses plugins may reach: the public ones, and the networks that an admin opened.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::options::Network;

/// Credentials of the machine itself, for whoever asks: no grant opens these.
const METADATA: [IpAddr; 4] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

/// IPv4 networks that are not the public Internet (IANA special-purpose registry): address and prefix length.
const SPECIAL_V4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 31, 196, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// IPv6 networks within 2000::/3 that are not the public Internet, or that hide an IPv4 address (6to4, Teredo).
const SPECIAL_V6: [(Ipv6Addr, u32); 5] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// What an address is to a plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// On the Internet.
    Public,
    /// In a network that an admin opened.
    Granted,
    /// Out of reach.
    Denied,
}

/// The networks that an admin opened.
#[derive(Clone, Debug, Default)]
pub(crate) struct AddressPolicy {
    granted: Vec<Network>,
}

impl AddressPolicy {
    /// Opens `granted` besides the Internet.
    pub(crate) fn new(granted: Vec<Network>) -> Self {
        AddressPolicy { granted }
    }

    /// Where an address stands.
    pub(crate) fn standing(&self, address: IpAddr) -> Standing {
        let address = address.to_canonical();
        if METADATA.contains(&address) || address.is_unspecified() || address.is_multicast() {
            return Standing::Denied;
        }
        if self.granted.iter().any(|network| network.contains(&address)) {
            return Standing::Granted;
        }
        let is_public = match address {
            IpAddr::V4(address) => is_public_v4(address),
            IpAddr::V6(address) => is_public_v6(address),
        };
        if is_public {
            Standing::Public
        } else {
            Standing::Denied
        }
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let within =
        |(network, prefix): &(Ipv4Addr, u32)| (address.to_bits() ^ network.to_bits()) >> (32 - prefix) == 0;
    !SPECIAL_V4.iter().any(within)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    // Outside 2000::/3 lie loopback, link-local, unique local, multicast, NAT64 and whatever comes next.
    let is_global_unicast = address.segments()[0] & 0xe000 == 0x2000;
    let within =
        |(network, prefix): &(Ipv6Addr, u32)| (address.to_bits() ^ network.to_bits()) >> (128 - prefix) == 0;
    is_global_unicast && !SPECIAL_V6.iter().any(within)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(policy: &AddressPolicy, address: &str) -> Standing {
        policy.standing(address.parse().expect("an address"))
    }

    #[test]
    fn the_internet_is_open() {
        let policy = AddressPolicy::default();
        for address in ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8"] {
            assert_eq!(standing(&policy, address), Standing::Public, "{address}");
        }
    }

    #[test]
    fn what_is_not_the_internet_is_closed() {
        let policy = AddressPolicy::default();
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.8.8.8",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.168.1.1",
            "198.19.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:a9fe:a9fe",
            "::7f00:1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert_eq!(standing(&policy, address), Standing::Denied, "{address}");
        }
    }

    #[test]
    fn a_grant_opens_its_network_but_never_the_metadata_service() {
        let granted = ["127.0.0.0/8", "169.254.0.0/16", "0.0.0.0/0", "::/0"];
        let granted = granted
            .iter()
            .map(|text| text.parse().expect("a network"))
            .collect();
        let policy = AddressPolicy::new(granted);
        for address in ["127.0.0.1", "::ffff:127.0.0.1", "10.1.2.3", "fe80::1"] {
            assert_eq!(standing(&policy, address), Standing::Granted, "{address}");
        }
        for address in [
            "169.254.169.254",
            "::ffff:169.254.169.254",
            "fd00:ec2::254",
            "0.0.0.0",
            "ff02::1",
        ] {
            assert_eq!(standing(&policy, address), Standing::Denied, "{address}");
        }
    }
}
