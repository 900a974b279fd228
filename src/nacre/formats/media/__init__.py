"""Pictures, sound and film: structure only, nothing inside is taken out."""
