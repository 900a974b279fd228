//! Which loaded signatures count in this scan.
//!
//! The image holds every signature; options such as `DetectPUA` choose when a signature is about to be
//! reported, which costs nothing for the millions that are not.

use crate::sources::Class;

/// A scanner's choice.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    pub detect_pua: bool,
    pub include_pua: Vec<String>,
    pub exclude_pua: Vec<String>,
    pub official_only: bool,
    /// False drops names that begin `HTML.Phishing` or `Email.Phishing`.
    pub phishing: bool,
    /// True takes the signatures that an image is tried with.
    pub canaries: bool,
}

/// ClamAV gives up on a category text longer than this; such an entry is not loaded.
const LONGEST_CATEGORY: usize = 30;

impl Selection {
    /// Whether a signature called `name` (without `.UNOFFICIAL`) from a source of `class` counts.
    pub fn takes(&self, name: &str, class: Class, body: bool) -> bool {
        if (self.official_only && !class.official) || (class.canary && !self.canaries) {
            return false;
        }
        if class.pua && !(self.detect_pua && self.takes_category(name)) {
            return false;
        }
        self.phishing || !body || !(name.starts_with("HTML.Phishing") || name.starts_with("Email.Phishing"))
    }

    fn takes_category(&self, name: &str) -> bool {
        if self.include_pua.is_empty() && self.exclude_pua.is_empty() {
            return true;
        }
        let Some(category) = category(name) else { return false };
        let is = |wanted: &String| category.contains(&format!(".{wanted}."));
        if self.include_pua.is_empty() {
            !self.exclude_pua.iter().any(is)
        } else {
            self.include_pua.iter().any(is)
        }
    }
}

/// The text between the first and the last dot, dots included: `.Win.Tool.` of `PUA.Win.Tool.Foo-1`.
fn category(name: &str) -> Option<&str> {
    let rest = name.strip_prefix("PUA.").and(name.get(3..))?;
    let last = rest.rfind('.').filter(|at| *at > 0)?;
    rest.get(..=last).filter(|category| category.len() <= LONGEST_CATEGORY)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUA: Class = Class { official: false, pua: true, canary: false };
    const PLAIN: Class = Class { official: false, pua: false, canary: false };
    const CANARY: Class = Class { official: true, pua: false, canary: true };

    fn with(include: &[&str], exclude: &[&str]) -> Selection {
        let owned = |list: &[&str]| list.iter().map(ToString::to_string).collect();
        Selection {
            detect_pua: true,
            include_pua: owned(include),
            exclude_pua: owned(exclude),
            official_only: false,
            phishing: true,
            canaries: false,
        }
    }

    #[test]
    fn categories_are_dotted_components() {
        assert_eq!(category("PUA.Win.Tool.Foo-1"), Some(".Win.Tool."));
        assert_eq!(category("PUA.Foo"), None);
        assert_eq!(category("Win.Tool.Foo"), None);
        for wanted in ["Win", "Tool", "Win.Tool"] {
            assert!(with(&[wanted], &[]).takes("PUA.Win.Tool.Foo-1", PUA, true), "{wanted}");
            assert!(!with(&[], &[wanted]).takes("PUA.Win.Tool.Foo-1", PUA, true), "{wanted}");
        }
        assert!(!with(&["Wi"], &[]).takes("PUA.Win.Tool.Foo-1", PUA, true));
    }

    #[test]
    fn several_categories_mean_any_of_them() {
        assert!(with(&["Andr", "Win"], &[]).takes("PUA.Win.Tool.Foo-1", PUA, true));
        assert!(!with(&[], &["Andr", "Win"]).takes("PUA.Win.Tool.Foo-1", PUA, true));
    }

    #[test]
    fn options_select_by_source_and_name() {
        let mut selection = Selection { phishing: true, ..Selection::default() };
        assert!(selection.takes("PUA.Win.Tool.Foo-1", PLAIN, true));
        assert!(!selection.takes("PUA.Win.Tool.Foo-1", PUA, true));
        assert!(selection.takes("HTML.Phishing.Bank-1", PLAIN, true));
        selection.phishing = false;
        assert!(!selection.takes("HTML.Phishing.Bank-1", PLAIN, true));
        assert!(selection.takes("HTML.Phishing.Bank-1", PLAIN, false));
        selection.official_only = true;
        assert!(!selection.takes("Win.A", PLAIN, true));
        assert!(selection.takes("Win.A", Class { official: true, pua: false, canary: false }, true));
        assert!(!selection.takes("Eicar", CANARY, true));
        selection.canaries = true;
        assert!(selection.takes("Eicar", CANARY, true));
    }
}
