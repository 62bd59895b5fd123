//! Access logs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::format::{JsonTemplate, Segment};

/// One access log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessLog {
    pub sink: AccessLogSink,
    pub format: AccessLogFormat,
}

/// Where lines go.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum AccessLogSink {
    File { path: String },
    Stdout,
    Stderr,
}

/// What a line says. A JSON line ends in a newline; a text line ends as its format does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum AccessLogFormat {
    Text { segments: Vec<Segment>, omit_empty_values: bool },
    Json { template: JsonTemplate, omit_empty_values: bool },
}
