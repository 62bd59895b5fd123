"""What the API marks as sensitive is not shown."""

from __future__ import annotations

import json

from voyant import config
from voyant.admin.config_dump import answer, given

BOOTSTRAP = """
static_resources:
  clusters:
  - {name: b, common_lb_config: {healthy_panic_threshold: {value: 50}}}
  - {name: a}
  secrets:
  - name: pair
    tls_certificate:
      certificate_chain: {inline_string: public}
      private_key: {inline_string: private}
      password: {inline_bytes: c2VjcmV0}
"""


def dump(**query: str) -> tuple[int, str]:
    message = config.load_text(BOOTSTRAP).message
    status, _, body = answer(given(message.SerializeToString(), {}, 1.5), query)
    return status, body.decode()


def test_private_keys_are_not_shown() -> None:
    _, text = dump(mask="bootstrap.static_resources.secrets")
    (whole,) = json.loads(text)["configs"]
    (secret,) = whole["bootstrap"]["static_resources"]["secrets"]
    assert secret["tls_certificate"] == {
        "certificate_chain": {"inline_string": "public"},
        "private_key": {"inline_string": "[redacted]"},
        "password": {"inline_bytes": "W3JlZGFjdGVkXQ=="},
    }


def test_clusters_come_by_name_and_whole_numbers_without_a_fraction() -> None:
    _, text = dump(resource="static_clusters")
    clusters = [each["cluster"] for each in json.loads(text)["configs"]]
    assert [each["name"] for each in clusters] == ["a", "b"]
    assert '"value": 50\n' in text


def test_a_bad_name_is_told_in_the_words_of_re2() -> None:
    start = "INVALID_ARGUMENT: Error while parsing name_regex from"
    assert dump(name_regex="[") == (400, f"{start} [: missing ]: [")
    assert dump(name_regex="a)") == (400, f"{start} a): unexpected ): a)")
