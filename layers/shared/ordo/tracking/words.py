"""The words that customers read, in every language that Ordo speaks: one catalogue each, with the same keys.

A text has named places (`{when}`); a test holds the catalogues to the same keys and the same places.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

from ordo.kernel.money import format_minor
from ordo.tracking.words_en import WORDS as EN
from ordo.tracking.words_zh import WORDS as ZH

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
CATALOGUES: Mapping[Language, Mapping[str, str]] = {"en": EN, "zh": ZH}
LOCALES: Mapping[Language, str] = {"en": "en", "zh": "zh-Hans"}
"""Values of HTML's `lang`."""
OWN_NAMES: Mapping[Language, str] = {"en": "English", "zh": "中文"}
_SIGNS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$", "JPY": "JP¥"}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October")
MONTHS = (*_MONTHS, "November", "December")
_ZH_DAYS = "一二三四五六日"


class Speech:
    """One language and one time zone: says words, days, times and amounts in it."""

    def __init__(
        self, language: Language, zone: str = "UTC", catalogues: Mapping[Language, Mapping[str, str]] = CATALOGUES
    ) -> None:
        self.language = language
        self._zone = ZoneInfo(zone)
        self._words = catalogues[language]

    def __call__(self, key: str, **places: Any) -> str:
        """The text of a key; raises `KeyError` for one that the catalogue lacks."""
        return self._words[key].format_map(places) if places else self._words[key]

    def knows(self, key: str) -> bool:
        """Whether there is a text."""
        return key in self._words

    def all(self, beginning: str) -> Iterable[tuple[str, str]]:
        """Every key that begins so, with its text."""
        return [(key, text) for key, text in self._words.items() if key.startswith(beginning)]

    def local(self, moment: datetime) -> datetime:
        """The moment on the customer's clocks."""
        return moment.astimezone(self._zone)

    def day(self, moment: datetime) -> str:
        """`Tue 3 March`, `3月3日 周二`."""
        at = self.local(moment)
        if self.language == "zh":
            return f"{at.month}月{at.day}日 周{_ZH_DAYS[at.weekday()]}"
        return f"{_DAYS[at.weekday()]} {at.day} {MONTHS[at.month - 1]}"

    def time(self, moment: datetime) -> str:
        """The day and `14:05`."""
        at = self.local(moment)
        return f"{self.day(moment)}{' ' if self.language == 'zh' else ', '}{at:%H:%M}"

    def zone_name(self, moment: datetime) -> str:
        """The zone's offset as people write it: `UTC+8`."""
        minutes = int((self.local(moment).utcoffset() or ZERO).total_seconds() // 60)
        hours, rest = divmod(abs(minutes), 60)
        return "UTC" + (f"{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "") if minutes else "")

    def money(self, amount: int, currency: str) -> str:
        """Minor units with the currency's sign before them, or its code."""
        text = format_minor(abs(amount), currency)
        sign = _SIGNS.get(currency)
        return ("-" if amount < 0 else "") + (f"{sign}{text}" if sign else f"{currency} {text}")

    def name(self, names: Mapping[str, str]) -> str:
        """A name in this language, else in English, else in any."""
        return names.get(self.language) or names.get("en") or next(iter(names.values()), "")


ZERO = timedelta(0)


def language_of(asked: str | None, accepted: str | None, usual: Language = "en") -> Language:
    """The language of a link (`?lang=`) when it names one, else the one that the browser would rather have."""
    wanted = [asked or "", *_by_preference(accepted or "")]
    found = (_known(each) for each in wanted)
    return next((each for each in found if each is not None), usual)


def _known(tag: str) -> Language | None:
    first = tag.strip().lower().partition("-")[0]
    return next((each for each in LANGUAGES if each == first), None)


def _by_preference(header: str) -> Iterable[str]:
    """Tags of an `Accept-Language` header, the best first; what cannot be read is left out."""
    rated = []
    for place, part in enumerate(header[:500].split(",")):
        tag, _, quality = part.partition(";")
        try:
            weight = float(quality.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if weight > 0:
            rated.append((-weight, place, tag))
    return [tag for _, _, tag in sorted(rated)]
