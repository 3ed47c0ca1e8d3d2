//! Facts from the domain name system.
