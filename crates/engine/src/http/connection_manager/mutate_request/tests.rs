use super::*;
use crate::head::header_name::HeaderKey;
use crate::http::connection_manager::forwarded::InternalAddresses;
use crate::http::connection_manager::original_ip::Detection;
use crate::http::connection_manager::test_config;
use voyant_ir::address::CidrRange;

fn peer(text: &str) -> PeerAddress {
    PeerAddress::Ip(text.parse().expect("an address"))
}

fn head(headers: &[(&str, &str)]) -> Head {
    let mut head = Head::new();
    for (name, value) in headers {
        head.push_key(&HeaderKey::new(name), value.as_bytes());
    }
    head
}

fn value(head: &Head, name: &str) -> Option<String> {
    let found = head.get_key(&HeaderKey::new(name))?;
    Some(String::from_utf8_lossy(found).into_owned())
}

fn run(config: &Config, head: &mut Head, direct: &str) -> (Origin, PeerAddress) {
    let direct = peer(direct);
    let mut remote = direct.clone();
    let ends = Ends { peer: &direct, local: &peer("192.0.2.9:8080") };
    let origin = mutate_request(config, head, ends, &mut remote, &Rng::seeded(1));
    (origin.expect("not refused"), remote)
}

#[test]
fn hop_by_hop_headers_go() {
    let mut request = head(&[
        ("connection", "keep-alive"),
        ("keep-alive", "5"),
        ("proxy-connection", "x"),
        ("transfer-encoding", "chunked"),
        ("x-envoy-internal", "true"),
        ("te", "gzip"),
        ("referer", "no url"),
        ("accept", "*/*"),
    ]);
    run(&test_config(), &mut request, "10.0.0.1:1");
    for name in ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "te"] {
        assert_eq!(value(&request, name), None, "{name}");
    }
    assert_eq!(value(&request, "x-envoy-internal"), None);
    assert_eq!(value(&request, "referer"), None);
    assert_eq!(value(&request, "accept").as_deref(), Some("*/*"));
}

#[test]
fn te_trailers_and_a_good_referer_stay() {
    let mut request = head(&[("te", "trailers"), ("referer", "https://a.example/x?y")]);
    run(&test_config(), &mut request, "10.0.0.1:1");
    assert_eq!(value(&request, "te").as_deref(), Some("trailers"));
    assert_eq!(value(&request, "referer").as_deref(), Some("https://a.example/x?y"));
}

#[test]
fn the_peer_is_appended_only_when_it_is_the_remote_address() {
    let mut config = test_config();
    let mut request = head(&[("x-forwarded-for", "1.1.1.1")]);
    run(&config, &mut request, "10.0.0.1:1");
    assert_eq!(value(&request, "x-forwarded-for").as_deref(), Some("1.1.1.1"));
    config.use_remote_address = true;
    let (origin, remote) = run(&config, &mut request, "10.0.0.1:1");
    assert_eq!(value(&request, "x-forwarded-for").as_deref(), Some("1.1.1.1,10.0.0.1"));
    assert_eq!(remote, peer("10.0.0.1:1"));
    assert!(origin.edge);
    assert_eq!(value(&request, "x-envoy-external-address").as_deref(), Some("10.0.0.1"));
}

#[test]
fn a_loopback_peer_is_written_as_this_machine() {
    let mut config = test_config();
    config.use_remote_address = true;
    let mut request = head(&[]);
    run(&config, &mut request, "127.0.0.1:1");
    assert_eq!(value(&request, "x-forwarded-for").as_deref(), Some("192.0.2.1"));
}

#[test]
fn nothing_stands_before_the_first_address() {
    let mut config = test_config();
    config.use_remote_address = true;
    let mut request = head(&[("x-forwarded-for", "")]);
    run(&config, &mut request, "10.0.0.1:1");
    assert_eq!(value(&request, "x-forwarded-for").as_deref(), Some("10.0.0.1"));
}

#[test]
fn trusted_hops_find_the_client() {
    let mut config = test_config();
    config.original_ip = vec![Detection::Xff { hops: 1, trusted: None, appends: false }];
    let mut request = head(&[("x-forwarded-for", "1.1.1.1, 2.2.2.2")]);
    let (_, remote) = run(&config, &mut request, "10.0.0.1:1");
    assert_eq!(remote, peer("1.1.1.1:0"));
    config.xff_num_trusted_hops = 1;
    config.use_remote_address = true;
    let (_, remote) = run(&config, &mut request, "10.0.0.1:1");
    assert_eq!(remote, peer("2.2.2.2:0"));
}

