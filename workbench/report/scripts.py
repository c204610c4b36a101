"""The few scripts of a page, written by hand, and the policy that lets these run and nothing else.

A page is whole without them: they sort and choose rows, recompute weights, and keep the place in the other language.
They ask the network for nothing; the policy would not let them.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from markupsafe import Markup

__all__ = ["SCRIPTS", "policy", "script"]

SCRIPTS = Path(__file__).parent / "scripts"


@cache
def script(*names: str) -> dict[str, str]:
    """The named scripts as one, and the content security policy of a page that has them and nothing else."""
    text = "\n".join((SCRIPTS / f"{name}.js").read_text(encoding="utf-8") for name in names)
    return {"script": Markup(text), "policy": Markup(policy(text))}  # noqa: S704  (our own files)


def policy(text: str, *, fonts: str = "'self'") -> str:
    """A policy that lets one inline script run, known by its digest; none where *text* is empty.

    Args:
        text: Exactly what stands between the tags.
        fonts: Where style and fonts come from: the folder, or the page itself.
    """
    known = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    scripts = f" script-src 'sha256-{known}';" if text else ""
    style = f"{fonts} 'unsafe-inline'" if fonts == "'self'" else "'unsafe-inline'"
    return f"default-src 'none';{scripts} style-src {style}; img-src data:; font-src {fonts}; base-uri 'none'; form-action 'none'"
