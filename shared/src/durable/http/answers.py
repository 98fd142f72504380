"""How an application answers: JSON without a second validation, and every error as a problem document."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from durable.errors import TransientError
from durable.http.problem import CONTENT_TYPE, Problem, ProblemType, unavailable

_log = logging.getLogger(__name__)


def json_answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with JSON."""
    return Response(orjson.dumps(body), status, headers, "application/json")


def problem_answer(problem: Problem) -> Response:
    """Answer with a problem document."""
    return Response(problem.to_json(), problem.type.status, problem.headers, CONTENT_TYPE)


def answer_errors_as_problems(app: FastAPI) -> None:
    """Have every error of an application answered as a problem document."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(TransientError, _on_transient)
    app.add_exception_handler(RequestValidationError, _on_invalid_parameters)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(ClientDisconnect, _on_disconnect)
    app.add_exception_handler(Exception, _on_bug)


async def _on_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return problem_answer(error)


async def _on_transient(request: Request, error: Exception) -> Response:
    _log.warning("%s %s was not answered: %s", request.method, request.url.path, error)
    return problem_answer(unavailable(f"{error}. Try again"))


async def _on_invalid_parameters(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [(".".join(map(str, fault["loc"])), str(fault["msg"])) for fault in error.errors()]
    return problem_answer(Problem(ProblemType.INVALID, "expected other parameters; see errors", faults))


async def _on_http_exception(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    document = {"type": "about:blank", "title": HTTPStatus(error.status_code).phrase, "status": error.status_code}
    return Response(orjson.dumps(document), error.status_code, error.headers, CONTENT_TYPE)


async def _on_disconnect(_: Request, __: Exception) -> Response:
    return Response(status_code=400)


async def _on_bug(_: Request, __: Exception) -> Response:
    return problem_answer(Problem(ProblemType.INTERNAL, "expected to answer; failed. The log of the service says why"))
