"""What an operation refuses, as problem documents."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response

from durable.errors import (
    AlreadyEnded,
    AlreadyExists,
    ClientError,
    DurableError,
    InvalidInput,
    InvalidState,
    MessageTooLarge,
    NotFound,
    PayloadTooLarge,
    RefusedError,
    ServiceUnavailable,
    UndecodableMessage,
)
from durable.http.answers import problem_answer
from durable.http.problem import Problem, ProblemType, unavailable

_TYPES: dict[type[DurableError], ProblemType] = {
    NotFound: ProblemType.NOT_FOUND,
    AlreadyExists: ProblemType.EXISTS,
    AlreadyEnded: ProblemType.ENDED,
    InvalidState: ProblemType.STATE,
    InvalidInput: ProblemType.INVALID,
    PayloadTooLarge: ProblemType.TOO_LARGE,
    MessageTooLarge: ProblemType.TOO_LARGE,
}


def answer_refusals_as_problems(app: FastAPI) -> None:
    """Have the errors of the operations answered as problem documents."""
    app.add_exception_handler(ClientError, _on_refusal)
    app.add_exception_handler(RefusedError, _on_refusal)
    app.add_exception_handler(UndecodableMessage, _on_refusal)


async def _on_refusal(_: Request, error: Exception) -> Response:
    assert isinstance(error, DurableError)
    if isinstance(error, ServiceUnavailable):
        return problem_answer(unavailable(str(error)))
    type_ = _TYPES.get(type(error), ProblemType.INTERNAL)
    if isinstance(error, InvalidInput):
        return problem_answer(Problem(type_, error.message, error.reasons))
    return problem_answer(Problem(type_, str(error)))
