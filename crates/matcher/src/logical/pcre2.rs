//! PCRE2 behind a safe face: bytes, no UTF, no JIT (the scanner runs without writable executable memory),
//! hard limits on every match.
#![allow(unsafe_code)]

use std::ops::Range;
use std::ptr::{self, NonNull};

use pcre2_sys as sys;

/// What one match call may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatchLimits {
    /// Calls of the matching function (`PCREMatchLimit`).
    pub steps: u32,
    /// Nested backtracking (`PCRERecMatchLimit`).
    pub depth: u32,
}

/// Heap for one match in KiB. With the default depth a match needs a fraction of it.
const HEAP_KIB: u32 = 64 << 10;

/// Why a match call gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// One of the limits was reached.
    Limit,
    /// Anything else, such as a subject that a pattern beginning with `(*UTF)` cannot read.
    Other,
}

/// A compiled regular expression.
pub struct Regex {
    code: NonNull<sys::pcre2_code_8>,
}

// SAFETY: PCRE2 never writes to compiled code that has no JIT part; all state of a match is in its match data.
unsafe impl Send for Regex {}
// SAFETY: as above.
unsafe impl Sync for Regex {}

impl Regex {
    /// Compiles `pattern` with PCRE2's `options`; the error says what is wrong and where.
    pub fn new(pattern: &[u8], options: u32) -> Result<Self, String> {
        let (mut error, mut at) = (0, 0);
        // SAFETY: pointer and length are of one slice; the others point to locals; no context means defaults.
        let code = unsafe {
            sys::pcre2_compile_8(
                pattern.as_ptr(),
                pattern.len(),
                options,
                &raw mut error,
                &raw mut at,
                ptr::null_mut(),
            )
        };
        NonNull::new(code).map(|code| Self { code }).ok_or_else(|| format!("{} at {at}", message(error)))
    }

    /// A place to keep the answers of matches with this expression.
    pub fn matcher(&self, limits: MatchLimits) -> Option<Matcher<'_>> {
        // SAFETY: the code lives as long as `self`; a general context is optional.
        let data =
            unsafe { sys::pcre2_match_data_create_from_pattern_8(self.code.as_ptr(), ptr::null_mut()) };
        let data = NonNull::new(data)?;
        // SAFETY: a general context is optional.
        let context = unsafe { sys::pcre2_match_context_create_8(ptr::null_mut()) };
        let Some(context) = NonNull::new(context) else {
            // SAFETY: made above and given to nobody.
            unsafe { sys::pcre2_match_data_free_8(data.as_ptr()) };
            return None;
        };
        // SAFETY: the context was just made and is exclusively ours.
        unsafe {
            sys::pcre2_set_match_limit_8(context.as_ptr(), limits.steps);
            sys::pcre2_set_depth_limit_8(context.as_ptr(), limits.depth);
            sys::pcre2_set_heap_limit_8(context.as_ptr(), HEAP_KIB);
        }
        Some(Matcher { regex: self, data, context })
    }
}

impl Drop for Regex {
    fn drop(&mut self) {
        // SAFETY: made by pcre2_compile and freed once; no matcher outlives the borrow of `self`.
        unsafe { sys::pcre2_code_free_8(self.code.as_ptr()) };
    }
}

/// Memory for matching; used by one thread at a time.
pub struct Matcher<'r> {
    regex: &'r Regex,
    data: NonNull<sys::pcre2_match_data_8>,
    context: NonNull<sys::pcre2_match_context_8>,
}

impl Matcher<'_> {
    /// The first match in `subject` that starts at `from` or later.
    pub fn find(
        &mut self,
        subject: &[u8],
        from: usize,
        options: u32,
    ) -> Result<Option<Range<usize>>, Failure> {
        if from > subject.len() {
            return Ok(None);
        }
        // SAFETY: pointer and length are of one slice and `from` is in it; code, data and context are alive
        // and the latter two exclusively borrowed; the data was made from this code.
        let answer = unsafe {
            sys::pcre2_match_8(
                self.regex.code.as_ptr(),
                subject.as_ptr(),
                subject.len(),
                from,
                options,
                self.data.as_ptr(),
                self.context.as_ptr(),
            )
        };
        match answer {
            sys::PCRE2_ERROR_NOMATCH => Ok(None),
            sys::PCRE2_ERROR_MATCHLIMIT | sys::PCRE2_ERROR_DEPTHLIMIT | sys::PCRE2_ERROR_HEAPLIMIT => {
                Err(Failure::Limit)
            }
            error if error < 0 => Err(Failure::Other),
            _ => {
                // SAFETY: the vector always has room for the whole match's pair, filled in by the match above.
                let (start, end) = unsafe {
                    let pair = sys::pcre2_get_ovector_pointer_8(self.data.as_ptr());
                    (*pair, *pair.add(1))
                };
                Ok(Some(start..end))
            }
        }
    }
}

impl Drop for Matcher<'_> {
    fn drop(&mut self) {
        // SAFETY: both were made for this matcher and are freed once.
        unsafe {
            sys::pcre2_match_data_free_8(self.data.as_ptr());
            sys::pcre2_match_context_free_8(self.context.as_ptr());
        }
    }
}

fn message(error: i32) -> String {
    let mut text = [0_u8; 128];
    // SAFETY: pointer and length are of one array.
    let size = unsafe { sys::pcre2_get_error_message_8(error, text.as_mut_ptr(), text.len()) };
    let end = usize::try_from(size).unwrap_or(0);
    String::from_utf8_lossy(text.get(..end).unwrap_or(&[])).into_owned()
}
