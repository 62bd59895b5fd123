//! Voyant's data plane. It knows no protobuf, YAML or file beyond what the IR hands it.
