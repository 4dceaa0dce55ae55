"""What holds for all tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# A slow machine is no fault of what is tested: no example has a time in which it must end. The share of examples is
# fixed, so that a run that passes here passes anywhere; `make soak` and --hypothesis-profile=default draw others.
settings.register_profile("any-machine", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any-machine")
