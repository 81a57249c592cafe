"""The rows of a tile: where each stands in the one small array that holds a tile's satellites while they fly."""

from skyrack.fleet.tables import LEVELS, TILE, TOTALS

ROW = TILE + 16
"""Rows lie further apart than they are long: a load waits for a store some whole multiple of 4 KiB away."""

# rows of the tile, as offsets into its array
(
    CHARGE,
    ELECTRONICS,
    RADIATOR,
    SUNLIT,
    ARRAY,
    COMPUTE,
    BUS,
    SPILLED,
    LOST,
    SHED,
    DISCHARGED,
    THROTTLED,
    ELECTRONICS_SUM,
    RADIATOR_SUM,
    PROTONS,
    ECLIPSES,
    CHARGE_MIN,
    ELECTRONICS_MAX,
    RADIATOR_MAX,
    ECLIPSE_LONGEST,
    CAPACITY,
    COS_PHASE,
    SIN_PHASE,
    PHASE,
    PAST,
    PAST_RATE,
    EARLY_REACH,
    EARLY_MOST,
    LATE_REACH,
    LATE_MOST,
    AHEAD,
    QUARTER,
    ECLIPSE_S,
    PAST_MIDNIGHT,
    LIT,
    HALF_LIT,
    FACING_W,
    FACING_LATE,
    ABSORBED,
    SURROUNDINGS,
    ARRAY_W,
    COASTED_ELECTRONICS,
    COASTED_RADIATOR,
    BEYOND,
    CUT,
    ALLOWED,
    COMPUTE_LIT,
    COMPUTE_MORE,
    SURPLUS,
    DEFICIT,
    REFILLED,
    STORED,
    OFFERED,
    LATER,
    LOAD_W,
    LOST_W,
    SHORT,
    LATE,
    RECORD_COMPUTE,
    FOLD,
) = range(0, 60 * ROW, ROW)
N_ROWS = 60
FOLDS = 16
"""Sums that a row is folded into before they are added up."""
SIZE = (N_ROWS - 1) * ROW + max(ROW, (len(TOTALS) + len(LEVELS)) * FOLDS)
