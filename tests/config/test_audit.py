"""The field audit: what it reports, and that every translator's lists are whole."""

import pytest
from voyant.config import Fields, Report, Unplaced, audit, new
from voyant.config.audit import declared, problems

from tools.compatibility import DOCUMENT, document, import_translators

LOCALITY = "envoy.config.core.v3.Locality"
NODE = "envoy.config.core.v3.Node"


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Declarations of this test only."""
    monkeypatch.setattr(audit, "_declared", {})


def whole() -> Fields:
    return Fields(LOCALITY, reads={"zone"}, no_effect={"region": "why"}, unsupported={"sub_zone"})


@pytest.mark.usefixtures("alone")
def test_a_field_that_is_set_and_not_read_is_an_error() -> None:
    report = Report(Unplaced("in.pb"))
    whole().check(new(LOCALITY), report.root)
    message = new(LOCALITY)
    message.zone = message.region = message.sub_zone = "x"
    whole().check(message, report.root.field("locality"))
    assert [str(e) for e in report.errors] == ["in.pb: locality.sub_zone: not supported yet"]


@pytest.mark.usefixtures("alone")
def test_lists_of_another_message_are_a_mistake() -> None:
    with pytest.raises(TypeError, match="do not tell about"):
        whole().check(new(NODE), Report(Unplaced("x")).root)


@pytest.mark.usefixtures("alone")
def test_whole_lists_have_no_problems() -> None:
    assert list(whole().problems()) == []


@pytest.mark.usefixtures("alone")
def test_problems_of_lists() -> None:
    Fields(LOCALITY, reads={"zone", "zon"}, no_effect={"zone": "why"})
    Fields("envoy.Nothing", reads={})
    assert problems() == [
        "envoy.Nothing: there is no such message",
        f"{LOCALITY}.region: is in 0 lists, must be in one",
        f"{LOCALITY}.zone: is in 2 lists, must be in one",
        f"{LOCALITY}.sub_zone: is in 0 lists, must be in one",
        f"{LOCALITY}.zon: there is no such field",
    ]


@pytest.mark.usefixtures("alone")
def test_a_message_that_is_read_must_be_declared() -> None:
    node = Fields(NODE, reads={"locality", "metadata", "dynamic_parameters"})
    found = [problem for problem in node.problems() if "is read" in problem]
    assert found == [
        f"{NODE}.dynamic_parameters: is read, but xds.core.v3.ContextParams is not declared",
        f"{NODE}.locality: is read, but {LOCALITY} is not declared",
    ]


@pytest.mark.usefixtures("alone")
def test_document_tells_each_field_once() -> None:
    text = document([whole()])
    assert f"| {LOCALITY} | 1 | 1 | 1 |" in text
    assert text.endswith("- read: `zone`\n- taken: `region`: why\n- not yet: `sub_zone`\n")


def test_every_translator_tells_about_every_field() -> None:
    import_translators()
    assert problems() == []


def test_the_document_is_not_stale() -> None:
    import_translators()
    assert DOCUMENT.read_text() == document(declared()), "run `make compatibility`"
