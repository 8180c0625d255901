"""The order: placement, timeline, derived status, holds, changes, deadlines."""
