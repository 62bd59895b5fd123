//! Operators on metadata: what the configuration says of the parts that a stream met, and what
//! filters have written. A value of null is missing, as is what is not there.

use voyant_ir::format::MetadataSource;
use voyant_ir::metadata::{Metadata, Value};

use super::context::FormatContext;
use super::json_value;

/// A place in metadata.
#[derive(Debug)]
pub(super) struct MetadataOp {
    source: MetadataSource,
    namespace: Box<str>,
    /// Empty: the namespace as a whole.
    path: Box<[Box<str>]>,
}

impl MetadataOp {
    pub(super) fn new(source: MetadataSource, namespace: &str, path: &[String]) -> Self {
        let path = path.iter().map(|key| key.as_str().into()).collect();
        Self { source, namespace: namespace.into(), path }
    }

    /// Appends the value: a string as it is, anything else as JSON.
    pub(super) fn write(&self, cx: &FormatContext<'_>, out: &mut Vec<u8>) -> bool {
        self.read(cx, |value| match value {
            Value::String { value } => out.extend_from_slice(value.as_bytes()),
            value => json_value::write(value, usize::MAX, out),
        })
    }

    /// Appends the value as JSON, of which only a string is cut.
    pub(super) fn write_json(
        &self,
        cx: &FormatContext<'_>,
        max_length: usize,
        out: &mut Vec<u8>,
    ) -> bool {
        self.read(cx, |value| json_value::write(value, max_length, out))
    }

    /// False, and nothing is read, when there is no value.
    fn read(&self, cx: &FormatContext<'_>, read: impl FnOnce(&Value)) -> bool {
        let info = cx.info;
        let listener = info.connection.listener.as_deref();
        let source = match self.source {
            MetadataSource::Dynamic => {
                return self.found(info.dynamic_metadata(&self.namespace, &self.path), read);
            }
            MetadataSource::UpstreamHost => {
                let metadata = info.upstream.host.as_ref().map(|host| host.metadata());
                return self.look(metadata.as_ref().and_then(|found| found.as_deref()), read);
            }
            MetadataSource::Route => {
                info.route.as_ref().and_then(|route| route.metadata.as_deref())
            }
            MetadataSource::VirtualHost => {
                info.route.as_ref().and_then(|route| route.virtual_host.metadata.as_deref())
            }
            MetadataSource::Cluster => {
                info.upstream.cluster.as_ref().and_then(|cluster| cluster.metadata.as_deref())
            }
            MetadataSource::Listener => listener.and_then(|of| of.metadata.as_ref()),
            MetadataSource::ListenerFilterChain => {
                listener.and_then(|of| of.filter_chain_metadata.as_ref())
            }
        };
        self.look(source, read)
    }

    fn look(&self, metadata: Option<&Metadata>, read: impl FnOnce(&Value)) -> bool {
        self.found(metadata.and_then(|found| found.get(&self.namespace, &self.path)), read)
    }

    fn found(&self, value: Option<&Value>, read: impl FnOnce(&Value)) -> bool {
        value.filter(|value| !matches!(value, Value::Null {})).map(read).is_some()
    }
}
