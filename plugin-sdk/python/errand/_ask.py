"""Asks the hub. What it answers with instead of an answer is raised as a `Failure`, or is what a case makes of it."""

from componentize_py_types import Err

from .failure import Failure


def ask(question, **cases):
    """`cases` are functions of what the hub says, by the name of the error: `NotFound=lambda _: None`."""
    try:
        return question()
    except Err as error:
        name = type(error.value).__name__.removeprefix("Error_")
        value = getattr(error.value, "value", None)
        if name in cases:
            return cases[name](value)
        failure = Failure.retry if name == "Unavailable" else Failure.permanent
        raise failure(name if value is None else str(value)) from None


def failing(make, message: str | None = None):
    """A case that raises a failure: with this message, or with what the hub says."""

    def fail(value):
        raise make(message or str(value)) from None

    return fail
