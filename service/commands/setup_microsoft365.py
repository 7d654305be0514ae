"""What an admin does at Microsoft so that mailboxes can be read, word by word, with the values of this installation."""

from collections.abc import Iterator

from service.config import Config, call, names

_GROUP = "Postlotse-Postfaecher"
_ASSIGNMENT = "Postlotse liest Metadaten"


def steps(config: Config) -> Iterator[str]:
    """Yield the steps in their order."""
    yield from _application(config)
    yield from _exchange(config)
    yield from _here(config)


def _application(config: Config) -> Iterator[str]:
    yield (
        "Microsoft Entra Admin Center > App-Registrierungen > Neue Registrierung: Name „Postlotse“,\n"
        "   „Nur Konten in diesem Organisationsverzeichnis“, keine Umleitungs-URI. Danach notieren:\n"
        f"   Anwendungs-ID (Client)     {config.graph_client_id or '-> POSTLOTSE_GRAPH_CLIENT_ID'}\n"
        f"   Verzeichnis-ID (Mandant)   {config.graph_tenant or '-> POSTLOTSE_GRAPH_TENANT'}\n"
        "   Unternehmensanwendungen > Postlotse: die Objekt-ID dort (eine andere als die der Registrierung).\n"
        "   Unter „API-Berechtigungen“ nichts für Mail vergeben, und User.Read entfernen."
    )
    if config.graph_managed_identity:
        yield (
            "Verwaltete Identität: Der Rechner weist sich selbst aus, ein Zertifikat ist nicht nötig. Mit der\n"
            "   Unternehmensanwendung ist dann überall die der Identität gemeint."
        )
        return
    yield (
        "Zertifikat auf diesem Rechner anlegen und nur zertifikat.pem in der App-Registrierung unter\n"
        "   „Zertifikate & Geheimnisse“ hochladen; das Ablaufdatum in den Kalender:\n"
        "   openssl req -x509 -newkey rsa:3072 -sha256 -days 730 -nodes -subj /CN=Postlotse \\\n"
        "       -keyout schluessel.pem -out zertifikat.pem\n"
        "   cat schluessel.pem zertifikat.pem > graph.pem && chmod 0640 graph.pem && rm schluessel.pem\n"
        "   Pfad von graph.pem -> POSTLOTSE_GRAPH_CERTIFICATE"
    )


def _exchange(config: Config) -> Iterator[str]:
    boxes = names(config.graph_mailboxes) or ("info@firma.de", "vertrieb@firma.de")
    outside = config.graph_outside or "chef@firma.de"
    members = ",".join(f'"{box}"' for box in boxes)
    yield (
        "PowerShell als Exchange-Administrator (einmal: Install-Module ExchangeOnlineManagement): Das Recht, nur\n"
        "   Metadaten zu lesen, und nur in diesen Postfächern. Nur direkte Mitglieder der Gruppe zählen.\n"
        "   Connect-ExchangeOnline\n"
        f'   $AppId    = "{config.graph_client_id or "ANWENDUNGS-ID"}"\n'
        '   $ObjectId = "OBJEKT-ID DER UNTERNEHMENSANWENDUNG"\n'
        f'   New-DistributionGroup -Name "{_GROUP}" -Type Security -Members {members}\n'
        f'   $Gruppe = (Get-DistributionGroup "{_GROUP}").DistinguishedName\n'
        '   New-ServicePrincipal -AppId $AppId -ObjectId $ObjectId -DisplayName "Postlotse"\n'
        f'   New-ManagementScope -Name "{_GROUP}" -RecipientRestrictionFilter "MemberOfGroup -eq \'$Gruppe\'"\n'
        f'   New-ManagementRoleAssignment -Name "{_ASSIGNMENT}" -App $ObjectId `\n'
        f'       -Role "Application Mail.ReadBasic" -CustomResourceScope "{_GROUP}"\n'
        f'   Test-ServicePrincipalAuthorization -Identity $ObjectId -Resource "{boxes[0]}" | Format-Table\n'
        f'   Test-ServicePrincipalAuthorization -Identity $ObjectId -Resource "{outside}" | Format-Table\n'
        "   Beim ersten muss InScope True stehen, beim zweiten False. Bis das wirkt, vergehen bis zu zwei Stunden."
    )
    copies = "\n".join(
        f'   Set-Mailbox "{box}" -MessageCopyForSentAsEnabled $true -MessageCopyForSendOnBehalfEnabled $true'
        for box in boxes
    )
    yield (
        "Gemeinsame Postfächer: Antworten müssen dort liegen, sonst läuft die Frist weiter. Ansehen und einschalten:\n"
        f"   {','.join(f'{chr(34)}{box}{chr(34)}' for box in boxes)} | Get-Mailbox |\n"
        "       Format-Table PrimarySmtpAddress,MessageCopyForSentAsEnabled,MessageCopyForSendOnBehalfEnabled\n"
        f"{copies}"
    )
    yield (
        "Wer möchte (geht auch ohne): Abwesenheiten aus Outlook mit derselben Begrenzung, eigene Domains aus dem\n"
        "   Verzeichnis über App-Registrierung > API-Berechtigungen > Anwendungsberechtigung Domain.Read.All.\n"
        '   New-ManagementRoleAssignment -Name "Postlotse liest Abwesenheiten" -App $ObjectId `\n'
        f'       -Role "Application MailboxSettings.Read" -CustomResourceScope "{_GROUP}"'
    )


def _here(config: Config) -> Iterator[str]:
    told = [
        f"   POSTLOTSE_{name}={value}"
        for name, value in (
            ("GRAPH_TENANT", config.graph_tenant or "VERZEICHNIS-ID"),
            ("GRAPH_CLIENT_ID", config.graph_client_id or "ANWENDUNGS-ID"),
            ("GRAPH_CERTIFICATE", config.graph_certificate or "/etc/postlotse/graph.pem"),
            ("GRAPH_MAILBOXES", config.graph_mailboxes or "info@firma.de,vertrieb@firma.de"),
            ("GRAPH_OUTSIDE", config.graph_outside or "chef@firma.de"),
            ("OWN_DOMAINS", config.own_domains or "firma.de"),
        )
    ]
    yield "Einstellungen auf diesem Rechner:\n" + "\n".join(told)
    yield f"Diesen Befehl noch einmal aufrufen ({call('setup', 'microsoft365')}): er prüft dann jeden Schritt."
