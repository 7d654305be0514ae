"""The clouds of Microsoft: which sign-in server belongs to which Graph, and which clouds cannot be read.

Source: learn.microsoft.com/graph/deployments. A host that stands nowhere here (a new sovereign cloud) is taken as it
is configured.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from connectors.errors import Refused


@dataclass(frozen=True, slots=True)
class Cloud:
    """A cloud by name, with its hosts and what is wrong with it ("" = nothing)."""

    name: str
    sign_in: tuple[str, ...]
    graph: str
    trouble: str = ""


CLOUDS: tuple[Cloud, ...] = (
    Cloud("weltweit", ("login.microsoftonline.com", "login.microsoft.com", "login.windows.net"), "graph.microsoft.com"),
    Cloud("US-Behörden (GCC High)", ("login.microsoftonline.us",), "graph.microsoft.us"),
    Cloud("US-Militär (DoD)", ("login.microsoftonline.us",), "dod-graph.microsoft.us"),
    Cloud(
        "Deutschland (geschlossen)",
        ("login.microsoftonline.de",),
        "graph.microsoft.de",
        "Die Microsoft Cloud Deutschland ist seit 2021 geschlossen; ihre Firmen liegen in der weltweiten Cloud.",
    ),
    Cloud(
        "China (21Vianet)",
        ("login.chinacloudapi.cn", "login.partner.microsoftonline.cn"),
        "microsoftgraph.chinacloudapi.cn",
        "In der Cloud für China gibt es die Änderungsabfrage für Mails nicht, auf der das Lesen beruht.",
    ),
)


def check(authority: str, graph: str) -> str:
    """Return the name of the cloud that both addresses belong to; "" for one that is not known here.

    Raises Refused with `why` "cloud" when the cloud cannot be read, or when the two belong to different clouds.
    """
    sign_in, host = (str(urlsplit(url).hostname or "").lower() for url in (authority, graph))
    signed = [cloud for cloud in CLOUDS if sign_in in cloud.sign_in]
    read = [cloud for cloud in CLOUDS if host == cloud.graph]
    for cloud in (*read, *signed):
        if cloud.trouble:
            raise Refused(cloud.trouble, "cloud")
    if signed and read and read[0] not in signed:
        raise Refused(
            f"Anmeldeserver ({signed[0].name}) und Graph ({read[0].name}) gehören zu verschiedenen Clouds.", "cloud"
        )
    return read[0].name if read else ""
