//! Headers of which Envoy's map holds a single entry, so that another value of the same name is
//! joined to the first by a comma; all others stand beside each other. The lists differ between
//! requests and responses, and are what the real Envoy 1.40 was seen to join.

use crate::head::header_name::HeaderId;

impl HeaderId {
    /// True if a request holds one value of this header.
    pub fn is_joined_in_request(self) -> bool {
        use HeaderId as H;
        self.is_joined_in_both()
            || matches!(
                self,
                H::Accept
                    | H::AcceptEncoding
                    | H::AccessControlRequestHeaders
                    | H::AccessControlRequestMethod
                    | H::AccessControlRequestPrivateNetwork
                    | H::Authorization
                    | H::CdnLoop
                    | H::Expect
                    | H::GrpcAcceptEncoding
                    | H::GrpcTimeout
                    | H::IfMatch
                    | H::IfModifiedSince
                    | H::IfNoneMatch
                    | H::IfRange
                    | H::IfUnmodifiedSince
                    | H::Origin
                    | H::Pragma
                    | H::Referer
                    | H::Te
                    | H::UserAgent
                    | H::XClientTraceId
                    | H::XForwardedClientCert
                    | H::XForwardedFor
                    | H::XForwardedHost
                    | H::XForwardedPort
                    | H::XForwardedProto
            )
            || self.is_joined_for_the_router()
    }

    /// Headers by which a request talks to Envoy's router.
    fn is_joined_for_the_router(self) -> bool {
        use HeaderId as H;
        matches!(
            self,
            H::XEnvoyDownstreamServiceCluster
                | H::XEnvoyDownstreamServiceNode
                | H::XEnvoyExpectedRqTimeoutMs
                | H::XEnvoyExternalAddress
                | H::XEnvoyForceTrace
                | H::XEnvoyHedgeOnPerTryTimeout
                | H::XEnvoyInternal
                | H::XEnvoyIpTags
                | H::XEnvoyIsTimeoutRetry
                | H::XEnvoyMaxRetries
                | H::XEnvoyOriginalHost
                | H::XEnvoyOriginalPath
                | H::XEnvoyOriginalUrl
                | H::XEnvoyRetriableHeaderNames
                | H::XEnvoyRetriableStatusCodes
                | H::XEnvoyRetryGrpcOn
                | H::XEnvoyRetryOn
                | H::XEnvoyUpstreamAltStatName
                | H::XEnvoyUpstreamRqPerTryTimeoutMs
                | H::XEnvoyUpstreamRqTimeoutAltResponse
                | H::XEnvoyUpstreamRqTimeoutMs
                | H::XEnvoyUpstreamStreamDurationMs
        )
    }

    /// True if a response holds one value of this header.
    pub fn is_joined_in_response(self) -> bool {
        use HeaderId as H;
        self.is_joined_in_both()
            || matches!(
                self,
                H::AccessControlAllowCredentials
                    | H::AccessControlAllowHeaders
                    | H::AccessControlAllowMethods
                    | H::AccessControlAllowOrigin
                    | H::AccessControlAllowPrivateNetwork
                    | H::AccessControlExposeHeaders
                    | H::AccessControlMaxAge
                    | H::Age
                    | H::Date
                    | H::Etag
                    | H::Expires
                    | H::GrpcMessage
                    | H::GrpcStatus
                    | H::LastModified
                    | H::Location
                    | H::Server
                    | H::Vary
                    | H::XEnvoyDegraded
                    | H::XEnvoyImmediateHealthCheckFail
                    | H::XEnvoyRateLimited
                    | H::XEnvoyUpstreamCanary
                    | H::XEnvoyUpstreamHealthcheckedCluster
                    | H::XEnvoyUpstreamServiceTime
            )
    }

    fn is_joined_in_both(self) -> bool {
        use HeaderId as H;
        self.is_pseudo()
            || matches!(
                self,
                H::CacheControl
                    | H::Connection
                    | H::ContentEncoding
                    | H::ContentLength
                    | H::ContentType
                    | H::Host
                    | H::KeepAlive
                    | H::ProxyConnection
                    | H::ProxyStatus
                    | H::TransferEncoding
                    | H::Upgrade
                    | H::Via
                    | H::XEnvoyAttemptCount
                    | H::XEnvoyDecoratorOperation
                    | H::XRequestId
            )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_differ_by_direction() {
        let joined = |id: HeaderId| (id.is_joined_in_request(), id.is_joined_in_response());
        assert_eq!(joined(HeaderId::Via), (true, true));
        assert_eq!(joined(HeaderId::UserAgent), (true, false));
        assert_eq!(joined(HeaderId::Vary), (false, true));
        assert_eq!(joined(HeaderId::SetCookie), (false, false));
        assert_eq!(joined(HeaderId::Cookie), (false, false));
    }
}
