//! Which addresses are on the public internet. Without this check, a feed or a redirect could make the program read what only its
//! own machine or network can reach, such as the metadata service of a cloud.
//!
//! An address is checked where the connection is made: names go through [`PublicOnly`], so a name that leads elsewhere at the
//! second look is caught as well; an address in place of a name meets no resolver and is checked by [`check`].

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::{FetchCause, FetchError};

/// Networks of IPv4 that are not public, with the lengths of their prefixes (IANA, IPv4 Special-Purpose Address Registry).
const SPECIAL_V4: [(Ipv4Addr, u32); 15] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Multicast, and all after it.
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// A name leads only to addresses that are not public.
#[derive(Debug, thiserror::Error)]
#[error("it leads to an address that is not on the public internet")]
pub(super) struct NotPublic;

/// Resolves names, without the addresses that are not public.
pub(super) struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // The client sets the port.
            let all = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = all.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(NotPublic.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Refuses what is not HTTP and, unless it is allowed, an address in place of a name that is not public.
pub(in crate::feed) fn check(url: &Url, private: bool) -> Result<(), FetchError> {
    let cause = match url.host() {
        _ if !matches!(url.scheme(), "http" | "https") => FetchCause::Scheme,
        Some(Host::Ipv4(address)) if !private && !is_public(address.into()) => FetchCause::Private,
        Some(Host::Ipv6(address)) if !private && !is_public(address.into()) => FetchCause::Private,
        _ => return Ok(()),
    };
    Err(FetchError::new(url, cause))
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let address = u32::from(address);
    !SPECIAL_V4.iter().any(|(network, prefix)| (address ^ u32::from(*network)) >> (32 - prefix) == 0)
}

/// Global unicast (2000::/3) without the parts that are for other uses (IANA, IPv6 Special-Purpose Address Registry). An address
/// that stands for one of IPv4 is as public as that.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let v4 = |at: usize| is_public_v4(((u32::from(segments[at]) << 16) | u32::from(segments[at + 1])).into());
    match segments {
        // Mapped (::ffff:0:0/96), and the translation of NAT64 (64:ff9b::/96).
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => v4(6),
        // 6to4.
        [0x2002, ..] => v4(1),
        // Protocol assignments with Teredo (2001::/23), documentation (2001:db8::/32, 3fff::/20).
        [0x2001, 0..0x200, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..0x1000, ..] => false,
        [first, ..] => first >> 13 == 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_public_internet_pass() {
        let public = [
            "1.1.1.1",
            "9.255.255.255",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700::1",
            "2001:200::1",
            "::ffff:1.1.1.1",
            "64:ff9b::1.1.1.1",
            "2002:101:101::1",
        ];
        let private = [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:10.1.2.3",
            "64:ff9b::192.168.1.1",
            "64:ff9b:1::1.1.1.1",
            "100::1",
            "2001::1",
            "2001:1ff::1",
            "2001:db8::1",
            "2002:a00:1::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fdff::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ];
        for (addresses, expected) in [(&public[..], true), (&private[..], false)] {
            for address in addresses {
                assert_eq!(is_public(address.parse().unwrap()), expected, "{address}");
            }
        }
    }

    #[test]
    fn an_address_is_found_in_each_way_to_write_it() {
        let check = |url: &str| check(&url.parse().unwrap(), false).map_err(|error| error.cause);
        for host in ["127.0.0.1", "127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1", "127.0.0.1.", "[::1]"] {
            assert_eq!(check(&format!("http://{host}:8080/feed")), Err(FetchCause::Private), "{host}");
        }
        assert_eq!(check("http://[::ffff:a9fe:a9fe]/latest"), Err(FetchCause::Private));
        assert_eq!(check("ftp://example.com/feed"), Err(FetchCause::Scheme));
        assert_eq!(check("file:///etc/passwd"), Err(FetchCause::Scheme));
        assert_eq!(check("https://1.1.1.1/feed"), Ok(()));
        assert_eq!(check("https://example.com/feed"), Ok(()));
    }
}
