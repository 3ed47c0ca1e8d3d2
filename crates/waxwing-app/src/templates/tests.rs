//! Templates: what begins from what, and previews for one pair of eyes.
