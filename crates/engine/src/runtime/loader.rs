//! The layers that a runtime is made of, and what changes them: an operator, who has a layer of
//! his own, and whoever follows files. A change makes all values anew and puts them in place at
//! once.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use voyant_ir::snapshot::{RuntimeLayer, RuntimeValue};

use super::Runtime;
use crate::observe::stats::Registry;
use crate::observe::stats::groups::server::RuntimeStats;

/// There is no layer that could be changed.
#[derive(Debug, thiserror::Error)]
#[error("No admin layer specified")]
pub struct NoAdminLayer;

/// What keeps something that it has made of runtime values, because it is asked too often to look
/// them up, and makes it anew when they change.
pub trait Follower: Send + Sync + std::fmt::Debug {
    fn follow(&self, runtime: &Runtime);
}

/// Layers in order, without those that could not be read.
#[derive(Debug)]
pub struct Layers {
    pub read: Vec<RuntimeLayer>,
    /// There are such.
    pub unread: bool,
}

/// The layers of a runtime.
#[derive(Debug)]
pub struct RuntimeLoader {
    layers: Mutex<Layers>,
    runtime: Arc<Runtime>,
    follower: Weak<dyn Follower>,
    stats: Arc<RuntimeStats>,
}

impl RuntimeLoader {
    /// The layers that `runtime` was made from, and who is told of others.
    pub fn new(
        layers: Layers,
        runtime: Arc<Runtime>,
        follower: Weak<dyn Follower>,
        registry: &Registry,
    ) -> Self {
        let stats: Arc<RuntimeStats> = registry.shard("runtime");
        // As Envoy, which loads its layers once more when all of them are there.
        count(&stats, &layers);
        count(&stats, &layers);
        Self { layers: layers.into(), runtime, follower, stats }
    }

    /// Counts what deprecated there is in the configuration.
    pub fn count_deprecated(&self, uses: u64) {
        self.stats.deprecated_feature_use.add(uses);
        let seen = i64::try_from(uses).unwrap_or(i64::MAX);
        self.stats.deprecated_feature_seen_since_process_start.set(seen);
    }

    /// What the layers come to.
    pub fn runtime(&self) -> &Arc<Runtime> {
        &self.runtime
    }

    /// The layers by now, in order.
    pub fn layers(&self) -> Vec<RuntimeLayer> {
        self.lock().read.clone()
    }

    /// Overrides values in the operator's layer; an empty value takes an override away.
    pub fn merge(&self, overrides: &[(String, String)]) -> Result<(), NoAdminLayer> {
        let mut layers = self.lock();
        let admin = layers.read.iter_mut().find(|layer| layer.admin).ok_or(NoAdminLayer)?;
        for (key, value) in overrides {
            admin.values.retain(|entry| entry.key != *key);
            if !value.is_empty() {
                admin.values.push(RuntimeValue { key: key.clone(), value: value.clone() });
            }
        }
        admin.values.sort_by(|one, other| one.key.cmp(&other.key));
        self.stats.admin_overrides_active.set((!admin.values.is_empty()).into());
        self.load(&layers);
        Ok(())
    }

    /// Puts other layers in place, in which the operator's keeps what it has.
    pub fn replace(&self, new: Layers) {
        let mut layers = self.lock();
        let kept = layers.read.iter_mut().find(|layer| layer.admin);
        let kept = kept.map(|layer| std::mem::take(&mut layer.values)).unwrap_or_default();
        *layers = new;
        if let Some(admin) = layers.read.iter_mut().find(|layer| layer.admin) {
            admin.values = kept;
        }
        self.load(&layers);
    }

    fn load(&self, layers: &Layers) {
        self.runtime.replace(&layers.read);
        if let Some(follower) = self.follower.upgrade() {
            follower.follow(&self.runtime);
        }
        count(&self.stats, layers);
    }

