# SPDX-License-Identifier: Apache-2.0
"""What the frame of every page shows, be it ours or one of signing in."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from entrepot.pages.navigation import shown
from entrepot.pages.wording import language, words

#: The cookie that keeps whether pages are light or dark; without it, as the screen is.
THEME = "theme"
THEMES = ("light", "dark")


def in_templates(request: HttpRequest) -> dict[str, Any]:
    """Where one can go, as whom, and how the page looks."""
    access = getattr(request, "access", None)
    theme = request.COOKIES.get(THEME)
    match, word = request.resolver_match, words("common")
    return {
        "frame": {
            "word": word,
            "language": language(),
            "theme": theme if theme in THEMES else "",
            "firm": getattr(request, "firm", None),
            "groups": shown(access.scopes, _section(match), word) if access else [],
        }
    }


def _section(match: Any) -> str:
    """The section of the page that is shown: the first part of its name."""
    return match.url_name.partition("_")[0] if match and match.url_name else ""
