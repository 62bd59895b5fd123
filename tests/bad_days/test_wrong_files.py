"""Files that are wrong: `voyant validate` says where and why, and `voyant run` starts nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.voyant import voyant

TYPE = "type.googleapis.com/envoy.extensions.filters"
GOOD = f"""static_resources:
  clusters: [{{name: up}}]
  listeners:
  - name: web
    address: {{socket_address: {{address: 127.0.0.1, port_value: 0}}}}
    filter_chains:
    - filters:
      - name: manager
        typed_config:
          "@type": {TYPE}.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: web
          http_filters:
          - {{name: r, typed_config: {{"@type": {TYPE}.http.router.v3.Router}}}}
          route_config:
            virtual_hosts:
            - name: one
              domains: [a.test]
              routes:
              - match: {{prefix: /}}
                route: {{cluster: up}}
"""
MANAGER = "static_resources.listeners[0].filter_chains[0].filters[0].typed_config"
HOSTS = f"{MANAGER}.route_config.virtual_hosts"
TWICE = (
    "Only unique values for domains are permitted. Duplicate entry of domain a.test in route ; "
    "the virtual host 'one' has it already"
)

# What is wrong with the good file, and what is said of it behind the file's name.
WRONG: dict[str, tuple[str | bytes, str]] = {
    "a_list_that_does_not_end": (
        GOOD.replace("[a.test]", "[a.test"),
        ":18:21: while parsing a flow sequence, did not find expected ',' or ']'",
    ),
    "a_tab": (
        GOOD.replace("  listeners:", "\tlisteners:"),
        ":3:1: while scanning for the next token, found character that cannot start any token; "
        "this is a tab, and YAML is indented by spaces",
    ),
    "an_alias_of_nothing": (
        GOOD.replace("[a.test]", "*names"),
        ":17:24: the alias *names has no anchor before it",
    ),
    "aliases_that_explode": (
        "a0: &a0 [x, x, x]\n"
        + "".join(f"a{n + 1}: &a{n + 1} [{f'*a{n}, ' * 9}*a{n}]\n" for n in range(12)),
        ":8:25: the aliases expand to too much",
    ),
    "too_deep": ("[" * 5000, ":1:1: nested too deeply"),
    "a_list": ("- a\n", ":1:1: a list is not a configuration; expected a mapping"),
    "no_text": (b"# \xe9\n" + GOOD.encode(), ":1:3: this is not UTF-8 text"),
    "an_unknown_field": (
        GOOD.replace("    address:", "    adress: 1\n    address:"),
        ":5:5: static_resources.listeners[0].adress: envoy.config.listener.v3.Listener has no "
        "field 'adress'; did you mean 'address'?",
    ),
    "a_wrong_type": (
        GOOD.replace("port_value: 0", "port_value: many"),
        ":5:64: static_resources.listeners[0].address.socket_address.port_value: 'many' is not "
        "an integer; expected an integer from 0 to 4294967295",
    ),
    "a_dangling_cluster": (
        GOOD.replace("cluster: up", "cluster: upp"),
        f":20:34: {HOSTS}[0].routes[0].route.cluster: route: unknown cluster 'upp'; "
        "did you mean 'up'?",
    ),
    "a_domain_twice_in_a_host": (
        GOOD.replace("[a.test]", "[a.test, b.test, a.test]"),
        f":17:41: {HOSTS}[0].domains[2]: {TWICE}",
    ),
    "a_domain_in_two_hosts": (
        GOOD + "            - {name: two, domains: [b.test, A.test]}\n",
        f":21:45: {HOSTS}[1].domains[1]: {TWICE}",
    ),
    "a_cluster_twice": (
        GOOD.replace("[{name: up}]", "[{name: up}, {name: up}]"),
        ":2:33: static_resources.clusters[1].name: cluster manager: duplicate cluster 'up'",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file(tmp_path: Path, name: str) -> None:
    text, said = WRONG[name]
    file = tmp_path / "envoy.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    is_refused(file, said)


def test_the_file_is_good_otherwise(tmp_path: Path) -> None:
    file = tmp_path / "envoy.yaml"
    file.write_text(GOOD)
    assert voyant("validate", file).stdout == f"{file}: OK\n"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/does/not/exist.yaml", "No such file or directory"),
        ("/proc/self", "Is a directory"),
        # It opens, and no byte of it can be read.
        ("/proc/self/mem", "Input/output error"),
    ],
)
def test_an_unreadable_file(path: str, reason: str) -> None:
    is_refused(Path(path), f": the file cannot be read: {reason}")


def test_a_loop_of_links(tmp_path: Path) -> None:
    file = tmp_path / "envoy.yaml"
    file.symlink_to(file)
    is_refused(file, ": the file cannot be read: Too many levels of symbolic links")


def is_refused(file: Path, said: str) -> None:
    validated = voyant("validate", file)
    assert (validated.returncode, validated.stdout) == (1, f"{file}{said}\n")
    ran = voyant("run", "-c", file, "-l", "error")
    assert (ran.returncode, ran.stdout) == (1, "")
    last = f"voyant run: 1 error in {file}; nothing was started\n"
    assert ran.stderr == validated.stdout + last
