"""Changes: functions that take the session and the time, flush, and leave the commit to the caller."""
