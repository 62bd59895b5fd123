"""The parser of flags, what it refuses, and that it knows all of Envoy's."""

import os
import subprocess
import sys

import pytest
from voyant.cli import check
from voyant.cli.flags import FLAGS, UsageError, parse
from voyant.cli.load import options
from voyant.cli.serve import concurrency
from voyant.config.options import Options

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
        (
            "--concurency 3",
            "--concurency: couldn't find match for argument; did you mean '--concurrency'?",
        ),
        (
            "envoy.yaml",
            "envoy.yaml: couldn't find match for argument; the configuration is given with -c FILE",
        ),
        ("-c a -c b", "--config-path: argument already set"),
        ("-l info --log-level debug", "--log-level: argument already set"),
        ("--concurrency", "--concurrency: missing a value; expected --concurrency NUMBER"),
        (
            "--concurrency -1",
            "--concurrency: couldn't read argument value from '-1'; expected a number from 0 to "
            "4294967295",
        ),
        ("--concurrency 4294967296", "--concurrency: couldn't read argument value from '429496729"),
        ("--drain-time-s 5s", "--drain-time-s: couldn't read argument value from '5s'; expected"),
        ("--cpuset-threads=yes", "--cpuset-threads takes no value"),
        ("--mode test", "unknown mode 'test'; expected serve or validate or init_only"),
        ("--drain-strategy x", "unknown drain-strategy 'x'; expected gradual or immediate"),
        ("--local-address-ip-version v5", "unknown IP address version 'v5'; expected v4 or v6"),
        ("-l loud", "invalid log level specified 'loud'; expected one of trace, debug, info"),
        ("-l WARN", "invalid log level specified 'WARN'"),
        (
            "--component-log-level a",
            "component log level not correctly specified 'a'; expected COMPONENT:LEVEL",
        ),
        ("--component-log-level dns:info:x", "component log level not correctly specified 'dns:i"),
        ("--component-log-level dns:b", "invalid log level specified 'b'"),
        (
            "--component-log-level upstrem:info",
            "invalid component specified 'upstrem'; did you mean 'upstream'?",
        ),
        (
            "--component-log-level dns:info --enable-fine-grain-logging",
            "--component-log-level will not work with --enable-fine-grain-logging",
        ),
        ("--stats-tag a", "misformatted stats-tag 'a'; expected TAG:VALUE"),
        ("--stats-tag a-:b", "misformatted stats-tag 'a-:b' contains invalid char in 'a-'"),
        ("--stats-tag a:b.c", "misformatted stats-tag 'a:b.c' contains invalid char in 'b.c'"),
        ("--stats-tag a:", "misformatted stats-tag 'a:' contains invalid char in ''"),
        ("--restart-epoch 1", "--restart-epoch: a restart cannot take over"),
        (
            "--restart-epoch 1 --use-dynamic-base-id",
            "cannot use --restart-epoch=1 with --use-dynamic-base-id",
        ),
        ("--socket-path /tmp/s --socket-mode 999", "invalid socket-mode '999'"),
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
        ("--restart-epoch 1 --disable-hot-restart", "--restart-epoch has no effect: there is no"),
        ("--restart-epoch 1 --mode validate", "--restart-epoch has no effect: there is no hot"),
        ("--stats-tag a:b --stats-tag a:c", "--stats-tag a:c has no effect: 'a' is 'b' already"),
        (
            "--component-log-level config:debug,upstream:trace,dns:off",
            "--component-log-level has no effect yet: nothing is logged by dns, upstream",
        ),
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
    [
        "--disable-hot-restart",
        "--restart-epoch 0",
        "-l warn",
        "--component-log-level main:off",
        "--component-log-level=",
        "--file-flush-min-size-kb 1",
        "--stats-tag a:b --stats-tag a:b --stats-tag :c",
    ],
)
def test_nothing_is_said_of_what_holds(arguments: str) -> None:
    values = parse(arguments.split())
    check.check(values)
    assert list(check.notes(values)) == []


def test_what_follows_help_or_version_is_not_looked_at() -> None:
    assert parse(["--version", "--bogus"]) == {"version": True}
    assert parse(["-c", "a", "-h", "extra"]) == {"config_path": "a", "help": True}
    with pytest.raises(UsageError):
        parse(["--bogus", "--version"])


def test_every_flag_is_an_option_or_is_known_not_to_be() -> None:
    """An option is translated or shown in `/server_info`; nothing falls between the two."""
    elsewhere = {"allow_unknown_fields", "hot_restart_version", "version", "help"}
    flags = {flag.key for group in FLAGS.values() for flag in group}
    assert flags - set(Options.__struct_fields__) == elsewhere
    assert set(Options.__struct_fields__) <= flags


@pytest.mark.parametrize(
    ("arguments", "workers"),
    [
        ("", os.cpu_count()),
        ("--concurrency 3", 3),
        ("--concurrency 0", 1),
        ("--cpuset-threads", len(os.sched_getaffinity(0))),
        ("--cpuset-threads --concurrency 5", 5),
    ],
)
def test_workers(arguments: str, workers: int) -> None:
    assert concurrency(parse(arguments.split())) == workers


def test_options_are_the_flags() -> None:
    line = (
        "--drain-time-s 5 --drain-strategy immediate --file-flush-interval-msec 7 -l warn "
        "--stats-tag a:b --stats-tag a:c --disable-extensions x,y --service-node n --concurrency 9"
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
