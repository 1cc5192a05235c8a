"""The samples are projects of their own: their suites are run by tests/plugin/test_samples.py, as their users would."""

collect_ignore = ["signup"]
