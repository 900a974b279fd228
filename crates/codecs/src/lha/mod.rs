//! The methods of LHA and ARJ.

pub mod adaptive;
pub mod blocks;
pub mod fastest;
mod pmarc;
pub mod pmarc_1;
pub mod pmarc_2;
