"""Settings of all tests."""

from hypothesis import settings

# How long an example takes says nothing on a busy machine; the time limit of a test is pytest's.
settings.register_profile("nacre", deadline=None)
settings.load_profile("nacre")
