//! Counts the connections, in total and of each peer.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
};

use prometheus_client::metrics::gauge::Gauge;

/// The places for connections.
#[derive(Clone)]
pub(super) struct Places {
    taken: Arc<Mutex<Taken>>,
    total: usize,
    per_peer: usize,
    /// How many are taken, for the operator.
    count: Gauge,
}

#[derive(Default)]
struct Taken {
    total: usize,
    peers: HashMap<IpAddr, usize>,
}

/// One place, until it is dropped.
pub(super) struct Place {
    places: Places,
    peer: IpAddr,
}

impl Places {
    pub fn new(total: usize, per_peer: usize, count: Gauge) -> Self {
        Self { taken: Arc::default(), total, per_peer, count }
    }

    /// A place for a connection from this address, if there is one.
    pub fn take(&self, address: IpAddr) -> Option<Place> {
        let peer = network(address);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let of_peer = taken.peers.get(&peer).copied().unwrap_or_default();
        if taken.total >= self.total || of_peer >= self.per_peer {
            return None;
        }
        taken.total += 1;
        self.count.inc();
        taken.peers.insert(peer, of_peer + 1);
        Some(Place { places: self.clone(), peer })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.total -= 1;
        self.places.count.dec();
        if let Some(of_peer) = taken.peers.get_mut(&self.peer) {
            *of_peer -= 1;
            if *of_peer == 0 {
                taken.peers.remove(&self.peer);
            }
        }
    }
}

/// What counts as one peer: an IPv4 address, or the 64 bits of an IPv6 address that one customer usually has.
pub(in crate::server) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (!0 << 64)).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_total_and_for_each_peer_and_come_back() {
        let places = Places::new(3, 2, Gauge::default());
        let take = |address: &str| places.take(address.parse().expect("it is an address"));
        let first = take("10.0.0.1").expect("all are free");
        // The same address, as a socket for both families has it.
        let second = take("::ffff:10.0.0.1").expect("the peer may have two");
        assert!(take("10.0.0.1").is_none());
        let other = take("2001:db8::1").expect("one is free");
        assert!(take("10.0.0.2").is_none(), "all are taken");
        drop(first);
        let neighbour = take("2001:db8::2:3").expect("one is free");
        drop(second);
        assert!(take("2001:db8::4").is_none(), "one network, one peer");
        drop((other, neighbour));
        assert!(places.taken.lock().expect("no test panicked").peers.is_empty());
    }
}
