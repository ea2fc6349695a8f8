"""The error tree. Ids are fields, never prose; no message quotes what a customer wrote.

SahutError
├── NotFound            a named thing does not exist for this tenant
├── Conflict            somebody else changed it first
│   └── Outdated        a newer attempt owns the turn: this one must change nothing more
├── Refused             the request can never succeed as it is
│   ├── TenantDenied    the thing belongs to another tenant
│   └── ChannelRefused  the channel said no, for certain; `code` tells why
├── WorkStopped         stopped on purpose half way; nobody else may begin it anew
├── TryAgain            may succeed later; nothing was changed
└── Uncertain           we cannot know whether the channel took it: never repeat it
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sahut.domain.models import Spent


class SahutError(Exception):
    """Root of all errors that Sahut raises on purpose."""


class NotFound(SahutError):
    pass


class Conflict(SahutError):
    pass


class Outdated(Conflict):
    pass


class Refused(SahutError):
    pass


class TenantDenied(Refused):
    pass


class ChannelRefused(Refused):
    """The channel answered with a coded error: the message was certainly not sent.

    Args:
        code: the channel's error code (WhatsApp: Graph API `error.code`).
        title: the channel's own words; they name no customer.
    """

    def __init__(self, code: int, title: str) -> None:
        super().__init__(f"channel refused with code {code}")
        self.code = code
        self.title = title


class WorkStopped(SahutError):
    """Args: spent: what was used until then."""

    def __init__(self, message: str, spent: "Spent | None" = None) -> None:
        super().__init__(message)
        self.spent = spent


class TryAgain(SahutError):
    """Args: after_s: how long to wait at least, in seconds."""

    def __init__(self, message: str, after_s: float = 0.0) -> None:
        super().__init__(message)
        self.after_s = after_s


class Uncertain(SahutError):
    pass
