"""What each type of event tells, by context; `ordo.notifications.event_schemas` has them by type."""
