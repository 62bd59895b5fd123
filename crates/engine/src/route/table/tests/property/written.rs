//! What filters have written of a request, and conditions on that.

use proptest::prelude::*;
use proptest::sample::select;
use voyant_ir::value_matcher as of_stream;

use super::string_matcher;
use crate::filter_state::{Keeping, LifeSpan, Object, Sharing};
use crate::http::stream_info::StreamInfo;
use crate::route::finalize::tests::stream;

const PATHS: &[&[&str]] = &[&["k"], &["l"], &["k", "m"]];

pub fn metadata_matcher() -> impl Strategy<Value = of_stream::MetadataMatcher> {
    let path = select(PATHS);
    let value = prop_oneof![
        6 => string_matcher().prop_map(|matcher| of_stream::ValueMatcher::String { matcher }),
        1 => any::<bool>().prop_map(|present| of_stream::ValueMatcher::Present { present }),
    ];
    (path, value, prop::bool::weighted(0.15)).prop_map(|(path, value, invert)| {
        let path = path.iter().map(|key| (*key).to_owned()).collect();
        of_stream::MetadataMatcher { namespace: "ns".into(), path, value, invert }
    })
}

pub fn state_matcher() -> impl Strategy<Value = of_stream::FilterStateMatcher> {
    (select(&["s", "t"][..]), string_matcher()).prop_map(|(key, matcher)| {
        let condition = of_stream::FilterStateCondition::String { matcher };
        of_stream::FilterStateMatcher { key: key.into(), condition }
    })
}

/// What filters have written of a request.
pub fn written() -> impl Strategy<Value = StreamInfo> {
    let value = || proptest::option::weighted(0.6, select(&["1", "2", "3", "a", "A", ""][..]));
    (value(), value(), value()).prop_map(|(key, other, state)| {
        let mut info = stream();
        if let Some(value) = key {
            info.dynamic_metadata_mut().set("ns", &["k"], value.into());
        }
        if let Some(value) = other {
            info.dynamic_metadata_mut().set("ns", &["l"], value.into());
        }
        if let Some(value) = state {
            let keeping = Keeping {
                life_span: LifeSpan::FilterChain,
                read_only: false,
                sharing: Sharing::None,
            };
            info.set_filter_state("s", Object::String(value.into()), keeping).unwrap();
        }
        info
    })
}
