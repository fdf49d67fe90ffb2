//! Connections to names whose addresses are dead, private, or change.
#![expect(clippy::unwrap_used, reason = "a test may be blunt")]

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use deliver::{DialError, Dialer, Found, Names};
use notify::Network;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;

/// Far longer than anything here takes, and far shorter than the system's patience with a dead address.
const PATIENCE: Duration = Duration::from_secs(20);

/// Answers in turn what it was given, and then the last again.
#[derive(Debug)]
struct Told {
    answers: Mutex<Vec<Vec<IpAddr>>>,
    asked: AtomicUsize,
}

impl Told {
    fn new(answers: &[&[IpAddr]]) -> Arc<Self> {
        let answers = answers.iter().rev().map(|answer| answer.to_vec()).collect();
        Arc::new(Self { answers: Mutex::new(answers), asked: AtomicUsize::new(0) })
    }
}

impl Names for Told {
    fn resolve<'n>(&'n self, _: &'n str, port: u16) -> Found<'n> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().unwrap();
        let last = answers.len() == 1;
        let answer = if last { answers.last().cloned() } else { answers.pop() };
        let addresses = answer.unwrap_or_default().into_iter();
        let addresses = addresses.map(|address| SocketAddr::new(address, port)).collect();
        Box::pin(std::future::ready(Ok(addresses)))
    }
}

/// 127.0.0.N.
fn local(last: u8) -> IpAddr {
    Ipv4Addr::new(127, 0, 0, last).into()
}

fn loopback() -> Vec<Network> {
    vec!["127.0.0.0/8".parse().unwrap()]
}

/// A port at which 127.0.0.2 takes connections.
async fn living() -> (TcpListener, u16) {
    let listener = TcpListener::bind((local(2), 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// Lets everything that comes to this address wait: nobody takes connections, and its queue is full.
async fn swallow(address: SocketAddr) -> (TcpListener, Vec<TcpStream>) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(address).unwrap();
    let listener = socket.listen(1).unwrap();
    let mut queued = Vec::new();
    while let Ok(stream) = timeout(Duration::from_secs(1), TcpStream::connect(address)).await {
        queued.push(stream.unwrap());
    }
    (listener, queued)
}

#[tokio::test]
async fn an_address_that_swallows_everything_does_not_hold_up_the_next() {
    let (_listener, port) = living().await;
    let _full = swallow(SocketAddr::new(local(3), port)).await;
    // The third refuses at once.
    for addresses in [&[local(3), local(2)][..], &[local(3), local(4), local(3), local(2)]] {
        let dialer = Dialer::with_names(loopback(), Told::new(&[addresses]));
        let stream = timeout(PATIENCE, dialer.connect("dead.example", port)).await.unwrap();
        assert_eq!(stream.unwrap().peer_addr().unwrap().ip(), local(2), "{addresses:?}");
    }
}

#[tokio::test]
async fn addresses_of_both_families_are_tried() {
    let (_listener, port) = living().await;
    let six = IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]);
    let many = [six, six, six, six, six, local(2)];
    let allowed = [loopback(), vec!["::1".parse().unwrap()]].concat();
    let dialer = Dialer::with_names(allowed, Told::new(&[&many]));
    let stream = timeout(PATIENCE, dialer.connect("six.example", port)).await.unwrap();
    assert_eq!(stream.unwrap().peer_addr().unwrap().ip(), local(2));
}

#[tokio::test]
async fn what_is_called_is_what_was_checked() {
    let (_listener, port) = living().await;
    let inside = TcpListener::bind((local(3), port)).await.unwrap();
    let allowed: Vec<Network> = vec!["127.0.0.2".parse().unwrap()];
    // Whoever asked again would be led inside.
    let names = Told::new(&[&[local(2)], &[local(3)]]);
    let dialer = Dialer::with_names(allowed.clone(), Arc::clone(&names) as Arc<dyn Names>);
    let stream = timeout(PATIENCE, dialer.connect("rebinds.example", port)).await.unwrap();
    assert_eq!(stream.unwrap().peer_addr().unwrap().ip(), local(2));
    assert_eq!(names.asked.load(Ordering::SeqCst), 1);
    let again = dialer.connect("rebinds.example", port).await;
    assert!(matches!(again, Err(DialError::Forbidden(_))), "{again:?}");
    // One that is allowed does not make the other allowed.
    let dialer = Dialer::with_names(allowed, Told::new(&[&[local(2), local(3)]]));
    let both = dialer.connect("both.example", port).await;
    assert!(matches!(both, Err(DialError::Forbidden(_))), "{both:?}");
    let called = timeout(Duration::from_millis(200), inside.accept()).await;
    assert!(called.is_err(), "nobody was inside");
}

#[tokio::test]
async fn what_nobody_answers_is_said() {
    let (listener, port) = living().await;
    drop(listener);
    let dialer = Dialer::with_names(loopback(), Told::new(&[&[local(2)]]));
    let refused = timeout(PATIENCE, dialer.connect("gone.example", port)).await.unwrap();
    let sentence = refused.unwrap_err().to_string();
    assert!(sentence.starts_with(&format!("127.0.0.2:{port}: ")), "{sentence}");
    let nowhere = Dialer::with_names(loopback(), Told::new(&[&[]]));
    assert!(matches!(nowhere.connect("no.example", port).await, Err(DialError::Forbidden(_))));
}
