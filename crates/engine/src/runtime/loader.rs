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

/// The layers of a runtime.
#[derive(Debug)]
pub struct RuntimeLoader {
    layers: Mutex<Vec<RuntimeLayer>>,
    runtime: Arc<Runtime>,
    follower: Weak<dyn Follower>,
    stats: Arc<RuntimeStats>,
}

impl RuntimeLoader {
    /// The layers that `runtime` was made from, and who is told of others.
    pub fn new(
        layers: Vec<RuntimeLayer>,
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

    /// What the layers come to.
    pub fn runtime(&self) -> &Arc<Runtime> {
        &self.runtime
    }

    /// The layers by now, in order.
    pub fn layers(&self) -> Vec<RuntimeLayer> {
        self.lock().clone()
    }

    /// Overrides values in the operator's layer; an empty value takes an override away.
    pub fn merge(&self, overrides: &[(String, String)]) -> Result<(), NoAdminLayer> {
        let mut layers = self.lock();
        let admin = layers.iter_mut().find(|layer| layer.admin).ok_or(NoAdminLayer)?;
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
    pub fn replace(&self, new: Vec<RuntimeLayer>) {
        let mut layers = self.lock();
        let kept = layers.iter_mut().find(|layer| layer.admin);
        let kept = kept.map(|layer| std::mem::take(&mut layer.values)).unwrap_or_default();
        *layers = new;
        if let Some(admin) = layers.iter_mut().find(|layer| layer.admin) {
            admin.values = kept;
        }
        self.load(&layers);
    }

    fn load(&self, layers: &[RuntimeLayer]) {
        self.runtime.replace(layers);
        if let Some(follower) = self.follower.upgrade() {
            follower.follow(&self.runtime);
        }
        count(&self.stats, layers);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<RuntimeLayer>> {
        // No code panics between two states of the layers.
        self.layers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a load.
fn count(stats: &RuntimeStats, layers: &[RuntimeLayer]) {
    let keys: HashSet<&str> =
        layers.iter().flat_map(|layer| &layer.values).map(|value| value.key.as_str()).collect();
    let size = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
    stats.num_layers.set(size(layers.len()));
    stats.num_keys.set(size(keys.len()));
    stats.load_success.inc();
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
        let loader = RuntimeLoader::new(layers, runtime, follower, &Registry::new());
        loader.merge(&pairs(&[("a", "2")])).expect("a layer");
        loader.replace(vec![layer("base", false, &[])]);
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
        loader.replace(vec![layer("disk", false, &[("a", "3"), ("b", "4")]), admin()]);
        assert_eq!((runtime.integer("a", 9), runtime.integer("b", 9)), (3, 2));
        assert_eq!(loader.layers().len(), 2);
    }

    #[test]
    fn a_second_directory_is_an_override() {
        let disk = |name| RuntimeLayer { disk: true, ..layer(name, false, &[]) };
        let (loader, _) = loader(vec![disk("one")]);
        assert_eq!(loader.stats.override_dir_not_exists.get(), 2);
        loader.replace(vec![disk("one"), disk("two")]);
        assert_eq!(loader.stats.override_dir_exists.get(), 1);
    }
}
