//! Whether a program has an icon of the groups that a logical signature names.

use std::rc::Rc;

use crate::icon::{self, Icon, confidence, describe};
use crate::logical::Tdb;
use crate::scan::Scan;

/// What describing an icon of the largest size costs.
const DESCRIBED: u64 = 256 * 256;
/// What comparing two costs.
const COMPARED: u64 = 64;

impl Scan<'_, '_> {
    /// Asked last, because it costs more than all else. One icon of the program must be like one of the image
    /// that is in every group named.
    pub(super) fn fits_icons(&mut self, tdb: &Tdb) -> bool {
        let groups = tdb.icon_groups.each_ref().map(Option::as_deref);
        if groups == [None; 2] {
            return true;
        }
        let (matcher, selection) = (self.matcher, self.request.selection);
        let wanted = matcher.icons().in_groups(groups).filter(|(source, _)| {
            let class = matcher.source_class(*source);
            class.official || !selection.official_only
        });
        let wanted: Vec<Icon> = wanted.map(|(_, icon)| icon).collect();
        if wanted.is_empty() {
            return false;
        }
        let own = self.icons();
        if self.steps.charge((own.len() * wanted.len()) as u64 * COMPARED).is_err() {
            return false;
        }
        own.iter().any(|icon| wanted.iter().any(|wanted| confidence(wanted, icon).is_some()))
    }

    /// The icons of the layer as they are described.
    fn icons(&mut self) -> Rc<[Icon]> {
        if let Some(known) = &self.icons {
            return Rc::clone(known);
        }
        let found = self.request.icons.map(|ask| ask()).unwrap_or_default();
        self.more_icons = found.more;
        let mut icons = Vec::new();
        let mut buffer = Vec::new();
        for place in found.places {
            if self.steps.charge(DESCRIBED).is_err() {
                break;
            }
            // Not cut at the end that its resource states, as in ClamAV.
            let bytes = self.map.fetch(place..place.saturating_add(icon::LONGEST), &mut buffer);
            icons.extend(describe(bytes));
        }
        let icons: Rc<[Icon]> = icons.into();
        self.icons = Some(Rc::clone(&icons));
        icons
    }
}
