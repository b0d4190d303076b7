//! Ways to write a place of ours so that it does not look like one. Every dial of these tests, wherever to, would end at a
//! listener that counts: nobody may arrive there.

use super::{PUBLIC, Receiver, always, bent, call};
use crate::{Error, LONGEST_URL, Policy, UrlRefused, check_url};

use UrlRefused::{Character, Fragment, Host, NotPublic, Port, Scheme, Unreadable, UserInfo};

/// Refused by reading. The resolver of the test gives every name a public address, so nothing else can save us.
#[rustfmt::skip]
const URLS: [(&str, UrlRefused); 114] = [
    // IPv4 as people, shells and C libraries write it.
    ("https://127.0.0.1/", NotPublic),
    ("https://127.0.0.1:8443/callback?x=1", NotPublic),
    ("https://127.1/", NotPublic),
    ("https://127.0.1/", NotPublic),
    ("https://2130706433/", NotPublic),
    ("https://0x7f000001/", NotPublic),
    ("https://0X7F000001/", NotPublic),
    ("https://0x7f.0.0.1/", NotPublic),
    ("https://0x7f.1/", NotPublic),
    ("https://017700000001/", NotPublic),
    ("https://0177.0.0.1/", NotPublic),
    ("https://00000177.0.0.1/", NotPublic),
    ("https://0177.0x0.0.01/", NotPublic),
    ("https://127.0.0.1./", NotPublic),
    ("https://127.127.127.127/", NotPublic),
    ("https://0/", NotPublic),
    ("https://0x0/", NotPublic),
    ("https://0x/", NotPublic),
    ("https://0.0.0.0/", NotPublic),
    ("https://10.0.0.1/", NotPublic),
    ("https://0xa000001/", NotPublic),
    ("https://167772161/", NotPublic),
    ("https://012.0.0.1/", NotPublic),
    ("https://10.1/", NotPublic),
    ("https://172.16.0.1/", NotPublic),
    ("https://2886729729/", NotPublic),
    ("https://192.168.1/", NotPublic),
    ("https://0xc0a80001/", NotPublic),
    ("https://0300.0250.0.1/", NotPublic),
    ("https://169.254.169.254/latest/meta-data/", NotPublic),
    ("https://2852039166/latest/meta-data/", NotPublic),
    ("https://0xa9fea9fe/", NotPublic),
    ("https://0251.0376.0251.0376/", NotPublic),
    ("https://0xa9.254.0251.254/", NotPublic),
    ("https://169.254.43518/", NotPublic),
    ("https://169.16689662/", NotPublic),
    ("https://100.64.0.1/", NotPublic),
    ("https://100.100.100.200/", NotPublic),
    ("https://168.63.129.16/", NotPublic),
    ("https://192.0.0.192/", NotPublic),
    ("https://198.18.0.1/", NotPublic),
    ("https://203.0.113.1/", NotPublic),
    ("https://224.0.0.1/", NotPublic),
    ("https://255.255.255.255/", NotPublic),
    ("https://4294967295/", NotPublic),
    ("https://240.0.0.1/", NotPublic),
    ("https://4294967296/", Unreadable),
    ("https://127.0.0.256/", Unreadable),
    ("https://127.0.0.0.1/", Unreadable),
    // Signs that turn into digits, dots and letters.
    ("https://%31%32%37.0.0.1/", NotPublic),
    ("https://127%2e0%2E0.1/", NotPublic),
    ("https://127\u{3002}0\u{3002}0\u{3002}1/", NotPublic),
    ("https://127\u{ff0e}0\u{ff61}0.1/", NotPublic),
    ("https://\u{ff11}\u{ff12}\u{ff17}.0.0.1/", NotPublic),
    ("https://①②⑦.⓪.⓪.①/", NotPublic),
    ("https://127.0.0.\u{ad}1/", NotPublic),
    ("https://169.254.\u{200b}169.254/", NotPublic),
    ("https://\u{1d7cf}\u{1d7ce}.0.0.1/", NotPublic),
    // IPv6, and IPv4 inside it.
    ("https://[::1]/", NotPublic),
    ("https://[::1]:8443/", NotPublic),
    ("https://[0:0:0:0:0:0:0:1]/", NotPublic),
    ("https://[0000::0001]/", NotPublic),
    ("https://[::]/", NotPublic),
    ("https://[::ffff:127.0.0.1]/", NotPublic),
    ("https://[::ffff:7f00:1]/", NotPublic),
    ("https://[::FFFF:169.254.169.254]/", NotPublic),
    ("https://[0:0:0:0:0:ffff:a9fe:a9fe]/", NotPublic),
    ("https://[::127.0.0.1]/", NotPublic),
    ("https://[::a9fe:a9fe]/", NotPublic),
    ("https://[::ffff:0:127.0.0.1]/", NotPublic),
    ("https://[64:ff9b::127.0.0.1]/", NotPublic),
    ("https://[64:ff9b::a9fe:a9fe]/", NotPublic),
    ("https://[64:ff9b:1::10.0.0.1]/", NotPublic),
    ("https://[2002:7f00:1::]/", NotPublic),
    ("https://[2002:a9fe:a9fe::1]/", NotPublic),
    ("https://[2001:0:7f00:1::]/", NotPublic),
    ("https://[fe80::1]/", NotPublic),
    ("https://[fe80::1%25eth0]/", Unreadable),
    ("https://[fe80::1%eth0]/", Unreadable),
    ("https://[::1%25lo]/", Unreadable),
    ("https://[fc00::1]/", NotPublic),
    ("https://[fd00:ec2::254]/", NotPublic),
    ("https://[fec0::1]/", NotPublic),
    ("https://[ff02::1]/", NotPublic),
    ("https://[100::1]/", NotPublic),
    ("https://[2001:db8::1]/", NotPublic),
    // Names of this machine and this network.
    ("https://localhost/", NotPublic),
    ("https://LocalHost./", NotPublic),
    ("https://api.localhost/", NotPublic),
    ("https://localhost.localdomain/", NotPublic),
    ("https://ⓛocal\u{200b}host/", NotPublic),
    ("https://metadata.google.internal/", NotPublic),
    ("https://printer.local/", NotPublic),
    ("https://payment:50051/", NotPublic),
    // Hosts that two parsers read in two ways.
    ("https://shop.example.com@127.0.0.1/", UserInfo),
    ("https://shop.example.com:443@127.0.0.1/", UserInfo),
    ("https://@shop.example.com/", UserInfo),
    ("https://:@shop.example.com/", UserInfo),
    ("https://shop.example.com%40127.0.0.1/", Unreadable),
    ("https://shop.example.com\\@127.0.0.1/", Character),
    ("https://127.0.0.1\\.shop.example.com/", Character),
    ("https://127.0.\n0.1/", Character),
    ("\thttps://127.0.0.1/", Character),
    ("https://shop.example.com#@127.0.0.1/", Fragment),
    ("https:127.0.0.1/", Unreadable),
    ("https:///127.0.0.1/", Unreadable),
    ("https:@shop.example.com/?a=://b", Unreadable),
    ("//127.0.0.1/", Unreadable),
    ("https://shop..example.com/", Host),
    // Other schemes and ports.
    ("http://shop.example.com/", Scheme),
    ("file:///etc/passwd", Unreadable),
    ("gopher://shop.example.com:6379/_SET", Scheme),
    ("https://shop.example.com:0/", Port),
    ("https://shop.example.com:65536/", Unreadable),
];

