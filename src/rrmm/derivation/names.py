"""What the inputs of a derivation are called."""

from __future__ import annotations

# the kinds of inputs, each with what its name goes on with
MET, UNMET = "met", "unmet"  # a condition on the patient
UNKNOWN, DEFAULTED = "unknown", "defaulted"  # a property of the patient
GIVEN = "given"  # whether the prior drugs are known
RECEIVED = "received"  # a drug
CERTAIN, POSSIBLE = "certain", "possible"  # a lifted property and a drug that is, or may be, its value
ASKED, UNSTATED = "asked", "unstated"  # the same, and a key of the prior drug that would tell, or was left out
UNTOLD, CONTESTED = "untold", "contested"  # a lifted property of the last line; a property whose default is in doubt
SILENCED = "silenced"  # guidance
