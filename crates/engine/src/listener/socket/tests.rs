use super::*;
use voyant_ir::address::TcpKeepalive as Keepalive;
use voyant_ir::listener::{DrainType, TrafficDirection};

fn listener(address: Address) -> Listener {
    Listener {
        name: "test".into(),
        addresses: vec![ListenerAddress {
            address,
            socket_options: Vec::new(),
            tcp_keepalive: None,
        }],
        stat_prefix: String::new(),
        bind_to_port: true,
        backlog: 16,
        reuse_port: true,
        exact_balance: false,
        freebind: false,
        transparent: false,
        mptcp: false,
        per_connection_buffer_limit_bytes: 1 << 20,
        max_connections_to_accept_per_socket_event: u32::MAX,
        ignore_global_connection_limit: false,
        traffic_direction: TrafficDirection::Unspecified,
        drain_type: DrainType::Default,
        filter_chains: Vec::new(),
        default_filter_chain: None,
        access_logs: Vec::new(),
        metadata: None,
    }
}

fn loopback(port: u16) -> Address {
    Address::Socket { ip: "127.0.0.1".into(), port, ipv4_compat: false }
}

fn port_of(bound: &BoundAddress) -> u16 {
    match &bound.local {
        PeerAddress::Ip(address) => address.port(),
        PeerAddress::Pipe(_) => panic!("not an IP address"),
    }
}

#[test]
fn one_socket_a_worker_on_one_port() {
    let bound = bind(&listener(loopback(0)), 3).expect("binds");
    assert_eq!(bound[0].sockets.len(), 3);
    let port = port_of(&bound[0]);
    for socket in &bound[0].sockets {
        let local = socket.local_addr().expect("bound").as_socket().expect("IP");
        assert_eq!(local.port(), port);
    }
}

#[test]
fn without_reuse_port_one_socket_serves_all() {
    let mut listener = listener(loopback(0));
    listener.reuse_port = false;
    let bound = bind(&listener, 3).expect("binds");
    assert_eq!(bound[0].sockets.len(), 1);
}

#[test]
fn a_port_in_use_names_listener_and_address() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("binds");
    let port = taken.local_addr().expect("bound").port();
    let error = bind(&listener(loopback(port)), 1).expect_err("the port is taken");
    let text = error.to_string();
    assert!(text.contains("\"test\"") && text.contains(&format!("127.0.0.1:{port}")), "{text}");
    assert_eq!(error.source.kind(), io::ErrorKind::AddrInUse);
}

#[test]
fn options_and_keepalive_reach_the_socket() {
    let mut listener = listener(loopback(0));
    listener.addresses[0].tcp_keepalive = Some(Keepalive { probes: 4, time_s: 11, interval_s: 0 });
    listener.addresses[0].socket_options = vec![SocketOption {
        level: 6,
        name: 9, // TCP_DEFER_ACCEPT
        value: SocketOptionValue::Int { value: 1 },
        state: SocketState::Listening,
        ip_version: SocketIpVersion::Any,
    }];
    let bound = bind(&listener, 1).expect("binds");
    let socket = &bound[0].sockets[0];
    assert!(socket.keepalive().expect("readable"));
    assert_eq!(socket.tcp_keepalive_time().expect("readable"), Duration::from_secs(11));
    assert_eq!(socket.tcp_keepalive_retries().expect("readable"), 4);
}

#[test]
fn an_option_of_one_ip_version_is_not_for_the_other() {
    // One that the kernel refuses, so that it is seen to be tried.
    let refused = |ip_version| SocketOption {
        level: 1,
        name: 9999,
        value: SocketOptionValue::Int { value: 1 },
        state: SocketState::Prebind,
        ip_version,
    };
    let mut listener = listener(loopback(0));
    listener.addresses[0].socket_options = vec![refused(SocketIpVersion::V6)];
    assert!(bind(&listener, 1).is_ok());
    listener.addresses[0].socket_options = vec![refused(SocketIpVersion::V4)];
    assert!(bind(&listener, 1).is_err());
}

#[test]
fn a_pipe_left_over_is_replaced_and_one_in_use_is_not() {
    let path = std::env::temp_dir().join(format!("voyant-{}.sock", std::process::id()));
    let text = path.to_string_lossy().into_owned();
    let pipe = || listener(Address::Pipe { path: text.clone(), mode: 0o600 });
    let first = bind(&pipe(), 2).expect("binds");
    assert_eq!(first[0].sockets.len(), 1);
    assert!(bind(&pipe(), 1).is_err(), "somebody listens on it");
    drop(first);
    let again = bind(&pipe(), 1).expect("the stale file is replaced");
    assert_eq!(again[0].local, PeerAddress::Pipe(text.as_str().into()));
    std::fs::remove_file(path).expect("it is there");
}

#[test]
fn accepted_sockets_send_without_delay() {
    let bound = bind(&listener(loopback(0)), 1).expect("binds");
    let address = SocketAddr::new(parse_ip("127.0.0.1").expect("an address"), port_of(&bound[0]));
    let _client = std::net::TcpStream::connect(address).expect("connects");
    let (accepted, _) = bound[0].sockets[0].accept().expect("accepts");
    assert!(accepted.tcp_nodelay().expect("readable"));
}

#[test]
fn only_a_wildcard_or_a_transparent_address_leaves_the_local_address_open() {
    let bound = bind(&listener(loopback(0)), 1).expect("binds");
    assert_eq!(bound[0].connection_local(), Some(&bound[0].local));
    let mut wildcard = loopback(0);
    if let Address::Socket { ip, .. } = &mut wildcard {
        *ip = "0.0.0.0".into();
    }
    let bound = bind(&listener(wildcard), 1).expect("binds");
    assert_eq!(bound[0].connection_local(), None);
    let transparent = BoundAddress {
        local: PeerAddress::Ip(SocketAddr::new(parse_ip("127.0.0.1").expect("an address"), 80)),
        sockets: Vec::new(),
        transparent: true,
    };
    assert_eq!(transparent.connection_local(), None);
}

#[test]
fn a_listener_may_speak_multipath_tcp() {
    let multipath = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::MPTCP));
    let mut listener = listener(loopback(0));
    listener.mptcp = true;
    let bound = bind(&listener, 1);
    // Not every kernel can.
    assert_eq!(bound.is_ok(), multipath.is_ok());
    if let Ok(bound) = bound {
        assert_eq!(bound[0].sockets[0].protocol().expect("asked"), Some(Protocol::MPTCP));
    }
}
