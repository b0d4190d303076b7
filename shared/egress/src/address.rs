//! Which addresses are the public internet. Everything that is not is ours, our host's, or nobody's, and a merchant's
//! server is none of these.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::policy::Policy;

/// The ranges of IPv4 that are refused: those that the [IANA registry] does not call globally reachable, and multicast.
/// The few public ones inside 192.0.0.0/24 are services of networks, never of merchants.
///
/// [IANA registry]: https://www.iana.org/assignments/iana-ipv4-special-registry
const REFUSED_V4: [(Ipv4Addr, u32); 16] = [
    // This network; Linux takes 0.0.0.0 for loopback.
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    // Private.
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    // Shared by carriers; clouds put their own services here too.
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    // Loopback.
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Link-local, and with it the metadata of clouds.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    // Private.
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    // Assignments of the IETF's protocols.
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    // Documentation.
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    // Relays of 6to4, withdrawn.
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    // Private.
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    // Benchmarks of networks.
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    // Documentation.
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // The metadata of one large cloud, in the middle of public space.
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    // Multicast.
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    // Reserved, and broadcast at its end.
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// All of public IPv6 is in here; outside are ::, ::1, the v4-compatible, 64:ff9b:1::/48, 100::/64, 5f00::/16, fc00::/7,
/// fe80::/10, fec0::/10, ff00::/8 and what nobody has been given. So a range that is invented tomorrow is refused today.
const GLOBAL_UNICAST: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// The ranges inside [`GLOBAL_UNICAST`] that are refused all the same, as the [IANA registry] has them.
///
/// [IANA registry]: https://www.iana.org/assignments/iana-ipv6-special-registry
const REFUSED_V6: [(Ipv6Addr, u32); 3] = [
    // Assignments of the IETF's protocols; in them Teredo, which wraps an IPv4 address, and benchmarks.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    // Documentation.
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Ranges that wrap a v4 address which a gateway of the network unwraps. The first is what a network without v4 gives for
/// every merchant that has only v4, so it cannot be refused as a whole.
const NAT64: (Ipv6Addr, u32) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);
const SIX_TO_FOUR: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16);

/// Whether this address may be connected to.
pub fn judge(ip: IpAddr, policy: Policy) -> bool {
    match ip {
        IpAddr::V4(ip) => judge_v4(ip, policy),
        IpAddr::V6(ip) => judge_v6(ip, policy),
    }
}

fn judge_v4(ip: Ipv4Addr, policy: Policy) -> bool {
    (ip.is_loopback() && policy.allows_loopback()) || is_public_v4(ip)
}

fn judge_v6(ip: Ipv6Addr, policy: Policy) -> bool {
    if let Some(inner) = ip.to_ipv4_mapped() {
        return judge_v4(inner, policy);
    }
    let [_, first, second, .., before_last, last] = ip.segments();
    // What is unwrapped elsewhere is loopback elsewhere: the switch says nothing about it.
    if within_v6(ip, NAT64) {
        return is_public_v4(joined(before_last, last));
    }
    if within_v6(ip, SIX_TO_FOUR) {
        return is_public_v4(joined(first, second));
    }
    (ip.is_loopback() && policy.allows_loopback())
        || (within_v6(ip, GLOBAL_UNICAST) && !REFUSED_V6.iter().any(|range| within_v6(ip, *range)))
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    !REFUSED_V4.iter().any(|range| within_v4(ip, *range))
}

/// The v4 address that two segments of a v6 one hold.
fn joined(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))
}

fn within_v4(ip: Ipv4Addr, (network, length): (Ipv4Addr, u32)) -> bool {
    (ip.to_bits() ^ network.to_bits()).leading_zeros() >= length
}

fn within_v6(ip: Ipv6Addr, (network, length): (Ipv6Addr, u32)) -> bool {
    (ip.to_bits() ^ network.to_bits()).leading_zeros() >= length
}