#[test]
fn the_proto_of_an_untrusted_hop_is_overwritten() {
    let mut config = test_config();
    config.use_remote_address = true;
    let mut request = head(&[("x-forwarded-proto", "https")]);
    run(&config, &mut request, "10.0.0.1:1");
    assert_eq!(value(&request, "x-forwarded-proto").as_deref(), Some("http"));
    config.xff_num_trusted_hops = 1;
    let mut request = head(&[("x-forwarded-proto", "https")]);
    run(&config, &mut request, "10.0.0.1:1");
    assert_eq!(value(&request, "x-forwarded-proto").as_deref(), Some("https"));
    assert_eq!(value(&request, ":scheme").as_deref(), Some("https"));
}

#[test]
fn an_outsider_cannot_steer_the_router() {
    let config = test_config();
    let mut request =
        head(&[("x-envoy-upstream-rq-timeout-ms", "1"), ("x-envoy-max-retries", "9")]);
    let (origin, _) = run(&config, &mut request, "10.0.0.1:1");
    assert_eq!(origin, Origin { internal: false, edge: false });
    assert_eq!(value(&request, "x-envoy-upstream-rq-timeout-ms"), None);
    assert_eq!(value(&request, "x-envoy-max-retries"), None);
}

#[test]
fn an_insider_can() {
    let mut config = test_config();
    config.use_remote_address = true;
    let range = CidrRange { ip: "10.0.0.0".into(), prefix_len: 8 };
    config.internal_addresses = InternalAddresses::new(&[range], false);
    let mut request = head(&[("x-envoy-upstream-rq-timeout-ms", "1")]);
    let (origin, _) = run(&config, &mut request, "10.0.0.1:1");
    assert!(origin.internal && !origin.edge);
    assert_eq!(value(&request, "x-envoy-internal").as_deref(), Some("true"));
    assert_eq!(value(&request, "x-envoy-upstream-rq-timeout-ms").as_deref(), Some("1"));
}

#[test]
fn who_came_through_another_proxy_is_outside() {
    let mut config = test_config();
    let range = CidrRange { ip: "10.0.0.0".into(), prefix_len: 8 };
    config.internal_addresses = InternalAddresses::new(&[range], false);
    let internal = |config: &Config, xff: &str| {
        run(config, &mut head(&[("x-forwarded-for", xff)]), "10.0.0.1:1").0.internal
    };
    assert!(internal(&config, "10.0.0.2") && !internal(&config, "10.0.0.2,10.0.0.3"));
    assert!(!internal(&config, "nobody"));
    assert!(!run(&config, &mut head(&[]), "10.0.0.1:1").0.internal);
    config.use_remote_address = true;
    assert!(!internal(&config, "10.0.0.2"));
    assert!(run(&config, &mut head(&[]), "10.0.0.1:1").0.internal);
}

#[test]
fn a_request_id_is_kept_inside_and_replaced_at_the_edge() {
    let mut config = test_config();
    let mut request = head(&[("x-request-id", "mine")]);
    run(&config, &mut request, "10.0.0.1:1");
    assert_eq!(value(&request, "x-request-id").as_deref(), Some("mine"));
    config.use_remote_address = true;
    run(&config, &mut request, "10.0.0.1:1");
    assert_ne!(value(&request, "x-request-id").as_deref(), Some("mine"));
    config.preserve_external_request_id = true;
    let mut request = head(&[("x-request-id", "mine")]);
    run(&config, &mut request, "10.0.0.1:1");
    assert_eq!(value(&request, "x-request-id").as_deref(), Some("mine"));
    config.generate_request_id = false;
    let mut request = head(&[]);
    run(&config, &mut request, "10.0.0.1:1");
    assert_eq!(value(&request, "x-request-id"), None);
}

#[test]
fn via_is_appended() {
    let mut config = test_config();
    config.via = b"voyant"[..].into();
    let mut request = head(&[("via", "1.1 edge")]);
    run(&config, &mut request, "10.0.0.1:1");
    assert_eq!(value(&request, "via").as_deref(), Some("1.1 edge, voyant"));
}

#[test]
fn ipv4_addresses_are_written_as_usual() {
    for octets in [[0, 0, 0, 0], [1, 9, 10, 99], [100, 101, 110, 199], [200, 209, 250, 255]] {
        let address = Ipv4Addr::from(octets);
        let mut seen = Vec::new();
        with_ipv4(address, |text| seen.extend_from_slice(text));
        assert_eq!(String::from_utf8_lossy(&seen), address.to_string());
    }
}

#[test]
fn nobody_is_believed_to_have_a_certificate() {
    let mut config = test_config();
    let said = [("x-forwarded-client-cert", "Hash=abc")];
    let mut request = head(&said);
    run(&config, &mut request, "10.0.0.1:1");
    assert_eq!(value(&request, "x-forwarded-client-cert"), None);
    config.always_forwards_client_cert = true;
    let mut request = head(&said);
    run(&config, &mut request, "10.0.0.1:1");
    assert_eq!(value(&request, "x-forwarded-client-cert").as_deref(), Some("Hash=abc"));
}
