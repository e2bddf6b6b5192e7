"""HTTP requests, and what their failures mean to the hub. The manifest's `imports` has to name `http`.

| answer                                      | `ok()`                         |
| ------------------------------------------- | ------------------------------ |
| 2xx                                         | gives the response             |
| 408, 425, 5xx, timeouts, broken connections | raises `Failure.retry`         |
| 429, 503 with `Retry-After`                 | raises `Failure.rate_limited`  |
| 401, 403                                    | raises `Failure.auth`          |
| 3xx (redirects are not followed), other 4xx | raises `Failure.permanent`     |
"""

import json as _json

from componentize_py_types import Err
from wit_world.imports import clock as _clock
from wit_world.imports import http as _wit

from .failure import Failure

#: What a 429 without `Retry-After` asks for.
DEFAULT_PAUSE_MS = 60_000
#: Characters of an answer that a failure's text quotes.
QUOTED = 200


def get(url: str) -> "Request":
    return Request("GET", url)


def post(url: str) -> "Request":
    return Request("POST", url)


def put(url: str) -> "Request":
    return Request("PUT", url)


def request_to(method: str, secret: dict, behind: str = "") -> "Request":
    """A request to the URL that a secret setting of type `url` holds, such as the address of a webhook.

    `behind` is what stands behind it, mostly nothing: `/messages/12?wait=true`.
    """
    return Request(method, behind, _name_of(secret))


class Request:
    """A request in the making. A secret is what `settings` holds for it: a reference, which the hub puts in place."""

    def __init__(self, method: str, url: str, secret: str | None = None):
        self._request = _wit.Request(method, url, [], None, [], None)
        self._secret = secret
        self._asks = False

    def header(self, name: str, value: object) -> "Request":
        self._request.headers.append(_wit.Header(name, str(value)))
        return self

    def body(self, body: bytes | str) -> "Request":
        self._request.body = body.encode() if isinstance(body, str) else bytes(body)
        return self

    def json(self, value: object) -> "Request":
        return self.header("Content-Type", "application/json").body(_json.dumps(value))

    def asking(self) -> "Request":
        """It is a question that changes nothing over there, although a POST: it is sent in dry runs and checks too."""
        self._asks = True
        return self

    def timeout_ms(self, ms: int) -> "Request":
        """Waits no longer than that for the answer."""
        self._request.timeout_ms = ms
        return self

    def bearer(self, secret: dict) -> "Request":
        """`Authorization: Bearer` with a secret."""
        return self._credential(secret, _wit.Placement_Bearer())

    def basic(self, user: str, secret: dict) -> "Request":
        """`Authorization: Basic` with a user's name and a secret."""
        return self._credential(secret, _wit.Placement_Basic(user))

    def secret_header(self, name: str, secret: dict) -> "Request":
        """A header that is a secret."""
        return self._credential(secret, _wit.Placement_Header(name))

    def secret_in_header(self, name: str, value: str, secret: dict) -> "Request":
        """A secret within a header, where `{secret}` stands: `Token token={secret}`."""
        return self._credential(secret, _wit.Placement_Template(_wit.HeaderTemplate(name, value)))

    def secret_query(self, name: str, secret: dict) -> "Request":
        """A query parameter that is a secret."""
        return self._credential(secret, _wit.Placement_Query(name))

    def secret_path(self, placeholder: str, secret: dict) -> "Request":
        """A secret in the path, in the place of this text."""
        return self._credential(secret, _wit.Placement_Path(placeholder))

    def sign(self, name: str, prefix: str, secret: dict) -> "Request":
        """Signs the body: HMAC-SHA256 in hexadecimal, in a header, after `prefix` (`sha256=`)."""
        signature = _wit.Signature(name, prefix, "", _wit.Encoding.HEX, False)
        return self._credential(secret, _wit.Placement_Signature(signature))

    def sign_standard_webhook(self, id: str, secret: dict) -> "Request":
        """Signs as standardwebhooks.com has it, with a secret `whsec_…`. `id`: the same in every attempt."""
        at = _clock.now() // 1000
        preamble = f"{id}.{at}."
        signature = _wit.Signature("webhook-signature", "v1,", preamble, _wit.Encoding.BASE64, True)
        self.header("webhook-id", id).header("webhook-timestamp", at)
        return self._credential(secret, _wit.Placement_Signature(signature))

    def bearer_jwt(self, algorithm: str, key_id: str | None, claims: dict, secret: dict) -> "Request":
        """A JSON Web Token signed with a secret; `algorithm` is `hs256`, `rs256` or `es256`."""
        jwt = _wit.Jwt(_wit.Algorithm[algorithm.upper()], key_id, _json.dumps(claims))
        return self._credential(secret, _wit.Placement_Jwt(jwt))

    def send(self) -> "Response":
        """Sends it and gives whatever answer comes; raises a `Failure` if there is none."""
        try:
            if self._secret is not None:
                return Response(_wit.send_to(self._secret, self._request))
            return Response((_wit.ask if self._asks else _wit.send)(self._request))
        except Err as error:
            raise _failure(error.value) from None

    def _credential(self, secret: dict, placement) -> "Request":
        self._request.credentials.append(_wit.Credential(_name_of(secret), placement))
        return self


