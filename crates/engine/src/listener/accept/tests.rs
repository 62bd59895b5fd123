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
    let socket = Listening::Tcp(TcpQueue::new(listening.into()).expect("a runtime"));
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

#[tokio::test]
async fn all_who_wait_come_with_one_readiness_and_who_comes_then_with_the_next() {
    let (acceptor, address) = acceptor();
    let mut came = 0;
    for clients in [3, 1, 2] {
        let clients: Vec<_> =
            (0..clients).map(|_| TcpStream::connect(address).expect("it listens")).collect();
        for _ in &clients {
            poll_fn(|cx| acceptor.poll_accept(cx)).await.expect("waits");
            came += 1;
        }
        let more = poll_fn(|cx| Poll::Ready(acceptor.poll_accept(cx).is_ready())).await;
        assert!(!more, "after {came}");
    }
}

#[tokio::test]
async fn who_another_worker_was_first_to_accept_is_not_waited_for() {
    let (acceptor, address) = acceptor();
    let clients = [(); 3].map(|()| TcpStream::connect(address).expect("it listens"));
    poll_fn(|cx| acceptor.poll_accept(cx)).await.expect("the first");
    for _ in &clients[1..] {
        acceptor.accept_now().expect("by another way");
    }
    let more = poll_fn(|cx| Poll::Ready(acceptor.poll_accept(cx).is_ready())).await;
    assert!(!more, "they are gone");
    let _late = TcpStream::connect(address).expect("it listens");
    poll_fn(|cx| acceptor.poll_accept(cx)).await.expect("the next");
}

#[tokio::test]
async fn a_socket_that_listens_no_more_says_so() {
    let (acceptor, _) = acceptor();
    closing::shut_down(&acceptor.socket());
    let error = poll_fn(|cx| acceptor.poll_accept(cx)).await.expect_err("closed");
    assert_eq!(Failure::of(&error), Failure::Closed);
}
