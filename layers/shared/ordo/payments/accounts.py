"""The payment accounts in the secret that this stack keeps for them, and the providers that they are of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ordo.payments.paying import STORE_CREDIT, STRIPE
from ordo.payments.provider import PaymentProvider, ProviderUnavailable

FRESH_S = 30.0
"""An account that is not there is looked for in a secret that is no older than this: it may be new."""


@dataclass(frozen=True, slots=True)
class PaymentAccount:
    """`key` is for calls, `webhook_secrets` are good for what it tells; `address` is there where it is not its own."""

    key: str
    webhook_secrets: tuple[str, ...] = ()
    address: str = ""


def account_of(kept: Mapping[str, Any], provider: str) -> PaymentAccount | None:
    """The account under the provider's name: `{"key": …, "webhook_secrets": "<new> <old>", "address": …}`."""
    entry = kept.get(provider)
    if not isinstance(entry, Mapping) or not entry.get("key"):
        return None
    secrets = tuple(str(entry.get("webhook_secrets") or "").split())
    return PaymentAccount(str(entry["key"]), secrets, str(entry.get("address") or ""))


def providers_of(
    secrets: Callable[..., Mapping[str, Any]], credit: Callable[[], PaymentProvider]
) -> Callable[[str], PaymentProvider]:
    """The provider of a name, from the secret as it is now; `credit` is the ledger of store credit.

    Raises `ProviderUnavailable` (`no_account`) where there is none: what was asked for waits until there is one.
    """

    def provider(name: str) -> PaymentProvider:
        if name == STORE_CREDIT:
            return credit()
        account = account_of(secrets(), name) or account_of(secrets(max_age_s=FRESH_S), name)
        if account is None or name != STRIPE:
            raise ProviderUnavailable("no_account")
        from ordo.payments.stripe_client import ADDRESS, Stripe  # here, since few movements are Stripe's

        return Stripe(account.key, account.address or ADDRESS)

    return provider


def order_of_payment(account: PaymentAccount, reference: str) -> str | None:
    """The order that a payment at Stripe was made for, if it says so. Raises `ProviderUnavailable`."""
    from ordo.payments.stripe_client import ADDRESS, Stripe  # here, since few webhooks name no order

    return Stripe(account.key, account.address or ADDRESS).order_of(reference)
