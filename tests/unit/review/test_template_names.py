"""Two stacks in one account and region must not claim one name."""

from __future__ import annotations

from typing import Any

from tools.home import PROJECT_ROOT
from tools.template_yaml import read_template


def test_every_schedule_has_a_name_of_its_stack() -> None:
    # Without a name SAM calls a schedule after its function and event, whatever the stack.
    template = read_template(PROJECT_ROOT / "template.yaml")
    schedules: dict[str, Any] = {
        f"{name}.{event}": source["Properties"].get("Name")
        for name, resource in template["Resources"].items()
        for event, source in resource.get("Properties", {}).get("Events", {}).items()
        if source["Type"] == "ScheduleV2"
    }
    assert len(schedules) >= 2
    assert {event: name for event, name in schedules.items() if "AWS::StackName" not in str(name)} == {}
