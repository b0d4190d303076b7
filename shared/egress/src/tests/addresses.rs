//! The table of addresses, edge by edge.

use super::ip;
use crate::{Policy, judge};

#[rustfmt::skip]
/// First, last and typical address of every refused range.
const REFUSED: [&str; 88] = [
    "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "100.100.100.200",
    "127.0.0.1", "127.255.255.255", "169.254.0.0", "169.254.169.254", "169.254.255.255", "172.16.0.0",
    "172.31.255.255", "192.0.0.0", "192.0.0.192", "192.0.0.255", "192.0.2.1", "192.88.99.1", "192.168.0.0",
    "192.168.255.255", "198.18.0.0", "198.19.255.255", "198.51.100.7", "203.0.113.7", "168.63.129.16", "224.0.0.0",
    "239.255.255.255", "240.0.0.0", "255.255.255.254", "255.255.255.255",
    "::", "::1", "::2", "::7f00:1", "::a9fe:a9fe", "::808:808", "::ffff:0.0.0.0", "::ffff:10.0.0.1",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:192.168.0.1", "::ffff:255.255.255.255",
    "::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8", "64:ff9b::", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
    "64:ff9b::10.0.0.1", "64:ff9b::1:808:808", "64:ff9b:1::", "64:ff9b:1::808:808", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
    "100::", "100::ffff:ffff:ffff:ffff", "100:0:0:1::1", "200::1", "400::1", "1000::1", "1fff:ffff::",
    "2001::", "2001:0:808:808::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
    "2001:db8::", "2001:db8:ffff::1", "2002::", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:c0a8:1::1",
    "2002:a00:1::1", "3fff::", "3fff:fff::1", "4000::1", "5f00::1", "8000::1", "a000::1", "e000::1", "fc00::",
    "fd00:ec2::254", "fdff:ffff::1", "fe80::1", "febf:ffff::1", "fec0::1", "ff02::1",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
];

#[rustfmt::skip]
/// The neighbours of the refused ranges, and addresses of the public internet as they are.
const PUBLIC: [&str; 36] = [
    "1.0.0.0", "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
    "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0",
    "192.0.3.0", "192.88.98.255", "192.88.100.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
    "198.51.99.255", "203.0.114.0", "168.63.129.15", "168.63.129.17", "223.255.255.255",
    "::ffff:8.8.8.8", "64:ff9b::808:808", "2000::1", "2001:200::1", "2001:4860:4860::8888", "2002:808:808::1",
    "2606:4700::1111", "2a00:1450:400f::1", "3ffe::1",
];

#[test]
fn an_address_outside_the_public_internet_is_refused() {
    for address in REFUSED {
        assert!(!judge(ip(address), Policy::default()), "{address}");
    }
}

#[test]
fn an_address_of_the_public_internet_may_be_reached() {
    for address in PUBLIC {
        assert!(judge(ip(address), Policy::default()), "{address}");
    }
}

#[cfg(feature = "sandbox")]
#[test]
fn the_switch_opens_loopback_and_nothing_else() {
    const LOOPBACK: [&str; 5] = ["127.0.0.1", "127.255.255.255", "127.0.0.53", "::1", "::ffff:127.0.0.1"];
    let policy = Policy { loopback: crate::Loopback::Allowed };
    for address in LOOPBACK.into_iter().chain(PUBLIC) {
        assert!(judge(ip(address), policy), "{address}");
    }
    for address in REFUSED.into_iter().filter(|address| !LOOPBACK.contains(address)) {
        assert!(!judge(ip(address), policy), "{address}");
    }
}
