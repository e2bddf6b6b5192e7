"""A mail server for the tests: prints where it listens, then every mail it takes, each as a line of JSON.

Arguments: the folder for its certificate, and a password. With a password it asks for STARTTLS and for user "hub".
Mail to refused@… and unknown@… is refused for good.
"""

import asyncio
import email
import email.policy
import json
import ssl
import sys

import trustme
from aiosmtpd.smtp import SMTP, AuthResult


def part(message, kind):
    body = message.get_body(preferencelist=(kind,))
    return body.get_content() if body else None


class Mailbox:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused@"):
            return "550 5.7.1 not wanted here"
        if address.startswith("unknown@"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        say(
            {
                "from": envelope.mail_from,
                "to": envelope.rcpt_tos,
                "headers": {name.lower(): str(value) for name, value in message.items()},
                "text": part(message, "plain"),
                "html": part(message, "html"),
                "images": [
                    {"id": one["Content-ID"], "type": one.get_content_type(), "size": len(one.get_content())}
                    for one in message.walk()
                    if one.get_content_maintype() == "image"
                ],
                "is_secret": session.ssl is not None,
            }
        )
        return "250 OK"


def say(what):
    print(json.dumps(what), flush=True)


def main():
    folder, password = sys.argv[1], sys.argv[2]
    options = {}
    if password:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(f"{folder}/ca.pem")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("localhost").configure_cert(context)

        def check(server, session, envelope, mechanism, data):
            success = (data.login, data.password) == (b"hub", password.encode())
            return AuthResult(success=success, handled=False)

        options = {
            "tls_context": context,
            "require_starttls": True,
            "authenticator": check,
            "auth_required": True,
        }

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    factory = lambda: SMTP(Mailbox(), hostname="localhost", loop=loop, **options)
    server = loop.run_until_complete(loop.create_server(factory, "127.0.0.1", 0))
    say({"port": server.sockets[0].getsockname()[1]})
    loop.run_forever()


main()
