"""The parser of flags, what it refuses, and that it knows all of Envoy's."""

import subprocess
import sys

import pytest
from voyant.cli import check
from voyant.cli.flags import FLAGS, UsageError, parse
from voyant.cli.load import options

_ENVOYS = """
    stats-tag enable-core-dump socket-mode socket-path disable-extensions cpuset-threads
    enable-mutex-tracing disable-hot-restart mode parent-shutdown-time-s drain-strategy drain-time-s
    file-flush-min-size-kb file-flush-interval-msec service-zone service-node service-cluster
    hot-restart-version restart-epoch log-path enable-fine-grain-logging log-format-escaped
    log-format component-log-level log-level local-address-ip-version admin-address-path
    log-stacktrace-single-entry skip-deprecated-logs ignore-unknown-dynamic-fields
    reject-unknown-dynamic-fields allow-unknown-static-fields allow-unknown-fields config-yaml
    config-path concurrency base-id-path skip-hot-restart-parent-stats
    skip-hot-restart-on-no-parent use-dynamic-base-id base-id version help
"""
ENVOYS = _ENVOYS.split()
"""What `envoy --help` of 1.40 lists."""


def test_all_flags_of_envoy_are_there_and_no_other() -> None:
    ours = [flag.name for group in FLAGS.values() for flag in group]
    assert sorted(ours) == sorted(ENVOYS)


def test_forms() -> None:
    line = "-c a.yaml --concurrency 3 --log-level=debug --cpuset-threads -- ignored"
    values = parse(line.split())
    assert values == {
        "config_path": "a.yaml",
        "concurrency": 3,
        "log_level": "debug",
        "cpuset_threads": True,
    }


def test_a_flag_that_may_be_repeated() -> None:
    assert parse(["--stats-tag", "a:b", "--stats-tag=c:d"]) == {"stats_tag": ["a:b", "c:d"]}


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ("--concurency 3", "there is no flag '--concurency'; did you mean '--concurrency'?"),
        ("envoy.yaml", "'envoy.yaml' is not a flag; the configuration is given with -c FILE"),
        ("-c a -c b", "--config-path is given twice"),
        ("--concurrency", "--concurrency needs a value: --concurrency NUMBER"),
        ("--concurrency -1", "--concurrency: '-1' is not a number from 0 to 4294967295"),
        ("--cpuset-threads=yes", "--cpuset-threads takes no value"),
        ("--mode test", "--mode: 'test' is not one of serve, validate, init_only"),
        ("--drain-strategy x", "--drain-strategy: 'x' is not one of gradual, immediate"),
        ("-l loud", "--log-level: 'loud' is not one of trace, debug, info"),
        ("--component-log-level a", "--component-log-level: 'a' is not COMPONENT:LEVEL"),
        ("--component-log-level a:b", "--component-log-level a: 'b' is not one of trace"),
        (
            "--component-log-level a:info --enable-fine-grain-logging",
            "--component-log-level will not work with --enable-fine-grain-logging",
        ),
        ("--stats-tag a", "--stats-tag: 'a' is not TAG:VALUE"),
        ("--stats-tag a-:b", "--stats-tag: 'a-:b' is not TAG:VALUE"),
        ("--stats-tag a:b.c", "--stats-tag: the value of 'a:b.c' must not be empty or hold a dot"),
        ("--restart-epoch 1", "--restart-epoch: a restart cannot take over"),
        (
            "--disable-extensions envoy.filters.http/envoy.filters.http.router",
            "--disable-extensions: envoy.filters.http/envoy.filters.http.router cannot be disabled",
        ),
    ],
)
def test_refused(arguments: str, problem: str) -> None:
    with pytest.raises(UsageError) as refusal:
        check.check(parse(arguments.split()))
    assert str(refusal.value).startswith(problem)


@pytest.mark.parametrize(
    ("arguments", "note"),
    [
        ("--base-id 3 --socket-path x", "--base-id, --socket-path have no effect: there is no hot"),
        ("--use-dynamic-base-id", "--use-dynamic-base-id has no effect: there is no hot restart"),
        ("--reject-unknown-dynamic-fields", "--reject-unknown-dynamic-fields has no effect"),
        ("--enable-fine-grain-logging", "--enable-fine-grain-logging has no effect"),
        ("--enable-mutex-tracing", "--enable-mutex-tracing has no effect"),
        ("--log-stacktrace-single-entry", "--log-stacktrace-single-entry has no effect"),
        (
            "--component-log-level config:debug,upstream:trace,dns:off",
            "--component-log-level has no effect yet: nothing is logged by dns, upstream",
        ),
        ("--file-flush-min-size-kb 1", "--file-flush-min-size-kb has no effect yet"),
        ("--disable-extensions x/y", "--disable-extensions has no effect: Voyant has none of them"),
    ],
)
def test_what_does_nothing_is_said_once(arguments: str, note: str) -> None:
    values = parse(arguments.split())
    check.check(values)
    (said,) = check.notes(values)
    assert said.startswith(note)


@pytest.mark.parametrize(
    "arguments",
    ["--disable-hot-restart", "--restart-epoch 0", "-l warn", "--component-log-level main:off"],
)
def test_nothing_is_said_of_what_holds(arguments: str) -> None:
    values = parse(arguments.split())
    check.check(values)
    assert list(check.notes(values)) == []


def test_options_are_the_flags() -> None:
    line = (
        "--drain-time-s 5 --drain-strategy immediate --file-flush-interval-msec 7 -l warn "
        "--stats-tag a:b --disable-extensions x,y --service-node n --concurrency 9"
    )
    values = parse(line.split())
    made = options(values, 2)
    assert (made.drain_time_s, made.drain_strategy) == (5, "immediate")
    assert (made.file_flush_interval_msec, made.log_level) == (7, "warning")
    assert (made.stats_tag, made.disable_extensions) == ((("a", "b"),), ("x", "y"))
    assert (made.service_node, made.concurrency, made.admin_address_path) == ("n", 2, "")


def test_parsing_flags_imports_nothing_that_loading_needs() -> None:
    code = "import sys, voyant.cli.run; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    names = loaded.stdout.split()
    assert "voyant.cli.run" in names
    slow = ("google.protobuf", "msgspec", "voyant.config", "voyant.ir", "argparse", "logging")
    assert [name for name in names if name.startswith(slow)] == []
