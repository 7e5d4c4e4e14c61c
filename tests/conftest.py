"""What all tests share."""

from hypothesis import settings

# The same examples at every run: a red test is red again when it is looked at.
settings.register_profile("fixed", derandomize=True)
settings.load_profile("fixed")
