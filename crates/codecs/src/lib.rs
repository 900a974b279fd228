//! Bounded decoders and normalisers: every one takes an output limit and keeps what it made before an error.
