//! Who is accepted when a socket closes.

use std::cell::RefCell;
use std::io::{ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};

use super::*;

const IPPROTO_TCP: i32 = 6;
const TCP_DEFER_ACCEPT: i32 = 9;

#[derive(Debug, Default)]
struct Got(RefCell<Vec<Stream>>);

impl Accepted for Got {
    fn accepted(self: Rc<Self>, stream: Stream, _local: PeerAddress, _remote: PeerAddress) {
        self.0.borrow_mut().push(stream);
    }

    fn batch(&self, _connections: u32) {}
}

fn acceptor() -> (Acceptor, SocketAddr) {
    let listening = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listening.set_nonblocking(true).expect("it can");
    let address = listening.local_addr().expect("bound");
    let socket = Listening::Tcp(TcpListener::from_std(listening).expect("a runtime"));
    (Acceptor { socket, local: None }, address)
}

fn told_already() -> oneshot::Receiver<()> {
    oneshot::channel().1
}

#[tokio::test]
async fn who_waits_is_accepted_and_who_comes_later_is_refused() {
    let (acceptor, address) = acceptor();
    let clients: Vec<_> =
        (0..100).map(|_| TcpStream::connect(address).expect("it listens")).collect();
    let got = Rc::new(Got::default());
    run_until(told_already(), acceptor, 1, Rc::clone(&got)).await;
    assert_eq!(got.0.borrow().len(), clients.len());
    let late = TcpStream::connect(address).expect_err("nobody listens");
    assert_eq!(late.kind(), ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn who_waits_is_accepted_though_the_runtime_does_not_know_of_it() {
    let (acceptor, address) = acceptor();
    let _client = TcpStream::connect(address).expect("it listens");
    assert!(acceptor.accept_now().is_ok());
    let none = acceptor.accept_now().expect_err("nobody else");
    assert!(closing::is_last(&none), "{none}");
}

#[tokio::test]
async fn a_handshake_that_has_begun_is_waited_for() {
    let (acceptor, address) = acceptor();
    // The client takes itself for connected; the kernel waits for its first byte.
    let seconds = 30i32.to_ne_bytes();
    voyant_sockopt::set(&*acceptor.socket(), IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds)
        .expect("Linux knows it");
    let mut client = TcpStream::connect(address).expect("it listens");
    assert!(acceptor.accept_now().is_err(), "not before its first byte");
    let got = Rc::new(Got::default());
    let closing = run_until(told_already(), acceptor, 1, Rc::clone(&got));
    let speaking = async {
        tokio::task::yield_now().await;
        client.write_all(b"GET").expect("connected");
    };
    tokio::join!(closing, speaking);
    assert_eq!(got.0.borrow().len(), 1);
}

#[tokio::test]
async fn newcomers_do_not_get_through_any_more() {
    let (acceptor, address) = acceptor();
    let mut before = TcpStream::connect(address).expect("it listens");
    closing::begin_no_handshake(&acceptor.socket());
    let newcomer = TcpStream::connect_timeout(&address, Duration::from_millis(50));
    assert_eq!(newcomer.expect_err("no answer").kind(), ErrorKind::TimedOut);
    let (stream, _) = acceptor.accept_now().expect("the first");
    before.write_all(b"x").expect("connected");
    poll_fn(|cx| stream.poll_read_ready(cx)).await.expect("it arrives");
}
