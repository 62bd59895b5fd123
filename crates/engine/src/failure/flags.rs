//! Response flags (Envoy's access log, `%RESPONSE_FLAGS%`), printed in this order.

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

/// A set of flags.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResponseFlags(u32);

impl ResponseFlags {
    pub fn insert(&mut self, flag: ResponseFlag) {
        self.0 |= 1 << flag as u8;
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
        self.0 & other.0 != 0
    }

    pub fn contains(self, flag: ResponseFlag) -> bool {
        self.0 & (1 << flag as u8) != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Short names joined by `,`; nothing for the empty set.
    pub fn short(self) -> impl Iterator<Item = &'static str> {
        ALL.iter().filter(move |entry| self.contains(entry.0)).map(|entry| entry.1)
    }

    /// Long names in the same order.
    pub fn long(self) -> impl Iterator<Item = &'static str> {
        ALL.iter().filter(move |entry| self.contains(entry.0)).map(|entry| entry.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_prints_in_envoys_order() {
        let mut flags = ResponseFlags::default();
        flags.insert(ResponseFlag::UpstreamRetryLimitExceeded);
        flags.insert(ResponseFlag::UpstreamConnectionFailure);
        assert_eq!(flags.short().collect::<Vec<_>>(), ["UF", "URX"]);
        assert!(!flags.is_empty());
    }

    #[test]
    fn each_name_of_the_api_is_a_flag() {
        let names = "LH UH UT LR UR UF UC UO NR DI FI RL UAEX RLSE DC URX SI IH DPE UMSDR RFCF \
            NFCF DT UPE NC OM DF DO DR UDO";
        let flags = ResponseFlags::of_short(names.split_whitespace());
        assert_eq!(flags.short().collect::<Vec<_>>().join(" "), names);
    }
}
