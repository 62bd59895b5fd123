//! What a route says of upgrades (Envoy's `RouteAction.UpgradeConfig`).

use voyant_ir::route as ir;
use voyant_ir::upgrade::ConnectConfig;

/// Upgrades by name, and what becomes of CONNECT.
#[derive(Debug)]
pub struct RouteUpgrades {
    named: Box<[(Box<[u8]>, bool)]>,
    connect: Option<ConnectConfig>,
}

impl RouteUpgrades {
    /// Nothing when the route says nothing.
    pub fn new(forward: &ir::Forward) -> Option<Self> {
        let named = forward.upgrades.iter();
        let named: Box<[_]> = named
            .map(|upgrade| (upgrade.upgrade_type.as_bytes().into(), upgrade.enabled))
            .collect();
        let connect = forward.connect.clone();
        (!named.is_empty() || connect.is_some()).then_some(Self { named, connect })
    }

    /// Whether the route allows an upgrade, if it says so.
    pub fn allows(&self, kind: &[u8]) -> Option<bool> {
        let mut named = self.named.iter();
        named.find(|(name, _)| name.eq_ignore_ascii_case(kind)).map(|(_, enabled)| *enabled)
    }

    /// How a request with this method ends here, if it does.
    pub fn ends_here(&self, method: &[u8]) -> Option<&ConnectConfig> {
        let connect = self.connect.as_ref()?;
        (method == b"CONNECT" || connect.allow_post && method == b"POST").then_some(connect)
    }
}
