//! Which cluster is chosen, as the real Envoy 1.40 chose.

use voyant_ir::header::HeaderMutations;
use voyant_ir::snapshot::{RuntimeLayer, RuntimeValue};

use super::*;
use crate::runtime::Runtime;

fn resolve(name: &str) -> ClusterRef {
    let index = "abc".find(name).map(|at| ClusterIndex(at as u32));
    ClusterRef { name: name.into(), index }
}

fn entry(name: &str, weight: u32) -> ir::WeightedCluster {
    ir::WeightedCluster {
        name: name.into(),
        cluster_header: String::new(),
        weight,
        host_rewrite_literal: String::new(),
        request_headers: HeaderMutations::default(),
        response_headers: HeaderMutations::default(),
        filters: vec![],
    }
}

fn split(runtime_key_prefix: &str) -> ClusterSpecifier {
    let clusters = vec![entry("a", 1), entry("b", 0), entry("c", 3)];
    let specifier = ir::ClusterSpecifier::Weighted {
        clusters,
        runtime_key_prefix: runtime_key_prefix.into(),
        header_name: "x-r".into(),
    };
    ClusterSpecifier::new(&specifier, &mut resolve).unwrap()
}

fn head(headers: &[(&str, &str)]) -> Head {
    let mut head = Head::new();
    for (name, value) in headers {
        head.push_received(name.as_bytes(), value.as_bytes());
    }
    head
}

fn choose(
    specifier: &ClusterSpecifier,
    headers: &[(&str, &str)],
    random: u64,
) -> (String, Option<usize>) {
    let layer = RuntimeLayer {
        name: "l".into(),
        admin: false,
        disk: false,
        values: [("w.a", "0"), ("w.b", "5"), ("w.c", "0")]
            .map(|(key, value)| RuntimeValue { key: key.into(), value: value.into() })
            .into(),
    };
    let runtime = Runtime::new(&[layer]);
    let head = head(headers);
    let choice =
        specifier.choose(&head, &MatchContext { random, runtime: &runtime, info: None }).unwrap();
    let name = match choice.cluster {
        ChosenCluster::Configured(cluster) => cluster.name.to_string(),
        ChosenCluster::Named(name) => String::from_utf8_lossy(name).into_owned(),
    };
    (name, choice.weighted)
}

#[test]
fn weights_divide_the_random_number() {
    let drawn: String = (0..8).map(|random| choose(&split(""), &[], random).0).collect();
    assert_eq!(drawn, "acccaccc");
    assert_eq!(choose(&split(""), &[], 1).1, Some(2));
}

#[test]
fn a_header_may_carry_the_random_number() {
    for (value, cluster) in [
        ("0", "a"),
        ("3", "c"),
        ("4", "a"),
        ("18446744073709551615", "c"),
        ("+4", "a"),
        ("008", "a"),
    ] {
        assert_eq!(choose(&split(""), &[("x-r", value)], 1).0, cluster, "{value}");
    }
    for value in ["x", "-1", "18446744073709551616", ""] {
        assert_eq!(choose(&split(""), &[("x-r", value)], 4).0, "a", "{value:?} does not count");
    }
    let twice = [("x-r", "1"), ("x-r", "1")];
    assert_eq!(choose(&split(""), &twice, 4).0, "a", "two values do not count");
}

#[test]
fn runtime_overrides_weights() {
    let drawn: String = (0..8).map(|random| choose(&split("w"), &[], random).0).collect();
    assert_eq!(drawn, "bbbbbbbb");
    let drawn: String = (0..8).map(|random| choose(&split("none"), &[], random).0).collect();
    assert_eq!(drawn, "acccaccc");
}

#[test]
fn headers_name_clusters() {
    let specifier = ir::ClusterSpecifier::ClusterHeader { header: "x-c".into() };
    let specifier = ClusterSpecifier::new(&specifier, &mut resolve).unwrap();
    assert_eq!(choose(&specifier, &[("x-c", "one"), ("x-c", "two")], 0), ("one".into(), None));
    assert_eq!(choose(&specifier, &[], 0), (String::new(), None));

    let by_header = ir::WeightedCluster { cluster_header: "x-c".into(), ..entry("", 1) };
    let specifier = ir::ClusterSpecifier::Weighted {
        clusters: vec![by_header],
        runtime_key_prefix: String::new(),
        header_name: String::new(),
    };
    let specifier = ClusterSpecifier::new(&specifier, &mut resolve).unwrap();
    assert_eq!(choose(&specifier, &[("x-c", "one")], 0), ("one".into(), Some(0)));
}

#[test]
fn names_are_resolved_when_compiled() {
    let cluster = |name: &str| {
        let specifier = ir::ClusterSpecifier::Cluster { name: name.into() };
        match ClusterSpecifier::new(&specifier, &mut resolve).unwrap() {
            ClusterSpecifier::Cluster(cluster) => cluster.index,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(cluster("b"), Some(ClusterIndex(1)));
    assert_eq!(cluster("zz"), None);
}
