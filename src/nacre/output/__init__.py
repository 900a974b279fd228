"""The words users see, and the records machines read. Nothing here decides anything but wording."""
