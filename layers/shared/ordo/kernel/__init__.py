"""Values every context shares: money, ids, time, errors, paging. No I/O."""
