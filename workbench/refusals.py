"""When an analysis cannot be made from the data at hand.

A `Refused` is a mistake like any other for a caller in Python. A report goes on without the analysis:
`attempt` turns the refusal into a value that is false, so that a page can say why in both languages and
ask `if analysis:` before it draws. Only refusals are caught; any other error stays an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, ParamSpec, Protocol, TypeVar

from workbench.errors import Fault, WorkbenchError

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.text import Text

__all__ = ["Refused", "attempt", "remarks"]

P = ParamSpec("P")
Result = TypeVar("Result")


class Refused(WorkbenchError):  # noqa: N818  (it is a result too, see `attempt`)
    """The data cannot carry the analysis; `reasons` say why, in both languages."""

    def __init__(self, *reasons: Text) -> None:
        self.reasons = reasons
        super().__init__(*(Fault(problem=reason.en) for reason in reasons))

    def __bool__(self) -> Literal[False]:
        return False


def attempt(analysis: Callable[P, Result], /, *args: P.args, **kwargs: P.kwargs) -> Result | Refused:
    """The result of *analysis*, or its refusal as a value.

    >>> from workbench.text import Text
    >>> def no(): raise Refused(Text(th="ไม่ได้", en="It cannot be done."))
    >>> str(attempt(no))
    'It cannot be done.'
    """
    try:
        return analysis(*args, **kwargs)
    except Refused as refusal:
        return refusal


class Noted(Protocol):
    """A result that brings notices along."""

    @property
    def notices(self) -> tuple[Text, ...]:
        """What a reader has to know before trusting the result."""
        ...


def remarks(result: Noted | Refused) -> tuple[Text, ...]:
    """What a page has to say about a result: its notices, or why it was refused."""
    return result.reasons if isinstance(result, Refused) else result.notices
