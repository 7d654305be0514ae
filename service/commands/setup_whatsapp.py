"""What an admin does at Meta so that messages of WhatsApp come in, word by word, with the values of this machine."""

from collections.abc import Iterator

from service.config import Config, call, names

# What to subscribe to, and what goes wrong without it.
FIELDS = {
    "messages": "Nachrichten und Zustellstand",
    "smb_message_echoes": "Antworten aus der App auf dem Telefon; ohne sie gilt Beantwortetes als offen",
    "history": "einmalige Übernahme alter Nachrichten, wenn eine Nummer aus der App dazukommt",
    "standby": "Gespräche, die Metas Assistent führt",
    "messaging_handovers": "deren Übergabe an Menschen",
    "calls": "Anrufe; auch sie öffnen Metas Fenster",
    "user_preferences": "Abmeldungen von Werbung",
    "message_template_status_update": "Zustand der Vorlagen",
    "message_template_quality_update": "Güte der Vorlagen",
    "template_category_update": "Einstufung der Vorlagen (Preis)",
    "account_update": "Sperren und Änderungen am Konto",
    "account_alerts": "Warnungen zum Konto",
    "phone_number_quality_update": "Güte der Nummern",
    "business_capability_update": "Grenzen des Kontos",
    "security": "Sicherheit der Nummern",
}
# Without these, figures are wrong; the others tell less and nothing goes wrong by that.
NEEDED = frozenset({"messages", "smb_message_echoes", "standby", "messaging_handovers", "calls", "user_preferences"})
# The address book of the phone: nothing that Postlotse needs, and a great deal about people who never wrote to us.
FORBIDDEN = "smb_app_state_sync"
HOOK = "/webhooks/whatsapp"


def address(config: Config) -> str:
    """Return where Meta is to call."""
    return (config.public_url.rstrip("/") or "https://IHR-SERVER") + HOOK


def steps(config: Config) -> Iterator[str]:
    """Yield the steps in their order."""
    yield from _at_meta(config)
    yield from _hook(config)
    yield (
        "Postlotse neu starten und diesen Befehl noch einmal aufrufen "
        f"({call('setup', 'whatsapp')}): er prüft dann jeden Schritt.\n"
        "   Zum Schluss von einem Telefon an jede Nummer schreiben; nach zwei Sekunden steht es in der Liste."
    )


def _at_meta(config: Config) -> Iterator[str]:
    account = config.whatsapp_business_account
    yield (
        "developers.facebook.com > Meine Apps > App erstellen: Typ „Business“, Produkt „WhatsApp“ hinzufügen. Die App\n"
        "   muss am Ende live sein (Schalter oben); im Entwicklungsmodus schickt Meta manches nicht.\n"
        "   WhatsApp > API-Einrichtung nennt die Kennung des WhatsApp-Business-Kontos:\n"
        f"   POSTLOTSE_WHATSAPP_BUSINESS_ACCOUNT={account or 'KENNUNG'}"
    )
    yield (
        "App-Einstellungen > Allgemeines: den App-Geheimcode in eine Datei, die nur Postlotse liest. Dazu ein selbst\n"
        "   gewähltes langes Prüfwort für den Webhook:\n"
        "   POSTLOTSE_WHATSAPP_APP_SECRET_FILE=/etc/postlotse/whatsapp_app_secret\n"
        "   POSTLOTSE_WHATSAPP_VERIFY_TOKEN_FILE=/etc/postlotse/whatsapp_verify_token"
    )
    yield (
        "business.facebook.com > Einstellungen > Systembenutzer: einen anlegen, ihm die App und das WhatsApp-Konto\n"
        "   zuweisen, dann „Token generieren“ ohne Ablauf und nur mit diesen Rechten:\n"
        "   whatsapp_business_management (Konto, Vorlagen, Prüfungen), whatsapp_business_messaging (Nachrichten)\n"
        "   POSTLOTSE_WHATSAPP_TOKEN_FILE=/etc/postlotse/whatsapp_token\n"
        "   Wer nur zuhören will, kann es weglassen; dann bleibt bei Meta ungeprüft, und Lücken fallen später auf."
    )
    yield (
        "WhatsApp-Manager > Telefonnummern: je Nummer die phone_number_id (nicht die Telefonnummer) und ein Name:\n"
        f"   POSTLOTSE_WHATSAPP_NUMBERS={config.whatsapp_numbers or '106540352242922=Zentrale,106540352242923=Lager'}"
    )


def _hook(config: Config) -> Iterator[str]:
    fields = "\n".join(f"   {'*' if name in NEEDED else ' '} {name:31} {why}" for name, why in FIELDS.items())
    yield (
        "App > WhatsApp > Konfiguration > Webhook bearbeiten. Meta ruft beim Speichern sofort an; die Adresse muss\n"
        "   aus dem Internet mit gültigem Zertifikat erreichbar sein und 3 MB annehmen:\n"
        f"   Callback-URL   {address(config)}\n"
        "   Prüfwort       (aus Schritt 2)"
    )
    yield (
        f"Dort diese Felder abonnieren, mit * die unentbehrlichen, Fassung {config.whatsapp_version}:\n{fields}\n"
        f"   Nicht abonnieren: {FORBIDDEN} (das Adressbuch des Telefons)."
    )
    yield (
        "Die App für das Konto anmelden, sonst kommt trotz Webhook nichts an:\n"
        f"   {call('setup', 'whatsapp', '--subscribe')}"
    )


def numbers(config: Config) -> tuple[str, ...]:
    """Return the phone_number_ids that the settings name."""
    return tuple(entry.partition("=")[0].strip() for entry in names(config.whatsapp_numbers))
