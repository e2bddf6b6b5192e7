"""How a call fails, which decides what the hub does next. Raise one; any other exception is a crash."""


class Failure(Exception):
    """Made by its class methods."""

    def __init__(self, kind: str, message: str, value):
        super().__init__(message)
        self.kind = kind
        self.value = value

    @classmethod
    def retry(cls, message: str, after_ms: int | None = None) -> "Failure":
        """It may work later: the hub tries again with growing pauses, not before `after_ms`."""
        return cls("retry", message, (message, after_ms))

    @classmethod
    def rate_limited(cls, after_ms: int) -> "Failure":
        """The other side wants to be left alone for that many milliseconds."""
        return cls("rate_limited", f"to be left alone for {after_ms} ms", after_ms)

    @classmethod
    def config(cls, field: str | None, message: str) -> "Failure":
        """A setting is wrong: the installation pauses until an admin mends it."""
        return cls("config", message, (field, message))

    @classmethod
    def auth(cls, message: str) -> "Failure":
        """The credentials are refused: pauses likewise."""
        return cls("auth", message, message)

    @classmethod
    def permanent(cls, message: str) -> "Failure":
        """This delivery will never work."""
        return cls("permanent", message, message)