    fn lock(&self) -> MutexGuard<'_, Layers> {
        // No code panics between two states of the layers.
        self.layers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a load.
fn count(stats: &RuntimeStats, Layers { read: layers, unread }: &Layers) {
    let keys: HashSet<&str> =
        layers.iter().flat_map(|layer| &layer.values).map(|value| value.key.as_str()).collect();
    let size = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
    stats.num_layers.set(size(layers.len()));
    stats.num_keys.set(size(keys.len()));
    if *unread {
        stats.load_error.inc();
    } else {
        stats.load_success.inc();
    }
    // The first directory is no override.
    if layers.iter().filter(|layer| layer.disk).count() > 1 {
        stats.override_dir_exists.inc();
    } else {
        stats.override_dir_not_exists.inc();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(name: &str, admin: bool, values: &[(&str, &str)]) -> RuntimeLayer {
        let values = values
            .iter()
            .map(|(key, value)| RuntimeValue { key: (*key).into(), value: (*value).into() })
            .collect();
        RuntimeLayer { name: name.into(), admin, disk: false, values }
    }

    fn loader(layers: Vec<RuntimeLayer>) -> (RuntimeLoader, Arc<Runtime>) {
        let runtime = Arc::new(Runtime::new(&layers));
        let nobody = Weak::<Seen>::new();
        let layers = Layers { read: layers, unread: false };
        (RuntimeLoader::new(layers, Arc::clone(&runtime), nobody, &Registry::new()), runtime)
    }

    /// The values that `a` had.
    #[derive(Debug, Default)]
    struct Seen(Mutex<Vec<u64>>);

    impl Follower for Seen {
        fn follow(&self, runtime: &Runtime) {
            self.0.lock().expect("whole").push(runtime.integer("a", 9));
        }
    }

    #[test]
    fn who_follows_is_told_of_each_change() {
        let layers = vec![layer("base", false, &[("a", "1")]), layer("admin", true, &[])];
        let runtime = Arc::new(Runtime::new(&layers));
        let seen = Arc::new(Seen::default());
        let follower: Weak<Seen> = Arc::downgrade(&seen);
        let layers = Layers { read: layers, unread: false };
        let loader = RuntimeLoader::new(layers, runtime, follower, &Registry::new());
        loader.merge(&pairs(&[("a", "2")])).expect("a layer");
        loader.replace(Layers { read: vec![layer("base", false, &[])], unread: false });
        assert_eq!(*seen.0.lock().expect("whole"), [2, 9]);
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect()
    }

    #[test]
    fn an_operator_overrides_values_until_he_takes_that_back() {
        let layers = vec![layer("base", false, &[("a", "1")]), layer("admin", true, &[])];
        let (loader, runtime) = loader(layers);
        loader.merge(&pairs(&[("a", "2"), ("b", "3")])).expect("a layer");
        assert_eq!((runtime.integer("a", 9), runtime.integer("b", 9)), (2, 3));
        assert_eq!(loader.stats.admin_overrides_active.get(), 1);
        assert_eq!((loader.stats.num_keys.get(), loader.stats.load_success.get()), (2, 3));
        loader.merge(&pairs(&[("a", ""), ("b", "")])).expect("a layer");
        assert_eq!((runtime.integer("a", 9), runtime.integer("b", 9)), (1, 9));
        assert_eq!(loader.stats.admin_overrides_active.get(), 0);
    }

    #[test]
    fn nothing_is_overridden_without_a_layer_for_that() {
        let (loader, runtime) = loader(vec![layer("base", false, &[("a", "1")])]);
        let error = loader.merge(&pairs(&[("a", "2")])).expect_err("no layer");
        assert_eq!(error.to_string(), "No admin layer specified");
        assert_eq!((runtime.integer("a", 9), loader.stats.load_success.get()), (1, 2));
    }

    #[test]
    fn other_layers_leave_the_operators_as_it_is() {
        let admin = || layer("admin", true, &[]);
        let (loader, runtime) = loader(vec![layer("disk", false, &[("a", "1")]), admin()]);
        loader.merge(&pairs(&[("b", "2")])).expect("a layer");
        let new = vec![layer("disk", false, &[("a", "3"), ("b", "4")]), admin()];
        loader.replace(Layers { read: new, unread: false });
        assert_eq!((runtime.integer("a", 9), runtime.integer("b", 9)), (3, 2));
        assert_eq!(loader.layers().len(), 2);
    }

    #[test]
    fn a_layer_that_could_not_be_read_is_an_error_of_each_load() {
        let (loader, _) = loader(vec![layer("admin", true, &[])]);
        loader.replace(Layers { read: vec![layer("admin", true, &[])], unread: true });
        loader.merge(&pairs(&[("a", "1")])).expect("a layer");
        assert_eq!((loader.stats.load_success.get(), loader.stats.load_error.get()), (2, 2));
    }

    #[test]
    fn a_second_directory_is_an_override() {
        let disk = |name| RuntimeLayer { disk: true, ..layer(name, false, &[]) };
        let (loader, _) = loader(vec![disk("one")]);
        assert_eq!(loader.stats.override_dir_not_exists.get(), 2);
        loader.replace(Layers { read: vec![disk("one"), disk("two")], unread: false });
        assert_eq!(loader.stats.override_dir_exists.get(), 1);
    }
}
