"""How functions come to the courier's page."""

from __future__ import annotations

from ordo.shipments.proof_service import ProofDesk
from ordo.signing.service import SigningService
from ordo.tracking.wiring import link_keys


def signing_service(proofs: ProofDesk, secret_id: str) -> SigningService:
    """The page at a desk for proofs, with the keys that links are signed with."""
    return SigningService(proofs, link_keys(secret_id))
