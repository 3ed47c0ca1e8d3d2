//! The scripted outside world for tests.
