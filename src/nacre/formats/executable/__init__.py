"""Programs: PE, ELF, Mach-O."""