#[tokio::test]
async fn a_disguised_url_is_refused_and_nobody_is_called() {
    let receiver = Receiver::start(|_stream| async {}).await;
    let (egress, detour) = bent(Policy::default(), receiver.address);
    let egress = egress.with_resolver(always(&[PUBLIC]));
    for (url, why) in URLS {
        assert_eq!(check_url(url, Policy::default()), Err(why), "{url}");
        let error = egress.send(call(url)).await.unwrap_err();
        assert!(matches!(error, Error::Url(refused) if refused == why), "{url}: {error:?}");
        assert!(!error.connected(), "{url}");
    }
    assert_eq!((detour.dialled(), receiver.connections()), (vec![], 0));

    // That nobody came proves something only if an honest URL does come.
    let error = egress.send(call("https://shop.example.com/")).await.unwrap_err();
    assert!(error.connected(), "{error:?}");
    assert_eq!((detour.dialled().len(), receiver.connections()), (1, 1));
}

#[tokio::test]
async fn a_name_that_leads_to_a_place_of_ours_is_refused_and_nobody_is_called() {
    #[rustfmt::skip]
    const NAMES: [&[&str]; 22] = [
        &["127.0.0.1"], &["::1"], &["0.0.0.0"], &["::"], &["10.0.0.7"], &["172.20.0.1"], &["192.168.0.1"],
        &["100.64.0.1"], &["169.254.169.254"], &["fd00:ec2::254"], &["fe80::1"], &["::ffff:127.0.0.1"],
        &["::ffff:169.254.169.254"], &["64:ff9b::a9fe:a9fe"], &["2002:7f00:1::"], &["::127.0.0.1"], &["224.0.0.1"],
        // One bad address among good ones, wherever it stands.
        &["127.0.0.1", PUBLIC], &[PUBLIC, "127.0.0.1"], &[PUBLIC, "1.1.1.1", "8.8.8.8", "9.9.9.9", "8.8.4.4", "10.0.0.1"],
        &[PUBLIC, "::1"], &["2606:4700::1111", PUBLIC, "169.254.169.254"],
    ];
    let receiver = Receiver::start(|_stream| async {}).await;
    for addresses in NAMES {
        let (egress, detour) = bent(Policy::default(), receiver.address);
        let egress = egress.with_resolver(always(addresses));
        let error = egress.send(call("https://shop.example.com/")).await.unwrap_err();
        assert!(matches!(error, Error::Address { .. }), "{addresses:?}: {error:?}");
        assert!(!error.connected());
        assert_eq!((detour.dialled(), receiver.connections()), (vec![], 0), "{addresses:?}");
    }
}

