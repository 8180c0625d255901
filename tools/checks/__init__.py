"""The house rules: what every template, workflow and source file of Ordo must keep. Run: `python -m tools.checks`."""
