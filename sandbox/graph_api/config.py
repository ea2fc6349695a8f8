"""What the fake Graph API is told when it starts. Reads no environment and no file by itself."""

from pydantic import BaseModel, ConfigDict, Field

from sandbox.graph_api.webhooks import Business


class PhoneNumber(BaseModel):
    """A business phone number that is registered with the pretend Meta app.

    access_token: the bearer token that its tenant sends with. waba_id: id of the business account
    in the webhooks' `entry[].id`. language: ISO 639-1, for the pages alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    access_token: str = Field(min_length=1)
    display_number: str
    tenant_id: str
    name: str
    language: str = "en"
    waba_id: str = "102290129340398"


class GraphConfig(BaseModel):
    """Settings of one fake. All durations are seconds.

    webhook_url: where signed webhooks go; '' posts none (for a fake that only receives).
    api_url: the product's REST base URL, '' while unknown. webchat_keys: tenant id → public key.
    status_delay_s: pause before each of `statuses`. hold_max_s: how long a time-out fault keeps a
    connection open when the client never gives up. retry_*: Meta retries for days with growing
    pauses; this is that, scaled down.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    app_secret: str = Field(min_length=1)
    phone_numbers: dict[str, PhoneNumber]
    webhook_url: str = ""
    api_url: str = ""
    webchat_keys: dict[str, str] = Field(default_factory=dict)
    status_delay_s: float = Field(default=0.2, ge=0)
    statuses: tuple[str, ...] = ("sent", "delivered", "read")
    webhook_timeout_s: float = Field(default=20.0, gt=0)
    retry_first_s: float = Field(default=0.2, ge=0)
    retry_longest_s: float = Field(default=10.0, ge=0)
    retry_for_s: float = Field(default=600.0, ge=0)
    hold_max_s: float = Field(default=60.0, gt=0)

    def business(self, phone_number_id: str) -> Business:
        """The sender's side of a webhook. An id that is not registered gets made-up details."""
        number = self.phone_numbers.get(phone_number_id)
        if number is None:
            return Business(phone_number_id)
        return Business(phone_number_id, number.display_number, number.waba_id)


class ConfigChange(BaseModel):
    """What may change while the fake runs: the stack is deployed after the fake has its port."""

    model_config = ConfigDict(extra="forbid")

    webhook_url: str | None = None
    app_secret: str | None = None
    api_url: str | None = None
    webchat_keys: dict[str, str] | None = None
    status_delay_s: float | None = Field(default=None, ge=0)

    def applied_to(self, config: GraphConfig) -> GraphConfig:
        """A new configuration with the given fields replaced and the rest kept."""
        return config.model_copy(update=self.model_dump(exclude_none=True))
