"""Photos of what was packed, taken before the carrier has it: a pure decision."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ordo.kernel.clock import to_iso
from ordo.kernel.errors import NotAllowedNow
from ordo.orders.decision import Decision, NoChange
from ordo.orders.model import OrderState
from ordo.shipments.model import Fulfilment, FulfilmentState, PackingPhoto, TrackingStatus
from ordo.shipments.proof_model import KeptFile
from ordo.shipments.work import find

Decide = Callable[[OrderState, datetime], Decision | NoChange]
MAX_PACKING_PHOTOS = 10
_WHEN = (FulfilmentState.ACCEPTED, FulfilmentState.PICKED, FulfilmentState.PACKED)


def photograph(fulfilment_id: str, files: tuple[KeptFile, ...]) -> Decide:
    """Add photos to a fulfilment; those that it has, by their hash, are not added again.

    Raises `FulfilmentNotFound`, and `NotAllowedNow` before it is accepted, once the carrier has it, or when there are
    too many.
    """

    def decide(state: OrderState, now: datetime) -> Decision | NoChange:
        fulfilment = find(state, fulfilment_id)
        known = {photo.sha256 for photo in fulfilment.packing_photos}
        new = list({each.sha256: each for each in files if each.sha256 not in known}.values())
        if not new:
            return NoChange()
        require_photographable(state, fulfilment, len(new))
        photos = tuple(PackingPhoto(recorded_at=to_iso(now), **each.model_dump(exclude={"kind"})) for each in new)
        after = fulfilment.model_copy(update={"packing_photos": (*fulfilment.packing_photos, *photos)})
        return Decision(
            "fulfilment.photographed",
            state.header,
            {
                "fulfilment_id": fulfilment_id,
                "node_id": fulfilment.node_id,
                "units": fulfilment.units,
                "files": [each.told() for each in new],
            },
            records=(after,),
        )

    return decide


def require_photographable(state: OrderState, fulfilment: Fulfilment, new: int) -> None:
    """Raise `NotAllowedNow` unless `new` photos still show how it was packed."""
    if len(fulfilment.packing_photos) + new > MAX_PACKING_PHOTOS:
        detail = f"A fulfilment has at most {MAX_PACKING_PHOTOS} packing photos."
        raise NotAllowedNow(detail, facts={"limit": MAX_PACKING_PHOTOS})
    sent = [state.shipments[each] for each in fulfilment.shipment_ids]
    waits = all(each.status is TrackingStatus.LABEL_CREATED for one in sent for each in one.parcels)
    if fulfilment.state not in _WHEN and not (fulfilment.state is FulfilmentState.DISPATCHED and waits):
        detail = "Packing is photographed from when the node accepts the work until the carrier has the parcels."
        raise NotAllowedNow(detail, facts={"state": fulfilment.state})
