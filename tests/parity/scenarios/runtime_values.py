"""How values of a runtime layer are printed."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group, get
from tests.parity.steps import Messages, Open, Send

_LAYERS = """
layered_runtime:
  layers:
  - name: base
    static_layer:
      whole: 1
      whole_with_a_point: 1.0
      negative: -3
      negative_zero: -0.0
      seven_digits_and_a_half: 1234567.5
      sixteen_digits: 1234567890123456
      seventeen_digits: 12345678901234567
      ten_to_15: 1.0e+15
      ten_to_16: 1.0e+16
      ten_to_20: 1.0e+20
      tenth: 0.1
      small: 0.0001
      smaller: 0.00001
      long: 0.1234567890123
      "yes": true
      "no": false
      text: "1.0"
      empty: ""
      blank: " "
      inner: {a: 1, b: {c: 2.50, d: {e: x}}}
  - name: over
    static_layer:
      whole: ""
      tenth: " "
      inner.a: 7
"""
_ADMIN = Open("a", listener="admin")

GROUP = Group(
    bootstrap([http()], [cluster()], _LAYERS),
    [Case("printed", [_ADMIN, Send(get("/runtime"), "a"), Messages(1, "a")])],
)
