"""Start MiniStack with one defect of 1.5.33 mended; run as a script by `tools.server`, in a process of its own.

When a nested stack is updated, MiniStack forgets the attributes of its resources that did not change, and then refuses
the stack since its outputs refer to them. Here the attributes are read from the stack's own record.
"""

from __future__ import annotations

from typing import Any

from ministack import app
from ministack.services import cloudformation
from ministack.services.cloudformation import provisioners

_update = provisioners._update_resource


def update_resource(
    resource_type: str,
    physical_id: str,
    old_props: dict[str, Any],
    new_props: dict[str, Any],
    stack_name: str,
    logical_id: str | None = None,
    old_attrs: dict[str, Any] | None = None,
) -> Any:
    """The same, with the attributes that are known of the resource."""
    if old_attrs is None:
        stack = cloudformation._stacks.get(stack_name) or {}
        old_attrs = stack.get("_resources", {}).get(logical_id, {}).get("Attributes")
    return _update(resource_type, physical_id, old_props, new_props, stack_name, logical_id, old_attrs)


if __name__ == "__main__":
    provisioners._update_resource = update_resource
    app.main()
