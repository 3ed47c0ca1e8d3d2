//! The safe shell of the web: server, headers, forms, limits, context and layout.