def _name_of(secret: dict) -> str:
    """The name of a secret, by which the hub knows it."""
    if not isinstance(secret, dict) or "secret" not in secret:
        raise TypeError('not a secret: pass what `settings` holds for a setting with "secret": true')
    return secret["secret"]


class Response:
    """An answer."""

    def __init__(self, response: _wit.Response):
        self.status = response.status
        self.body = response.body
        self._headers = response.headers

    def header(self, name: str) -> str | None:
        """The first header of this name."""
        found = (header.value for header in self._headers if header.name.lower() == name.lower())
        return next(found, None)

    def text(self) -> str:
        return self.body.decode(errors="replace")

    def json(self):
        """The body as JSON; raises `Failure.permanent` if it is something else."""
        try:
            return _json.loads(self.body)
        except ValueError as error:
            raise Failure.permanent(f"the answer is not the expected JSON: {error}") from None

    def ok(self) -> "Response":
        """Itself if it is a 2xx; else raises what the hub has to do next."""
        if 200 <= self.status < 300:
            return self
        pause = self._retry_after_ms()
        if self.status == 429 or (self.status == 503 and pause is not None):
            raise Failure.rate_limited(DEFAULT_PAUSE_MS if pause is None else pause)
        if self.status in (408, 425) or self.status >= 500:
            raise Failure.retry(self._describe(), pause)
        if self.status in (401, 403):
            raise Failure.auth(self._describe())
        raise Failure.permanent(self._describe())

    def _retry_after_ms(self) -> int | None:
        """`Retry-After` in seconds. The other form, a date, is rare enough to be left to the default."""
        seconds = (self.header("retry-after") or "").strip()
        is_number = seconds.isascii() and seconds.isdigit() and len(seconds) < 10
        return int(seconds) * 1_000 if is_number else None

    def _describe(self) -> str:
        if 300 <= self.status < 400:
            to = self.header("location") or "nowhere"
            return f"answered {self.status}, a redirect to {to}, which is not followed: set the new address"
        text = self.text().strip()[:QUOTED]
        return f"answered {self.status}: {text}" if text else f"answered {self.status}"


def _failure(error) -> Failure:
    match error:
        case _wit.Error_Denied(why):
            return Failure.config(None, f"the hub does not allow the request: {why}")
        case _wit.Error_Invalid(why):
            return Failure.permanent(f"invalid request: {why}")
        case _wit.Error_Dns(why):
            return Failure.retry(f"the host name leads nowhere: {why}")
        case _wit.Error_Connect(why):
            return Failure.retry(f"nobody answers: {why}")
        case _wit.Error_Tls(why):
            return Failure.retry(f"no secure connection: {why}")
        case _wit.Error_Timeout():
            return Failure.retry("no answer in time")
        case _wit.Error_BodyTooLarge(limit):
            return Failure.permanent(f"the answer is larger than {limit} bytes")
        case _wit.Error_BudgetExhausted(why):
            return Failure.permanent(why)
        case _wit.Error_Interrupted(why):
            return Failure.retry(f"the connection broke: {why}")
        case other:
            return Failure.retry(str(getattr(other, "value", other)))
