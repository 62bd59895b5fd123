//! What a request is counted by.

/// Keys and values, in order.
pub type Entries = Vec<(Box<[u8]>, Box<[u8]>)>;

/// What a request is counted by.
#[derive(Debug, Default)]
pub struct Descriptor {
    pub entries: Entries,
    /// How many requests it counts for.
    pub hits: u64,
    /// They are given back.
    pub gives_back: bool,
    /// Whether headers tell of it; nothing: as the filter says.
    pub x_ratelimit_headers: Option<bool>,
}
