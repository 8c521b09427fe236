"""The Slack app's OAuth settings: client id, secrets, and where Slack is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin

from adapters.slack.settings import DEFAULT_URL

INSTALL: Final = "/slack/install"
REDIRECT: Final = "/slack/oauth_redirect"


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Credentials of the app, and Slack's base address."""

    client_id: str
    client_secret: str = field(repr=False)
    signing_secret: str = field(repr=False)
    api_url: str = DEFAULT_URL

    def authorize_url(self) -> str:
        """Address of the page on which a member agrees to the install: it lies beside the Web API."""
        return urljoin(self.api_url.rstrip("/") + "/", "../oauth/v2/authorize")
