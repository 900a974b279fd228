//! The step budget of one view: what keeps a hostile file or signature from costing minutes.

/// The budget is used up; what was being looked at is not fully matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted;

/// Elementary matcher steps that are left. A step is about one element compared or 64 bytes searched.
#[derive(Clone, Debug)]
pub struct Steps {
    limit: u64,
    left: u64,
}

impl Steps {
    /// A budget of `limit` steps.
    pub const fn new(limit: u64) -> Self {
        Self { limit, left: limit }
    }

    /// Takes `n` steps; once that many are not left, nothing is.
    #[inline]
    pub fn charge(&mut self, n: u64) -> Result<(), Exhausted> {
        if let Some(left) = self.left.checked_sub(n) {
            self.left = left;
            Ok(())
        } else {
            self.left = 0;
            Err(Exhausted)
        }
    }

    /// Steps taken so far.
    pub const fn used(&self) -> u64 {
        self.limit - self.left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exhausted_budget_stays_exhausted() {
        let mut steps = Steps::new(10);
        assert_eq!(steps.charge(7), Ok(()));
        assert_eq!(steps.used(), 7);
        assert_eq!(steps.charge(4), Err(Exhausted));
        assert_eq!(steps.charge(1), Err(Exhausted));
        assert_eq!(steps.used(), 10);
    }
}
