//! The methods of LHA and ARJ.

pub mod adaptive;
pub mod blocks;
pub mod fastest;
