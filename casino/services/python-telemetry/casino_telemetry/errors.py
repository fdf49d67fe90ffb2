"""Errors that are answers: what went wrong in the words of the contract. The SDK leaves them alone, they are expected."""

from __future__ import annotations

from tornado.web import HTTPError


class ApiError(HTTPError):
    """Answered as `{"error": {"code", "message", "reason"?}}`."""

    def __init__(self, status: int, code: str, message: str, reason: str | None = None) -> None:
        super().__init__(status, reason=None)
        self.code = code
        self.message = message
        self.why = reason

    def body(self) -> dict[str, object]:
        """The answer."""
        error: dict[str, object] = {"code": self.code, "message": self.message}
        if self.why:
            error["reason"] = self.why
        return {"error": error}

    def __str__(self) -> str:
        return f"{self.status_code} {self.code}: {self.message}"


def bad_request(message: str, code: str = "bad_request") -> ApiError:
    """What was asked cannot be."""
    return ApiError(400, code, message)


def unavailable(part: str, message: str) -> ApiError:
    """Another part does not answer."""
    return ApiError(503, f"{part}_unavailable", message)
