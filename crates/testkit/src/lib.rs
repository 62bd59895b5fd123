//! Scripted upstreams and clients for tests of the engine: each binds port 0 and ends in `.run()`.
