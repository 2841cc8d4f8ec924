# SPDX-License-Identifier: Apache-2.0
"""What a firm decides of its classifying: how severe each check is, its thresholds, its words."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any, Final

from entrepot.catalog.forms import Wrong
from entrepot.customs.classifying.naming import folded
from entrepot.customs.classifying.pricing import Limits
from entrepot.customs.classifying.tables import NAME, VALUE, unit
from entrepot.engine.mistakes import Mistake, listed, nearest, shown

REFUSE, LOOK, OFF = "refuse", "look", "off"
SEVERITIES: Final = (REFUSE, LOOK, OFF)
#: Texts of a list, at most; and characters of the joiner.
MOST: Final = 500
_LISTS: Final = (
    "counted_units", "weight_units", "brand_elements", "brand_kind_elements", "no_brand", "brands",
)  # fmt: skip
_ELEMENTS: Final = ("brand_elements", "brand_kind_elements")
_UNITS: Final = ("counted_units", "weight_units")
_LIMITS: Final = {"least": (1, 1000), "times_percent": (0, 100_000), "share_percent": (0, 10_000)}


@dataclass(frozen=True, slots=True)
class Policy:
    """How a firm has its goods looked at.

    Args:
        four_eyes: whoever proposes does not accept.
        severities: by check, where the firm has another than checks.toml.
        counted_units: codes of units that are counted in pieces, so that quantities are whole.
        weight_units: codes of units whose quantity is the weight of the masters in kilograms;
            none: weights of the masters are no weights for customs.
        brand_elements: names of elements whose value is the brand; `brand_kind_elements`: of those
            that say what kind it is; `no_brand`: values of both that say there is none; `brands`:
            the firm's own, beside those of accepted classifications.
        joiner: what stands between the elements where they are declared as one text.
    """

    four_eyes: bool = True
    severities: Mapping[str, str] = field(default_factory=dict)
    counted_units: tuple[str, ...] = ()
    weight_units: tuple[str, ...] = ()
    brand_elements: tuple[str, ...] = ()
    brand_kind_elements: tuple[str, ...] = ()
    no_brand: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    joiner: str = "|"
    limits: Limits = field(default_factory=Limits)

    def severity(self, check: str) -> str:
        """How severe a check is here."""
        return self.severities.get(check) or str(checks()[check]["severity"])

    def says_no_brand(self, element: str, value: str) -> bool:
        """Whether an element says that there is no brand."""
        its = (*self.brand_elements, *self.brand_kind_elements)
        return element in its and folded(value) in {folded(each) for each in self.no_brand}

    def as_facts(self) -> dict[str, Any]:
        """As JSON and TOML have it: what `policy_of` reads."""
        lists = {name: list(getattr(self, name)) for name in _LISTS}
        limits = {name: getattr(self.limits, name) for name in _LIMITS}
        return {
            "four_eyes": self.four_eyes, "severities": dict(self.severities), **lists,
            "joiner": self.joiner, "limits": limits,
        }  # fmt: skip


@cache
def checks() -> dict[str, dict[str, str]]:
    """Every check: its severity, the field it is about, its words in both languages."""
    found: dict[str, dict[str, str]] = _data()["check"]
    return found


@cache
def default() -> Policy:
    """What holds where a firm says nothing: docs/guide/classification.md tells each."""
    lists: dict[str, Any] = {name: tuple(said) for name, said in _data()["default"].items()}
    return replace(Policy(), **lists)


@cache
def _data() -> dict[str, Any]:
    text = files("entrepot.customs.classifying").joinpath("checks.toml").read_text("utf-8")
    return tomllib.loads(text)


def policy_of(
    given: Mapping[str, Any], file: str, base: Policy | None = None
) -> tuple[Policy, list[Mistake]]:
    """A firm's policy: what is not given is as in `base`, and every mistake.

    Args:
        given: as `Policy.as_facts` writes it; a part of it is enough.
        file: what mistakes name as their place.
    """
    mistakes: list[Mistake] = []
    found: dict[str, Any] = {}
    known = ("four_eyes", "severities", *_LISTS, "joiner", "limits")
    for name, value in given.items():
        if name not in known:
            close = nearest(name, known)
            mistakes.append(
                Mistake(file, None, name, "a setting of this name", f"one of {listed(known)}",
                        f"Did you mean {close}?" if close else "Take it out."))  # fmt: skip
            continue
        try:
            found[name] = _read(name, value)
        except Wrong as wrong:
            remedy = "Write it so, or leave it out."
            mistakes.append(Mistake(file, None, name, shown(str(value)), wrong.expected, remedy))
    return (base or default()) if mistakes else replace(base or default(), **found), mistakes


def _read(name: str, value: Any) -> Any:
    if name == "four_eyes":
        if not isinstance(value, bool):
            raise Wrong("true or false")
        return value
    if name == "joiner":
        if not isinstance(value, str) or not 1 <= len(value) <= 5 or not value.isprintable():
            raise Wrong("1 to 5 characters")
        return value
    if name in ("severities", "limits"):
        if not isinstance(value, Mapping):
            raise Wrong("a table of names and values")
        return dict(_severities(value)) if name == "severities" else _limits(value)
    if not isinstance(value, (list, tuple)):
        raise Wrong("a list of texts")
    return tuple(dict.fromkeys(_texts(name, value)))


def _severities(value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for check, severity in value.items():
        if check not in checks():
            raise Wrong(f"checks such as {', '.join(list(checks())[:3])}")
        if severity not in SEVERITIES:
            raise Wrong(f"{check} as one of {', '.join(SEVERITIES)}")
        if "always" in checks()[check] and severity != REFUSE:
            raise Wrong(f"{check} as {REFUSE}: no line can be made otherwise")
        yield check, severity


def _limits(value: Mapping[str, Any]) -> Limits:
    for name, number in value.items():
        if name not in _LIMITS:
            raise Wrong(f"limits of {', '.join(_LIMITS)}")
        least, most = _LIMITS[name]
        if not isinstance(number, int) or isinstance(number, bool) or not least <= number <= most:
            raise Wrong(f"{name} as a whole number from {least:,} to {most:,}")
    return replace(Limits(), **value)


def _texts(name: str, value: Any) -> Iterator[str]:
    if len(value) > MOST:
        raise Wrong(f"at most {MOST} texts")
    for each in value:
        if not isinstance(each, str) or not each.strip() or not each.isprintable():
            raise Wrong("texts of one line each")
        if len(each) > (NAME if name in _ELEMENTS else VALUE):
            raise Wrong(f"texts of at most {VALUE} characters")
        yield str(unit(each)) if name in _UNITS else each.strip()
