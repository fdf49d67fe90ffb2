//! Connections to names: resolve once, check, and call what was checked.

use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use notify::{Forbidden, Network, check_addresses};
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Addresses of one name that are tried.
const ADDRESSES_MAX: usize = 4;
/// How long an address is waited for before the next one is tried beside it. Source: RFC 8305, section 5.
const HEAD_START: Duration = Duration::from_millis(250);

/// The addresses of a name.
pub type Found<'n> = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'n>>;

/// Who knows the addresses of names: the machine, or a test's idea of it.
pub trait Names: Debug + Send + Sync {
    /// The addresses of that host, with that port.
    fn resolve<'n>(&'n self, host: &'n str, port: u16) -> Found<'n>;
}

/// The machine's resolver.
#[derive(Debug)]
struct System;

impl Names for System {
    fn resolve<'n>(&'n self, host: &'n str, port: u16) -> Found<'n> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
    }
}

/// Why there is no connection.
#[derive(Debug, Error)]
pub enum DialError {
    /// The name has no addresses.
    #[error("{cause}")]
    Name {
        /// The name.
        host: String,
        /// What the resolver said.
        #[source]
        cause: io::Error,
    },
    /// An address must not be called.
    #[error("{0}")]
    Forbidden(#[from] Forbidden),
    /// None of its addresses answers; what the last one said.
    #[error("{0}")]
    Connect(#[source] io::Error),
}

/// Calls public addresses only, and those of networks that an operator allows.
#[derive(Debug)]
pub struct Dialer {
    allowed: Vec<Network>,
    names: Arc<dyn Names>,
}

impl Dialer {
    /// `allowed` are networks that may be called though they are not public.
    pub fn new(allowed: Vec<Network>) -> Self {
        Self::with_names(allowed, Arc::new(System))
    }

    /// The same, with addresses from there.
    pub fn with_names(allowed: Vec<Network>, names: Arc<dyn Names>) -> Self {
        Self { allowed, names }
    }

    /// Connects to a host: a name, or an address without brackets. A name is resolved once: what is
    /// checked is what is called.
    ///
    /// # Errors
    /// [`DialError`]. It may take as long as the system's patience with an address; whoever calls has a
    /// limit of their own.
    pub async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, DialError> {
        let addresses = if let Ok(address) = host.parse::<IpAddr>() {
            vec![SocketAddr::new(address, port)]
        } else {
            let wrong = |cause| DialError::Name { host: host.to_owned(), cause };
            self.names.resolve(host, port).await.map_err(wrong)?
        };
        let ips: Vec<IpAddr> = addresses.iter().map(SocketAddr::ip).collect();
        check_addresses(&ips, &self.allowed)?;
        reach(&addresses).await.map_err(DialError::Connect)
    }
}

/// Connects to a host that an operator named, wherever it is.
pub(crate) async fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    reach(&System.resolve(host, port).await?).await
}

/// Connects to the first of these addresses that answers. Each gets a head start before the next is tried
/// beside it: an address that swallows everything, as IPv6 where nobody routes it, costs a moment only.
async fn reach(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut problem = io::Error::from(io::ErrorKind::AddrNotAvailable);
    let mut tries = JoinSet::new();
    let mut left = in_turn(addresses).into_iter().take(ADDRESSES_MAX);
    loop {
        let mut patience = Duration::MAX;
        if let Some(address) = left.next() {
            patience = HEAD_START;
            tries.spawn(async move {
                let connected = TcpStream::connect(address).await;
                connected.map_err(|it| io::Error::new(it.kind(), format!("{address}: {it}")))
            });
        }
        // Where one has failed at once, the next one's turn comes at once.
        match timeout(patience, tries.join_next()).await {
            Err(_) => {}
            Ok(None) => return Err(problem),
            Ok(Some(Ok(Ok(stream)))) => return Ok(stream),
            Ok(Some(Ok(Err(cause)))) => problem = cause,
            Ok(Some(Err(cause))) => problem = io::Error::other(cause),
        }
    }
}

/// The families in turn, beginning with the first one's: the addresses that are tried are not all of one.
fn in_turn(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let is_first = |address: &SocketAddr| {
        addresses.first().is_some_and(|first| first.is_ipv4() == address.is_ipv4())
    };
    let (first, other): (Vec<SocketAddr>, Vec<SocketAddr>) =
        addresses.iter().copied().partition(is_first);
    let (mut first, mut other) = (first.into_iter(), other.into_iter());
    let mut all = Vec::with_capacity(addresses.len());
    while all.len() < addresses.len() {
        all.extend(first.next());
        all.extend(other.next());
    }
    all
}
