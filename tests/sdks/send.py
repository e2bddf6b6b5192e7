"""A small program that breaks, with the stock SDK: python send.py DSN USER."""

import sys

import sentry_sdk


def charge(order):
    return order["total"] / order["items"]


def main():
    dsn, user = sys.argv[1:]
    sentry_sdk.init(dsn=dsn, release="billing@2.3.0", environment="production", shutdown_timeout=10)
    sentry_sdk.set_user({"id": user, "email": f"{user}@example.com"})
    sentry_sdk.set_tag("license", "L-1001")
    try:
        charge({"total": 10, "items": 0})
    except ZeroDivisionError:
        sentry_sdk.capture_exception()
    sentry_sdk.flush(timeout=10)


main()
