//! Addresses that a hook may and may not have.

use std::net::IpAddr;

use notify::{Forbidden, Network, check_addresses};

fn check(addresses: &[&str], allowed: &[&str]) -> Result<(), Forbidden> {
    let addresses: Vec<IpAddr> = addresses.iter().map(|text| text.parse().unwrap()).collect();
    let allowed: Vec<Network> = allowed.iter().map(|text| text.parse().unwrap()).collect();
    check_addresses(&addresses, &allowed)
}

#[test]
fn only_public_addresses_are_called() {
    for public in
        ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::808:808"]
    {
        assert_eq!(check(&[public], &[]), Ok(()), "{public}");
    }
    for private in [
        "127.0.0.1",
        "127.255.255.254",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "192.0.0.8",
        "192.0.2.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::",
        "2001::1",
        "2001:db8::1",
        "3fff::1",
        "100::1",
        "fd00:ec2::254",
    ] {
        assert!(check(&[private], &[]).is_err(), "{private}");
    }
}

#[test]
fn one_private_address_among_many_is_enough() {
    assert!(check(&["8.8.8.8", "127.0.0.1"], &[]).is_err());
    assert_eq!(check(&[], &[]), Err(Forbidden::NoAddress));
}

#[test]
fn operators_may_allow_networks() {
    assert_eq!(check(&["10.1.2.3"], &["10.1.0.0/16"]), Ok(()));
    assert!(check(&["10.2.2.3"], &["10.1.0.0/16"]).is_err());
    assert_eq!(check(&["::ffff:10.1.2.3"], &["10.1.0.0/16"]), Ok(()));
    assert_eq!(check(&["fd00::5", "127.0.0.1"], &["fd00::/8", "127.0.0.1"]), Ok(()));
    assert!(check(&["fd00::5"], &["0.0.0.0/0"]).is_err());
    for broken in ["", "10.0.0.0/33", "fd00::/129", "x/8", "10.0.0.0/", "10.0.0.0/-1"] {
        assert!(broken.parse::<Network>().is_err(), "{broken}");
    }
}
