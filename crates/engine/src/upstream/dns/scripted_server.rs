//! A name server for tests: answers over UDP and TCP on one loopback port as its script says,
//! and remembers what it was asked. It ends when it is dropped.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;

/// Addresses of a name, or an error.
#[derive(Debug, Clone)]
pub(super) struct Record {
    ips: Vec<IpAddr>,
    ttl: u32,
    rcode: u8,
    truncate_udp: bool,
    silent: bool,
}

impl Record {
    pub fn of(ips: &str) -> Self {
        let ips = ips.split_whitespace().map(|ip| ip.parse().expect("an address")).collect();
        Self { ips, ttl: 60, rcode: 0, truncate_udp: false, silent: false }
    }

    /// Answers with an error.
    pub fn error(rcode: u8) -> Self {
        Self { rcode, ..Self::of("") }
    }

    /// Never answers.
    pub fn silence() -> Self {
        Self { silent: true, ..Self::of("") }
    }

    pub fn ttl(self, ttl: u32) -> Self {
        Self { ttl, ..self }
    }

    /// Answers over UDP with nothing but the advice to use TCP.
    pub fn truncated(self) -> Self {
        Self { truncate_udp: true, ..self }
    }
}

/// What was asked: name, type (1 or 28), and whether by TCP.
pub(super) type Asked = (String, u16, bool);

#[derive(Debug, Default)]
struct Script {
    records: HashMap<String, Record>,
    asked: Vec<Asked>,
}

#[derive(Debug)]
pub(super) struct ScriptedServer {
    pub address: SocketAddr,
    script: Arc<Mutex<Script>>,
    _tasks: JoinSet<io::Result<()>>,
}

impl ScriptedServer {
    pub async fn run() -> Self {
        let (udp, tcp) = bind().await;
        let address = tcp.local_addr().expect("bound");
        let script = Arc::new(Mutex::default());
        let mut tasks = JoinSet::new();
        tasks.spawn(serve_udp(udp, Arc::clone(&script)));
        tasks.spawn(serve_tcp(tcp, Arc::clone(&script)));
        Self { address, script, _tasks: tasks }
    }

    pub fn set(&self, name: &str, record: Record) {
        self.script.lock().expect("whole").records.insert(name.into(), record);
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.script.lock().expect("whole").asked.clone()
    }
}

/// One port for both protocols; another process may have taken it for one of them.
async fn bind() -> (UdpSocket, TcpListener) {
    for _ in 0..100 {
        let tcp = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = tcp.local_addr().expect("bound");
        if let Ok(udp) = UdpSocket::bind(address).await {
            return (udp, tcp);
        }
    }
    panic!("no port is free for both TCP and UDP");
}

async fn serve_udp(socket: UdpSocket, script: Arc<Mutex<Script>>) -> io::Result<()> {
    let mut query = [0; 1500];
    loop {
        let (length, from) = socket.recv_from(&mut query).await?;
        if let Some(answer) = answer(&query[..length], false, &script) {
            socket.send_to(&answer, from).await?;
        }
    }
}

async fn serve_tcp(listener: TcpListener, script: Arc<Mutex<Script>>) -> io::Result<()> {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await?;
        connections.spawn(serve_connection(stream, Arc::clone(&script)));
    }
}

async fn serve_connection(mut stream: TcpStream, script: Arc<Mutex<Script>>) -> io::Result<()> {
    loop {
        let mut query = vec![0; stream.read_u16().await?.into()];
        stream.read_exact(&mut query).await?;
        if let Some(answer) = answer(&query, true, &script) {
            stream.write_u16(answer.len() as u16).await?;
            stream.write_all(&answer).await?;
        }
    }
}

fn answer(query: &[u8], tcp: bool, script: &Mutex<Script>) -> Option<Vec<u8>> {
    let (name, kind, question) = question(query);
    let record = {
        let mut script = script.lock().expect("whole");
        script.asked.push((name.clone(), kind, tcp));
        // What no script names does not exist.
        script.records.get(&name).cloned().unwrap_or_else(|| Record::error(3))
    };
    if record.silent {
        return None;
    }
    let truncated = record.truncate_udp && !tcp;
    let of_kind = |ip: &&IpAddr| if kind == 28 { ip.is_ipv6() } else { kind == 1 && ip.is_ipv4() };
    let ips: Vec<_> = record.ips.iter().filter(of_kind).filter(|_| !truncated).collect();
    let flags = 0x8180 | u16::from(record.rcode) | if truncated { 0x0200 } else { 0 };
    let mut out = query[..2].to_vec();
    for field in [flags, 1, ips.len() as u16, 0, 0] {
        out.extend(field.to_be_bytes());
    }
    out.extend(question);
    for ip in ips {
        let data = match ip {
            IpAddr::V4(ip) => ip.octets().to_vec(),
            IpAddr::V6(ip) => ip.octets().to_vec(),
        };
        out.extend([0xc0, 12]);
        out.extend([kind, 1].iter().flat_map(|field| field.to_be_bytes()));
        out.extend(record.ttl.to_be_bytes());
        out.extend((data.len() as u16).to_be_bytes());
        out.extend(data);
    }
    Some(out)
}

/// The first question: its name, type and bytes.
fn question(query: &[u8]) -> (String, u16, &[u8]) {
    let mut labels = vec![];
    let mut at = 12;
    while query[at] != 0 {
        let end = at + 1 + usize::from(query[at]);
        labels.push(String::from_utf8_lossy(&query[at + 1..end]).to_lowercase());
        at = end;
    }
    let kind = u16::from_be_bytes([query[at + 1], query[at + 2]]);
    (labels.join("."), kind, &query[12..at + 5])
}
