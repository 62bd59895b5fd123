"""DESIGN's rules A and H, and the walls inside the engine: who may know of what."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.house.sources import ENGINE, ROOT, engine_code, name, rust_code, rust_files

CONFIGURATION = {
    "YAML": r"(?i)\byaml|_yaml",
    "protobuf configuration": r"\bprotobuf::|\benvoy\.(config|extensions)\.",
    "type URLs": r"type_url|type\.googleapis\.com",
    "the environment": r"\benv::(var|vars|var_os|args)\b",
}


# One block each; setsockopt by number is known to no safe library.
UNSAFE = ("crates/sockopt/src/lib.rs",)


def offenders(pattern: str, code: dict[str, str]) -> list[str]:
    return [
        f"{file}: {line.strip()}"
        for file, text in code.items()
        for line in text.splitlines()
        if re.search(pattern, line)
    ]


@pytest.mark.parametrize("subject", CONFIGURATION)
def test_the_engine_knows_nothing_of(subject: str) -> None:
    assert offenders(CONFIGURATION[subject], engine_code()) == []


@pytest.mark.parametrize("crate", ["ir", "engine", "testkit"])
def test_a_crate_builds_without_python_and_configuration_formats(crate: str) -> None:
    manifest = tomllib.loads((ROOT / "crates" / crate / "Cargo.toml").read_text())
    needs = set(manifest.get("dependencies", {})) | set(manifest.get("dev-dependencies", {}))
    assert needs & {"pyo3", "serde_yaml", "serde_yml", "prost", "prost-types", "protobuf"} == set()


def test_the_crates_h2_and_http_stay_inside_the_codec() -> None:
    outside = {
        file: text
        for file, text in engine_code().items()
        if not file.startswith("crates/engine/src/codec/h2")
    }
    # A path that begins with the crate's name; `codec::h2::` and `crate::http::` are our own.
    imports = (
        r"\buse (::)?(h2|http)\b|(?<![:\w.])::(h2|http)::|(?<![:\w.])h2::(client|server|Reason)"
    )
    assert offenders(imports, outside) == []


def test_time_and_randomness_come_from_rt() -> None:
    outside = {
        file: text
        for file, text in engine_code().items()
        if not file.startswith("crates/engine/src/rt")
    }
    assert offenders(r"\bInstant::now\(|\bthread_rng\(|\brand::", outside) == []


def test_unsafe_code_only_where_it_is_named() -> None:
    code = {name(path): rust_code(path) for path in rust_files()}
    found = offenders(r"\bunsafe\b", code)
    assert [line.partition(":")[0] for line in found] == list(UNSAFE)
    workspace = tomllib.loads((ROOT / "Cargo.toml").read_text())
    assert workspace["workspace"]["lints"]["rust"]["unsafe_code"] == "forbid"


@pytest.mark.parametrize("crate", ["ir", "engine", "python", "testkit"])
def test_every_crate_obeys_the_workspace_lints(crate: str) -> None:
    manifest = tomllib.loads((ROOT / "crates" / crate / "Cargo.toml").read_text())
    assert manifest["lints"] == {"workspace": True}


def test_these_rules_see_the_engine() -> None:
    assert len(engine_code()) > 10
    assert ENGINE.joinpath("src/lib.rs") in rust_files()
