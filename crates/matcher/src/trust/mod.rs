//! Reasons to believe a program: certificates from `.crb` files, digests from catalogs.
//!
//! Kept apart from everything that matches: both are looked at only for signed programs, or when
//! something is about to be reported.

mod catalog;
mod certificate;

pub use catalog::{Catalog, CatalogBuilder, Catalogued};
pub use certificate::{CertificateBuilder, CertificateRule, rules};

use crate::image::Tag;

/// Certificate rules in load order, as `certificate` encodes them.
pub const CERTIFICATES: Tag = *b"certs   ";