#[test]
fn an_honest_url_is_taken_as_it_is() {
    for url in [
        "https://shop.example.com",
        "https://shop.example.com/",
        "HTTPS://Shop.Example.COM:8443/a/b%20c?x=1&y=%2F{z}|`^",
        "https://shop.example.com:80/callback",
        "https://shop.example.com./",
        "https://under_score.example.com/",
        "https://blåbær.example.no/ordre/å?navn=Ærlig",
        "https://xn--blbr-roah.example.no/",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]:8443/",
        "https://shop.example.com/@handle?mail=a@b",
        "https://localhost.example.com/",
        "https://mylocal.no/",
    ] {
        assert_eq!(check_url(url, Policy::default()), Ok(()), "{url}");
    }
}

#[test]
fn a_url_has_a_longest_length() {
    let url = |length: usize| format!("https://shop.example.com/{}", "a".repeat(length - 25));
    assert_eq!(check_url(&url(LONGEST_URL), Policy::default()), Ok(()));
    assert_eq!(check_url(&url(LONGEST_URL + 1), Policy::default()), Err(UrlRefused::TooLong));
}

#[cfg(feature = "sandbox")]
#[test]
fn the_switch_takes_http_and_loopback_and_nothing_else() {
    let policy = Policy { loopback: crate::Loopback::Allowed };
    for url in [
        "http://localhost:3000/",
        "http://127.0.0.1:3000/",
        "https://[::1]:3000/",
        "http://shop.example.com/",
        "http://shop/",
    ] {
        assert_eq!(check_url(url, policy), Ok(()), "{url}");
    }
    for url in [
        "http://169.254.169.254/",
        "http://0xa9fea9fe/",
        "http://[::ffff:169.254.169.254]/",
        "http://10.0.0.1/",
        "http://192.168.1/",
        "http://0/",
        "http://[::]/",
        "http://[::127.0.0.1]/",
        "http://[2002:7f00:1::]/",
        "http://[64:ff9b::127.0.0.1]/",
        "http://[fd00::1]/",
        "http://[fe80::1]/",
    ] {
        assert_eq!(check_url(url, policy), Err(NotPublic), "{url}");
    }
    assert_eq!(check_url("ftp://localhost/", policy), Err(Scheme));
    assert_eq!(check_url("http://user@localhost/", policy), Err(UserInfo));
    assert_eq!(check_url("http://localhost:0/", policy), Err(Port));
}
