//! Response flags (Envoy's access log, `%RESPONSE_FLAGS%`), printed in the order in which they came.

/// Declares the flags: short and long names in Envoy's order.
macro_rules! response_flags {
    ($($variant:ident = $short:literal, $long:literal;)*) => {
        /// One reason why a response is not what the upstream sent.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub enum ResponseFlag { $($variant),* }

        const ALL: &[(ResponseFlag, &str, &str)] = &[$((ResponseFlag::$variant, $short, $long)),*];
    };
}

response_flags! {
    FailedLocalHealthCheck = "LH", "FailedLocalHealthCheck";
    NoHealthyUpstream = "UH", "NoHealthyUpstream";
    UpstreamRequestTimeout = "UT", "UpstreamRequestTimeout";
    LocalReset = "LR", "LocalReset";
    UpstreamRemoteReset = "UR", "UpstreamRemoteReset";
    UpstreamConnectionFailure = "UF", "UpstreamConnectionFailure";
    UpstreamConnectionTermination = "UC", "UpstreamConnectionTermination";
    UpstreamOverflow = "UO", "UpstreamOverflow";
    NoRouteFound = "NR", "NoRouteFound";
    DelayInjected = "DI", "DelayInjected";
    FaultInjected = "FI", "FaultInjected";
    RateLimited = "RL", "RateLimited";
    UnauthorizedExternalService = "UAEX", "UnauthorizedExternalService";
    RateLimitServiceError = "RLSE", "RateLimitServiceError";
    DownstreamConnectionTermination = "DC", "DownstreamConnectionTermination";
    UpstreamRetryLimitExceeded = "URX", "UpstreamRetryLimitExceeded";
    StreamIdleTimeout = "SI", "StreamIdleTimeout";
    InvalidEnvoyRequestHeaders = "IH", "InvalidEnvoyRequestHeaders";
    DownstreamProtocolError = "DPE", "DownstreamProtocolError";
    UpstreamMaxStreamDurationReached = "UMSDR", "UpstreamMaxStreamDurationReached";
    ResponseFromCacheFilter = "RFCF", "ResponseFromCacheFilter";
    NoFilterConfigFound = "NFCF", "NoFilterConfigFound";
    DurationTimeout = "DT", "DurationTimeout";
    UpstreamProtocolError = "UPE", "UpstreamProtocolError";
    NoClusterFound = "NC", "NoClusterFound";
    OverloadManagerTerminated = "OM", "OverloadManagerTerminated";
    DnsResolutionFailed = "DF", "DnsResolutionFailed";
    DropOverload = "DO", "DropOverload";
    DownstreamRemoteReset = "DR", "DownstreamRemoteReset";
    UnconditionalDropOverload = "UDO", "UnconditionalDropOverload";
}

/// A set of flags that knows which came first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResponseFlags {
    set: u32,
    /// One after another from the lowest bits, each as its number plus one.
    order: u64,
}

/// What one flag takes of the order.
const PLACE_BITS: u32 = 5;
const _: () = assert!(ALL.len() < 1 << PLACE_BITS);

impl ResponseFlags {
    /// No stream has more flags than there are places: what is beyond them is not printed.
    pub fn insert(&mut self, flag: ResponseFlag) {
        if self.contains(flag) {
            return;
        }
        let shift = PLACE_BITS * self.set.count_ones();
        if shift + PLACE_BITS <= u64::BITS {
            self.order |= (u64::from(flag as u8) + 1) << shift;
        }
        self.set |= 1 << flag as u8;
    }

    /// The flags of these short names.
    pub fn of_short<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut flags = Self::default();
        for name in names {
            // The API allows no other names; a test holds that all of its names are here.
            ALL.iter().filter(|entry| entry.1 == name).for_each(|entry| flags.insert(entry.0));
        }
        flags
    }

    pub fn intersects(self, other: Self) -> bool {
        self.set & other.set != 0
    }

    pub fn contains(self, flag: ResponseFlag) -> bool {
        self.set & (1 << flag as u8) != 0
    }

    pub fn is_empty(self) -> bool {
        self.set == 0
    }

    /// Short names.
    pub fn short(self) -> impl Iterator<Item = &'static str> {
        self.entries().map(|entry| entry.1)
    }

    /// Long names in the same order.
    pub fn long(self) -> impl Iterator<Item = &'static str> {
        self.entries().map(|entry| entry.2)
    }

    fn entries(self) -> impl Iterator<Item = &'static (ResponseFlag, &'static str, &'static str)> {
        let mut left = self.order;
        std::iter::from_fn(move || {
            let place = left as usize & ((1 << PLACE_BITS) - 1);
            left >>= PLACE_BITS;
            ALL.get(place.checked_sub(1)?)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_prints_in_the_order_of_events() {
        let mut flags = ResponseFlags::default();
        assert!(flags.is_empty());
        flags.insert(ResponseFlag::UpstreamRetryLimitExceeded);
        flags.insert(ResponseFlag::UpstreamConnectionFailure);
        flags.insert(ResponseFlag::UpstreamRetryLimitExceeded);
        flags.insert(ResponseFlag::FailedLocalHealthCheck);
        assert_eq!(flags.short().collect::<Vec<_>>(), ["URX", "UF", "LH"]);
        assert_eq!(flags.long().next(), Some("UpstreamRetryLimitExceeded"));
        assert!(!flags.is_empty());
    }

    #[test]
    fn each_name_of_the_api_is_a_flag() {
        let names = "LH UH UT LR UR UF UC UO NR DI FI RL UAEX RLSE DC URX SI IH DPE UMSDR RFCF \
            NFCF DT UPE NC OM DF DO DR UDO";
        for name in names.split_whitespace() {
            let flags = ResponseFlags::of_short(std::iter::once(name));
            assert_eq!(flags.short().collect::<Vec<_>>(), [name]);
        }
    }
}
