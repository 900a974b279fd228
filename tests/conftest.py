"""Settings of all tests."""

import os

from hypothesis import settings

# How long an example takes says nothing on a busy machine; the time limit of a test is pytest's.
# Where a run decides whether something lands, it tries the same examples each time.
settings.register_profile("nacre", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("nacre")
