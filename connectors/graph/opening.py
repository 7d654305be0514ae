"""Opens the client of Microsoft Graph as the configuration describes it; nothing is asked of the network by that."""

from connectors.graph import clouds, rights
from connectors.graph.boundary import Base
from connectors.graph.client import Client
from connectors.graph.tokens import Registration, Tokens
from connectors.registry import Settings


def open_client(settings: Settings) -> Client:
    """Return the client. Raises Refused for wrong settings.

    Microsoft's sign-in speaks https alone, so a base on this machine over http is a stand-in: it gets the configured
    secret itself as its token.
    """
    base = Base(settings.graph_base)
    secret = settings.graph_client_secret.get_secret_value()
    if base.url.startswith("http://"):

        def stand_in(_claims: str) -> str:
            if not settings.graph_allow_mail_read:
                rights.check(secret)
            return secret

        return Client(base.url, stand_in)
    clouds.check(settings.graph_authority, base.origin)
    registration = Registration(
        tenant=settings.graph_tenant,
        client_id=settings.graph_client_id,
        authority=settings.graph_authority,
        graph=base.origin,
        secret=secret,
        certificate=settings.graph_certificate,
        identity=settings.graph_managed_identity,
        may_be_wide=settings.graph_allow_mail_read,
    )
    return Client(base.url, Tokens(registration))
