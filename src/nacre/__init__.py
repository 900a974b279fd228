"""nacre: an antivirus toolkit that takes ClamAV's place."""
