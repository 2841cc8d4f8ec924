# SPDX-License-Identifier: Apache-2.0
"""How an enterprise has its goods looked at: read, and changed as a whole or in part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from entrepot.customs.classifying.models import Settings
from entrepot.customs.classifying.policy import Policy, default, policy_of
from entrepot.customs.classifying.refusals import WrongSettings
from entrepot.engine.mistakes import refusal
from entrepot.people.audit import record
from entrepot.people.tenancy import acting

#: What mistakes of settings name as their place.
PLACE = "settings"


def policy() -> Policy:
    """What is set; what the firm left out is as in checks.toml."""
    kept = Settings.objects.values_list("policy", flat=True).first()
    return default() if kept is None else policy_of(kept, PLACE)[0]


def change_policy(given: Mapping[str, Any]) -> Policy:
    """Change what is named; what is not stays.

    Raises:
        WrongSettings: something makes no sense; all of it is told, and nothing changes.
    """
    by = acting().actor
    # The row itself is the lock, so that two changes come one after the other.
    Settings.objects.get_or_create(defaults={"policy": {}, "changed_by": by})
    row = Settings.objects.select_for_update().get()
    new, mistakes = policy_of(given, PLACE, policy_of(row.policy, PLACE)[0])
    if mistakes:
        remedy = "Correct these; nothing was changed."
        raise refusal(WrongSettings, "Cannot change how goods are looked at.", mistakes, remedy)
    if (facts := new.as_facts()) != row.policy:
        row.policy, row.changed_at, row.changed_by = facts, timezone.now(), by
        row.save(update_fields=["policy", "changed_at", "changed_by"])
        record("classifying.settings_changed", "classification", fields=sorted(given))
    return new
