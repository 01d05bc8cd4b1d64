"""Tables of patients in, tables of answers out, over one graph.

What is derived for each row is what `rrmm.options.Derivation` derives for its patient alone.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from rrmm.cohort.answers import Form, Schema, long, wide
from rrmm.cohort.cells import document, normal
from rrmm.cohort.columns import layout
from rrmm.cohort.fired import Fired
from rrmm.cohort.outcomes import Outcomes
from rrmm.compiled import Compiled
