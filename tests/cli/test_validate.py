"""`voyant validate`, and that `voyant run` refuses the same files with the same text."""

from pathlib import Path

import pytest

from tests.cli.voyant import voyant

GOOD = "static_resources: {clusters: [{name: one}]}\n"
BAD = """static_resources:
  clusters:
  - name: one
    conect_timeout: 1s
  - name: two
    connect_timeout: soon
    type: EDS
"""
LATER = """static_resources:
  clusters:
  - name: one
    health_checks: [{timeout: 1s, interval: 1s, unhealthy_threshold: 1, healthy_threshold: 1, \
tcp_health_check: {}}]
  - name: one
"""
DEPRECATED = "static_resources: {clusters: [{name: one, max_requests_per_connection: 3}]}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "envoy.yaml"


def test_a_good_file(file: Path) -> None:
    file.write_text(GOOD)
    done = voyant("validate", file)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{file}: OK\n", "")


def test_every_error_at_once_with_its_place(file: Path) -> None:
    file.write_text(BAD)
    done = voyant("validate", file)
    assert done.returncode == 1
    unknown, duration = done.stdout.splitlines()
    assert unknown == (
        f"{file}:4:5: static_resources.clusters[0].conect_timeout: "
        "envoy.config.cluster.v3.Cluster has no field 'conect_timeout'; "
        "did you mean 'connect_timeout'?"
    )
    assert duration.startswith(f"{file}:6:22: static_resources.clusters[1].connect_timeout: ")


def test_what_the_translation_finds_is_told_beside_errors_of_form(file: Path) -> None:
    # Each alone would hide nothing; of a message that is wrong already only that is said.
    file.write_text(BAD + "  - name: two\n  - name: three\n    dns_lookup_family: V9\n")
    done = voyant("validate", file)
    paths = [line.split(": ")[1] for line in done.stdout.splitlines()]
    assert paths == [
        "static_resources.clusters[0].conect_timeout",
        "static_resources.clusters[1].connect_timeout",
        "static_resources.clusters[2].name",
        "static_resources.clusters[3].dns_lookup_family",
    ]
    assert "duplicate cluster 'two'" in done.stdout


def test_a_cluster_whose_name_is_misspelt_is_not_missed_by_routes(file: Path) -> None:
    hcm = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3"
    router = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"
    file.write_text(f"""static_resources:
  listeners:
  - address: {{socket_address: {{address: 127.0.0.1, port_value: 0}}}}
    filter_chains:
    - filters:
      - name: http
        typed_config:
          "@type": {hcm}.HttpConnectionManager
          stat_prefix: http
          http_filters: [{{name: router, typed_config: {{"@type": {router}}}}}]
          route_config:
            virtual_hosts:
            - name: v
              domains: ["*"]
              routes: [{{match: {{prefix: /}}, route: {{cluster: up}}}}]
  clusters: [{{nme: up}}]
""")
    (line,) = voyant("validate", file).stdout.splitlines()
    assert ".clusters[0].nme: " in line
    file.write_text(file.read_text().replace("nme: up", "name: one"))
    (line,) = voyant("validate", file).stdout.splitlines()
    assert line.endswith("unknown cluster 'up'")


def test_a_misspelt_name_is_told_once(file: Path) -> None:
    file.write_text("static_resources: {clusters: [{nme: one}]}\n")
    (line,) = voyant("validate", file).stdout.splitlines()
    assert line.startswith(f"{file}:1:32: static_resources.clusters[0].nme: ")
    assert line.endswith("has no field 'nme'; did you mean 'name'?")
    file.write_text("static_resources: {clusters: [{xyzzy: one}]}\n")
    missing, unknown = voyant("validate", file).stdout.splitlines()
    assert missing.endswith("clusters[0].name: must not be empty")
    assert "has no field 'xyzzy'" in unknown


def test_what_is_not_supported_beside_what_is_wrong(file: Path) -> None:
    file.write_text(LATER)
    done = voyant("validate", file)
    assert done.stdout.splitlines() == [
        f"{file}:4:5: static_resources.clusters[0].health_checks: not supported yet",
        f"{file}:5:11: static_resources.clusters[1].name: cluster manager: duplicate cluster 'one'",
    ]


@pytest.mark.parametrize("text", [BAD, LATER, "a: [", "", "\0" * 100])
def test_run_refuses_with_the_same_text(file: Path, text: str) -> None:
    file.write_text(text)
    validated = voyant("validate", file)
    assert validated.returncode == 1
    for mode in ("serve", "validate"):
        ran = voyant("run", "-c", file, "--mode", mode, "-l", "error")
        assert ran.returncode == 1
        assert ran.stdout == ""
        *findings, last = ran.stderr.splitlines(keepends=True)
        assert "".join(findings) == validated.stdout
        count = len(findings)
        errors = "1 error" if count == 1 else f"{count} errors"
        assert last == f"voyant run: {errors} in {file}; nothing was started\n"


def test_all_files_are_told(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(GOOD)
    bad.write_text(BAD)
    done = voyant("validate", bad, good, tmp_path / "none.yaml")
    assert done.returncode == 1
    assert f"{good}: OK\n" in done.stdout
    assert done.stdout.endswith("none.yaml: the file cannot be read: No such file or directory\n")
    assert done.stdout.startswith(f"{bad}:4:5: ")


def test_warnings_do_not_refuse(file: Path) -> None:
    file.write_text(DEPRECATED)
    done = voyant("validate", file)
    assert done.returncode == 0
    warning, good = done.stdout.splitlines()
    assert ": warning: static_resources.clusters[0].max_requests_per_connection: " in warning
    assert good == f"{file}: OK"


def test_unknown_fields_may_be_allowed(file: Path) -> None:
    file.write_text("static_resources: {clusters: [{name: one, later: 1}]}\nlater: 2\n")
    assert voyant("validate", file).returncode == 1
    done = voyant("validate", "--allow-unknown-static-fields", file)
    assert done.returncode == 0
    assert done.stdout.count(": warning: ") == 2


@pytest.mark.parametrize("arguments", [[], ["--nothing", "x"]])
def test_usage(arguments: list[str]) -> None:
    done = voyant("validate", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "hint: voyant validate FILE..." in done.stderr


def test_help() -> None:
    done = voyant("validate", "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("usage: voyant validate ")
