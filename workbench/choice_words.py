"""What a choice of method is called in both languages, wherever it is offered or shown."""

from __future__ import annotations

from workbench.methods import REGISTERED
from workbench.text import Text, Texts

__all__ = ["choice_words"]


def choice_words(kind: str, choice: str) -> Text:
    """A choice in words, or its code where the texts have none.

    Args:
        kind: What is chosen, as in the uncertainty analysis: `aggregation`, `normalisation`, `treatment`, ...
        choice: As parameter files write it.
    """
    texts = Texts.default()
    key = f"uncertainty.choice_names.{kind}.{choice}"
    if key in texts:
        return texts(key)
    if kind == "normalisation" and choice in REGISTERED:
        return Text(th=REGISTERED[choice].th, en=REGISTERED[choice].en)
    key = f"uncertainty.choice_names.{kind}.any"
    return texts(key, choice=choice) if key in texts else Text.same(f"{kind}: {choice}")
