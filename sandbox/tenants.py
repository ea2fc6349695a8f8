"""The two tenants of the sandbox, as their folders in seed_data/ describe them, with fresh secrets."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from sandbox.endpoints import SeededTenant

# Not secret: they guard a sandbox on loopback, and events/*.json are signed with them.
APP_SECRET = "sandbox-app-secret"
VERIFY_TOKEN = "sandbox-verify-token"
SEED_DATA = Path(__file__).parent / "seed_data"


@dataclass(frozen=True, slots=True)
class Model:
    """An OpenAI-compatible endpoint that writes answers before the extractive answerer may."""

    base_url: str
    model: str
    key: str
    timeout_s: float = 20.0


@dataclass(frozen=True, slots=True)
class Tenant:
    """folder: has profile.yaml and documents/. access_token: what it sends to the Graph API with."""

    folder: Path
    tenant_id: str
    name: str
    default_language: str
    languages: tuple[str, ...]
    phone_number_id: str
    waba_id: str
    display_number: str
    webchat_key: str
    allowed_origins: tuple[str, ...]
    evidence_threshold: float
    api_key: str
    access_token: str

    @property
    def documents(self) -> Sequence[Path]:
        return sorted((self.folder / "documents").iterdir())

    @property
    def orders(self) -> Path:
        """What the order service knows of; not every tenant has one."""
        return self.folder / "orders.yaml"

    def seeded(self) -> SeededTenant:
        return SeededTenant(self.tenant_id, self.name, self.api_key, self.phone_number_id, self.webchat_key)


@dataclass(frozen=True, slots=True)
class PlatformSecrets:
    """Of Meta's app (one for all tenants), and the key that signs webchat visitors."""

    app_secret: str
    verify_token: str
    visitor_signing_key: str


def platform_secrets() -> PlatformSecrets:
    return PlatformSecrets(APP_SECRET, VERIFY_TOKEN, secrets.token_hex(32))


def load_tenants(folder: Path = SEED_DATA) -> tuple[Tenant, ...]:
    """In the order of their folders' names reversed, so that the shop comes before the bank."""
    folders = sorted((path for path in folder.iterdir() if (path / "profile.yaml").exists()), reverse=True)
    return tuple(_load(path) for path in folders)


def _load(folder: Path) -> Tenant:
    profile = yaml.safe_load((folder / "profile.yaml").read_text())
    return Tenant(
        folder=folder,
        tenant_id=profile["tenant_id"],
        name=profile["name"],
        default_language=profile["default_language"],
        languages=tuple(profile["languages"]),
        phone_number_id=profile["phone_number_id"],
        waba_id=profile["waba_id"],
        display_number=profile["display_number"],
        webchat_key=profile["webchat_key"],
        allowed_origins=tuple(profile["allowed_origins"]),
        evidence_threshold=float(profile.get("evidence_threshold", 0.0)),
        api_key=f"sk_{folder.name}_{secrets.token_hex(16)}",
        access_token=f"EAA{secrets.token_hex(24)}",
    )
