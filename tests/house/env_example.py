"""deploy/env.example made from the settings class: `python -m tests.house.env_example --write`."""

import sys
import textwrap
from pathlib import Path

from pydantic import SecretStr

from service.config import Config

FILE = Path(__file__).resolve().parents[2] / "deploy" / "env.example"

_HEAD = """\
# Jede Einstellung von Postlotse mit ihrer Bedeutung. Was nicht gesetzt ist, hat die Vorgabe, die hier steht.
# Diese Datei kopieren (systemd: /etc/postlotse/postlotse.env, Compose: deploy/postlotse.env), Zeilen freischalten,
# Rechte eng halten: chown root:postlotse, chmod 0640. Geheimnisse gehen auch aus einer Datei: statt NAME dann
# NAME_FILE=/pfad/zur/datei. Prüfen: postlotse doctor
"""


def render() -> str:
    """Return the whole file: one block per setting, in the order of the class."""
    blocks = [_HEAD]
    for name, field in Config.model_fields.items():
        lines = textwrap.wrap(field.description or "", 116, break_long_words=False, break_on_hyphens=False)
        blocks.append("".join(f"# {line}\n" for line in lines) + f"#POSTLOTSE_{name.upper()}={_shown(field.default)}\n")
    return "\n".join(blocks)


def _shown(default: object) -> str:
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    if isinstance(default, bool):
        return str(default).lower()
    return "" if default is None else str(default)


if __name__ == "__main__":
    if "--write" in sys.argv:
        FILE.write_text(render(), encoding="utf-8")
    else:
        sys.stdout.write(render())
