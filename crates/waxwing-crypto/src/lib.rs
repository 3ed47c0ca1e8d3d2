//! Keys, sealing bound to its place, blind indexes, tokens, passwords and log hashing. No input or output.
