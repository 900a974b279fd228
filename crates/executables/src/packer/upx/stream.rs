//! One compressed piece, as the number of its method says.

use crate::packer::lzma;
use crate::packer::nrv::{self, Method, Unit};
use crate::packer::stream::{Input, Output};

/// How a piece is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    Nrv(Method, Unit),
    Lzma,
}

impl Coding {
    /// The coding with this number, in headers of blocks and of packed programs.
    pub fn numbered(number: u8) -> Option<Self> {
        let unit = |first: u8| match number - first {
            0 => Unit::Long,
            1 => Unit::Byte,
            _ => Unit::Short,
        };
        Some(match number {
            2..=4 => Self::Nrv(Method::B, unit(2)),
            5..=7 => Self::Nrv(Method::D, unit(5)),
            8..=10 => Self::Nrv(Method::E, unit(8)),
            14 => Self::Lzma,
            _ => return None,
        })
    }

    /// Bytes of tables that are made before the first byte is read.
    pub fn cost(self, source: &[u8]) -> u64 {
        match (self, source) {
            (Self::Lzma, [context, ..]) => 0x600_u64 << (context >> 3).min(12),
            _ => 0,
        }
    }

    /// Fills `memory`; None when the piece has not as many bytes, and then those that it has are there.
    pub fn decode(self, source: &[u8], memory: &mut [u8]) -> Option<()> {
        let size = memory.len();
        match self {
            Self::Nrv(method, unit) => {
                let mut output = Output::new(memory, 0);
                nrv::decode(method, unit, &mut Input::new(source, 0), &mut output)?;
                (output.position() == size).then_some(())
            }
            Self::Lzma => {
                // Bits of context and position together, and of the place; then both of the first alone.
                let ([sum, parts], rest) = source.split_first_chunk::<2>()?;
                let (position, literal, context) = (sum & 7, parts >> 4, parts & 15);
                if position > 4 || literal > 4 || context > 8 || sum >> 3 != literal + context {
                    return None;
                }
                let properties = (position * 5 + literal) * 9 + context;
                lzma::decode(properties, [rest, &[]], memory)
            }
        }
    }
}
