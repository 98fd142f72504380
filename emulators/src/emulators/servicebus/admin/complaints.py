"""Why the administration side says no: the status and the text that the service gives.

The texts are those that users of the service know; the numbers after `SubCode=` are documented.
"""

from emulators.servicebus.broker import refusals

_MORE = "To know more visit https://aka.ms/sbResourceMgrExceptions."


class Complaint(Exception):
    """A request is answered with a status that is no success."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


def invalid(text: str) -> Complaint:
    """The request makes no sense, or asks for what can't be had."""
    return Complaint(400, f"SubCode=40000. {text} {_MORE}")


def unauthorized(text: str) -> Complaint:
    """There is no good token."""
    return Complaint(401, text)


def missing_entity() -> Complaint:
    """There is no such queue or topic to be changed or deleted."""
    return Complaint(404, f"SubCode=40400. Not Found. The Operation doesn't exist. {_MORE}")


def missing_part(name: str) -> Complaint:
    """There is no such topic, subscription or rule."""
    return Complaint(404, f"Entity '{name}' was not found. {_MORE}")


def existing_entity() -> Complaint:
    """There is a queue or topic of that name."""
    text = "SubCode=40900. Conflict. You're requesting an operation that isn't allowed in the resource's current state."
    return Complaint(409, f"{text} {_MORE}")


def existing_part(name: str) -> Complaint:
    """There is a subscription or rule of that name."""
    return Complaint(409, f"The messaging entity '{name}' already exists. {_MORE}")


def changed_since() -> Complaint:
    """The entity is not as `If-Match` has it, or is there although `If-None-Match` says it must not be."""
    return Complaint(412, f"SubCode=41200. Precondition Failed. {_MORE}")


def complaint_of(refusal: refusals.Refusal) -> Complaint:
    """What the broker's refusal is on this side."""
    return Complaint(_STATUS.get(type(refusal), 400), str(refusal))


_STATUS: dict[type[refusals.Refusal], int] = {
    refusals.EntityNotFound: 404,
    refusals.AlreadyExists: 409,
    refusals.Unauthorized: 401,
    refusals.QuotaExceeded: 403,
}
