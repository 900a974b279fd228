//! Pictures of ACE: rows of planes, what the prediction of each point is off by as Golomb-Rice codes.

use super::Mode;
use crate::bits::Bits;
use crate::bounded::Status;

const CONTEXTS: usize = 365;
/// The longest row, the number of planes included.
const WIDEST: u64 = 1 << 20;
const RENEW: u32 = 128;
const MOST_ERRORS: u32 = 127;
/// Longest remainder of a code.
const LONGEST: u32 = 24;
const NEUTRAL: u8 = 128;

/// What is known where the surroundings look alike.
#[derive(Clone, Copy)]
struct Context {
    used: u32,
    sum: u64,
    errors: [u32; 4],
    predictor: usize,
}

const NEW: Context = Context { used: 0, sum: 4, errors: [0; 4], predictor: 0 };

/// The state since a picture began.
pub struct Picture {
    width: usize,
    planes: usize,
    /// Of the first plane, and of all others.
    contexts: [Vec<Context>; 2],
    above: Vec<u8>,
}

impl Picture {
    /// Reads the size of rows.
    pub fn begin(bits: &mut Bits<'_, '_>) -> Result<Self, Status> {
        let (width, planes) = (golomb_rice(bits, 12)?, golomb_rice(bits, 2)?);
        if width + planes > WIDEST {
            return Err(Status::Window);
        }
        let above = vec![0; (width + planes) as usize];
        let contexts = [vec![NEW; CONTEXTS], vec![NEW; CONTEXTS]];
        Ok(Self { width: width as usize, planes: planes as usize, contexts, above })
    }

    /// Decodes rows until there are `most` bytes, or those before the next mode.
    pub fn read(
        &mut self,
        bits: &mut Bits<'_, '_>,
        most: u64,
        made: &mut Vec<u8>,
    ) -> Result<Option<Mode>, Status> {
        while (made.len() as u64) < most {
            if bits.take(1)? == 0 {
                return Mode::read(bits).map(Some);
            }
            self.row(bits)?;
            made.extend_from_slice(self.above.get(..self.width).unwrap_or_default());
        }
        Ok(None)
    }

    fn row(&mut self, bits: &mut Bits<'_, '_>) -> Result<(), Status> {
        // Points beside the row, on both sides, are 0.
        let mut row = vec![0_u8; self.above.len()];
        for plane in 0..self.planes {
            let relation = if plane == 0 { Relation::None } else { Relation::read(bits)? };
            let Some(contexts) = self.contexts.get_mut(usize::from(plane > 0)) else {
                return Err(Status::Corrupt);
            };
            let point = |row: &[u8], at: Option<usize>| at.and_then(|at| row.get(at)).copied().unwrap_or(0);
            let mut around = Around::new(relation);
            around.right = relation
                .difference(point(&self.above, Some(plane)), point(&self.above, plane.checked_sub(1)));
            for column in (plane..self.width).step_by(self.planes) {
                around.shift();
                let next = column + self.planes;
                around.right =
                    relation.difference(point(&self.above, Some(next)), point(&self.above, Some(next - 1)));
                let context = contexts.get_mut(around.context()).ok_or(Status::Corrupt)?;
                around.here = context.point(&around, bits)?;
                let value = relation.value(around.here, point(&row, column.checked_sub(1)));
                if let Some(place) = row.get_mut(column) {
                    *place = value;
                }
            }
        }
        self.above = row;
        Ok(())
    }
}

/// How a plane is stored: as it is, or as what it differs by from all or most of the plane before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Relation {
    None,
    All,
    Most,
}

impl Relation {
    fn read(bits: &mut Bits<'_, '_>) -> Result<Self, Status> {
        match bits.take(2)? {
            0 => Ok(Self::None),
            1 => Ok(Self::All),
            2 => Ok(Self::Most),
            _ => Err(Status::Corrupt),
        }
    }

    fn part(self, other: u8) -> u8 {
        match self {
            Self::None => NEUTRAL,
            Self::All => other,
            Self::Most => ((u32::from(other) * 11) >> 4) as u8,
        }
    }

    fn difference(self, this: u8, other: u8) -> u8 {
        NEUTRAL.wrapping_add(this).wrapping_sub(self.part(other))
    }

    fn value(self, difference: u8, other: u8) -> u8 {
        difference.wrapping_add(self.part(other)).wrapping_sub(NEUTRAL)
    }
}

/// The points around the one that comes: above it, left, above left, above right.
struct Around {
    above: u8,
    left: u8,
    corner: u8,
    right: u8,
    here: u8,
}

impl Around {
    fn new(relation: Relation) -> Self {
        let start = if relation == Relation::None { 0 } else { NEUTRAL };
        Self { above: start, left: start, corner: start, right: start, here: start }
    }

    fn shift(&mut self) {
        self.corner = self.above;
        self.above = self.right;
        self.left = self.here;
    }

    fn context(&self) -> usize {
        let step = |to: u8, from: u8| quantum(i32::from(to) - i32::from(from));
        let number = 81 * step(self.right, self.above)
            + 9 * step(self.above, self.corner)
            + step(self.corner, self.left);
        number.unsigned_abs() as usize
    }

    fn predicted(&self, predictor: usize) -> u8 {
        match predictor {
            0 => self.above,
            1 => self.left,
            2 => self.above.midpoint(self.left),
            _ => self.above.wrapping_add(self.left).wrapping_sub(self.corner),
        }
    }
}

impl Context {
    fn point(&mut self, around: &Around, bits: &mut Bits<'_, '_>) -> Result<u8, Status> {
        self.used += 1;
        let average = self.sum / u64::from(self.used);
        let off = golomb_rice(bits, u64::BITS - average.leading_zeros())?;
        let half = off >> 1;
        let size = if off & 1 == 1 { half + 1 } else { half };
        let predicted = around.predicted(self.predictor);
        let here = if off & 1 == 1 {
            predicted.wrapping_sub(size as u8)
        } else {
            predicted.wrapping_add(size as u8)
        };
        self.sum += size;
        if self.used == RENEW {
            self.used >>= 1;
            self.sum >>= 1;
        }
        for (index, errors) in self.errors.iter_mut().enumerate() {
            *errors += width(here.wrapping_sub(around.predicted(index)).cast_signed());
        }
        self.predictor =
            self.errors.iter().enumerate().min_by_key(|&(_, errors)| errors).map_or(0, |(at, _)| at);
        if self.errors.iter().any(|&errors| errors > MOST_ERRORS) {
            self.errors.iter_mut().for_each(|errors| *errors >>= 1);
        }
        Ok(here)
    }
}

/// Bits of a difference with its sign.
fn width(difference: i8) -> u32 {
    let twice = 2 * i32::from(difference);
    let number = if twice < 0 { -twice - 1 } else { twice };
    u32::BITS - number.leading_zeros()
}

fn quantum(step: i32) -> i32 {
    let size = match step.abs() {
        0 => 0,
        1..=2 => 1,
        3..=6 => 2,
        7..=20 => 3,
        _ => 4,
    };
    size * step.signum()
}

/// A number of `remainder` bits and any number of ones for what is above.
fn golomb_rice(bits: &mut Bits<'_, '_>, remainder: u32) -> Result<u64, Status> {
    if remainder > LONGEST {
        return Err(Status::Corrupt);
    }
    let mut value = u64::from(bits.take(remainder)?);
    while bits.take(1)? == 1 {
        value += 1 << remainder;
    }
    Ok(value)
}
