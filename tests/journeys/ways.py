"""The ways in, each with content in every field that can hold some: what the canary test sends through the house."""

import json
import mailbox
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.journeys.canary import Canaries

BOX = "post@firma-beispiel.de"
NUMBER = "700100200300401"
KUNDE = "4917012345678"


def mail(canaries: Canaries, way: str, number: int) -> bytes:
    """Return a mail with content wherever RFC 5322 and MIME leave room for some."""

    def word(name: str) -> str:
        return canaries.word(way, name)

    sender = f"absender{number}@kunde-{way.replace('.', '')}.example"
    return f"""Return-Path: <{sender}>
Received: by mx.firma-beispiel.de; Mon, 2 Mar 2026 09:{number:02}:07 +0100
Message-ID: <{number}.{way}@kunde.example>
Date: Mon, 2 Mar 2026 09:{number:02}:00 +0100
From: Erlaubter Name <{sender}>
To: "{word("name of a recipient")}" <{BOX}>
Reply-To: "{word("name in Reply-To")}" <{word("local part of Reply-To")}@web.de>
Subject: Angebot {word("subject")}
 {word("folded subject")}
Thread-Topic: {word("thread topic")}
Comments: {word("comments")}
Keywords: {word("keywords")}
List-Id: {word("phrase of the list")} <liste.kunde.example>
List-Unsubscribe: <https://kunde.example/ab?{word("unsubscribe link")}>
Feedback-ID: {word("feedback id")}:x
X-Spam-Report: {word("unknown header")}
X-Campaign: {word("campaign")}
X-SG-EID: {word("id of a mailing service")}
Precedence: bulk {word("behind the precedence")}
Auto-Submitted: no ({word("behind auto-submitted")})
Importance: {word("importance")}
Authentication-Results: mx.firma-beispiel.de; dmarc=pass ({word("comment of a result")})
 header.from=kunde.example
DKIM-Signature: v=1; d=kunde.example; h=subject; b={word("signature")}
Content-Type: multipart/mixed; boundary="{word("boundary")}"; name="{word("name in the type")}"
Content-Disposition: attachment; filename="{word("file name in the head")}.pdf"
Content-Description: {word("description")}
MIME-Version: 1.0

{word("preamble")}
--{word("boundary")}
Content-Type: text/plain; name="{word("attachment in the type")}.docx"
Content-Disposition: attachment; filename="{word("attachment")}.docx"
Subject: {word("subject in a part")}

{word("text")}

From {word("text after From")} on
--{word("boundary")}--
""".encode()


def archive(canaries: Canaries, folder: Path) -> list[Path]:
    """Write files of every kind that `postlotse import` reads, damaged ones among them; returns what to name."""
    (folder / "post").mkdir(parents=True)
    (folder / "post" / "einzeln.eml").write_bytes(mail(canaries, "eml", 1))
    (folder / "post" / "ohne-kopf.eml").write_text(canaries.word("eml", "file without headers"))
    box = mailbox.mbox(folder / "alles.mbox")
    for number in (2, 3):
        box.add(mail(canaries, f"mbox{number}", number))
    box.close()
    with (folder / "alles.mbox").open("a") as file:
        file.write(f"\nFrom x Mon Mar  2 09:15:07 2026\n{canaries.word('mbox', 'damaged mail')}\n")
    maildir = mailbox.Maildir(folder / "Maildir")
    maildir.add(mail(canaries, "maildir", 4))
    maildir.close()
    line = {
        "id": "zeile-1", "date": "2026-03-02T08:15:00Z", "from_addr": "zeile@kunde.example",
        "reply_to_local": canaries.word("lines", "local part of Reply-To"),
        "subject": canaries.word("lines", "subject"), "body": canaries.word("lines", "body"),
        "bodyPreview": canaries.word("lines", "preview"), "to": [{"name": canaries.word("lines", "recipient")}],
        "attachments": [{"name": canaries.word("lines", "attachment")}], "folder": canaries.word("lines", "folder"),
        "label": canaries.word("lines", "label"),
    }  # fmt: skip
    broken = '{"subject": "' + canaries.word("lines", "damaged line")
    array = json.dumps([canaries.word("lines", "line that is no object")])
    (folder / "zeilen.jsonl").write_text("\n".join((json.dumps(line), broken, array, "")))
    return [folder / "post", folder / "alles.mbox", folder / "Maildir", folder / "zeilen.jsonl"]


def graph_item(canaries: Canaries, way: str, number: int) -> dict[str, Any]:
    """Return a message as a Graph that ignores $select would send it: with everything it has."""

    def word(name: str) -> str:
        return canaries.word(way, name)

    person = {"emailAddress": {"name": "Erlaubter Name", "address": f"graph{number}@kunde.example"}}
    ours = {"emailAddress": {"name": word("name of a recipient"), "address": BOX}}
    return {
        "@odata.type": "#microsoft.graph.message", "id": f"AAMk{way}{number}", "conversationId": f"AAQk{way}{number}",
        "internetMessageId": f"<{way}{number}@kunde.example>", "receivedDateTime": f"2026-03-02T08:{number:02}:00Z",
        "sentDateTime": f"2026-03-02T08:{number:02}:00Z", "from": person, "sender": person, "toRecipients": [ours],
        "ccRecipients": [ours], "bccRecipients": [ours], "replyTo": [
            {"emailAddress": {"name": word("name in replyTo"), "address": f"{word('local part of replyTo')}@web.de"}}
        ],
        "isRead": False, "isDraft": False, "importance": "normal", "hasAttachments": True, "parentFolderId": "F1",
        "subject": word("subject"), "bodyPreview": word("bodyPreview"),
        "body": {"contentType": "html", "content": f"<p>{word('body')}</p>"},
        "uniqueBody": {"contentType": "text", "content": word("uniqueBody")},
        "attachments": [{"name": word("attachment"), "contentBytes": word("content of an attachment")}],
        "categories": [word("category")], "webLink": f"https://outlook.example/?s={word('webLink')}",
        "flag": {"flagStatus": word("flag")}, "mentionsPreview": {"text": word("mention")},
        "event": {"subject": word("event"), "location": {"displayName": word("place of an event")}},
        "singleValueExtendedProperties": [{"id": "String 0x0037", "value": word("extended property")}],
        "internetMessageHeaders": [
            {"name": name, "value": word(f"header {name}")}
            for name in ("Subject", "Thread-Topic", "X-Unknown", "Comments", "Content-Description", "X-Campaign")
        ],
    }  # fmt: skip


def graph_error(canaries: Canaries, status: int) -> bytes:
    """Return an error body that quotes content, as JSON or as the page of a proxy."""
    text = canaries.word(f"graph {status}", "text of an error")
    if status in {401, 502}:
        return f"<html><title>{text}</title></html>".encode()
    inner = {"message": canaries.word(f"graph {status}", "inner error"), "request-id": "1"}
    return json.dumps({"error": {"code": "ErrorAccessDenied", "message": text, "innerError": inner}}).encode()


def chats(canaries: Canaries) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the kinds of a WhatsApp message with content in every field that Meta documents, and one unknown kind."""

    def word(name: str) -> str:
        return canaries.word("whatsapp", name)

    media = ("image", "video", "document", "audio", "sticker")
    kinds: dict[str, Any] = {
        "text": {"body": word("text")},
        **{kind: {"id": "1", "mime_type": "x/y", "caption": word(f"caption of {kind}"), "filename": word(f"name of {kind}"),
                  "url": f"https://lookaside.example/{word(f'link of {kind}')}"} for kind in media},
        "button": {"text": word("button"), "payload": word("payload of a button")},
        "location": {"latitude": 49.1, "longitude": 8.1, "name": word("place"), "address": word("address"),
                     "url": word("link of a place")},
        "contacts": [{"name": {"formatted_name": word("contact"), "first_name": word("first name")},
                      "phones": [{"phone": word("phone"), "wa_id": word("wa_id of a contact")}],
                      "emails": [{"email": f"{word('mail of a contact')}@x.example"}],
                      "org": {"company": word("company of a contact")}}],
        "reaction": {"message_id": "wamid.0", "emoji": word("emoji")},
        "order": {"catalog_id": word("catalogue"), "text": word("order"),
                  "product_items": [{"product_retailer_id": word("product"), "quantity": 1}]},
        "system": {"body": word("system text"), "type": "customer_changed_number"},
        "unsupported": {"details": word("unsupported")},
        "zukunft": {"body": word("unknown kind"), "tief": [{"noch": word("unknown kind, deep")}]},
    }  # fmt: skip
    yield from kinds.items()
    for kind, reply in (
        ("button_reply", {"id": word("id of a reply"), "title": word("title of a button")}),
        ("list_reply", {"id": "2", "title": word("title of a list"), "description": word("line of a list")}),
        (
            "nfm_reply",
            {"name": "flow", "body": word("flow"), "response_json": json.dumps({"a": word("answer of a flow")})},
        ),
    ):
        yield "interactive", {"type": kind, kind: reply}


def whatsapp(canaries: Canaries) -> list[bytes]:
    """Return webhook bodies: every kind as a message with referral and errors, statuses, echoes, account news."""

    def word(name: str) -> str:
        return canaries.word("whatsapp", name)

    errors = [{"code": 131051, "title": word("title of an error"), "message": word("message of an error"),
               "error_data": {"details": word("details of an error")}}]  # fmt: skip
    referral = {
        "headline": word("headline"),
        "body": word("advertisement"),
        "source_url": word("link of an advertisement"),
    }
    context = {"id": "wamid.0", "from": NUMBER, "referred_product": {"product_retailer_id": word("referred product")}}
    person = [{"profile": {"name": "Erlaubter Name"}, "wa_id": KUNDE}]
    bodies = []
    for number, (kind, content) in enumerate(chats(canaries)):
        message = {"from": KUNDE, "id": f"wamid.{number}", "timestamp": str(1772438400 + number), "type": kind,
                   kind: content, "referral": referral, "context": context, "errors": errors,
                   "unbekannt": word("unknown field")}  # fmt: skip
        bodies.append(_change("messages", {"contacts": person, "messages": [message]}))
    status = {"id": "wamid.9", "status": "failed", "timestamp": "1772438499", "recipient_id": KUNDE, "errors": errors,
              "biz_opaque_callback_data": word("tracker")}  # fmt: skip
    echo = {"from": "49711", "to": KUNDE, "id": "wamid.e", "timestamp": "1772438500", "type": "text",
            "text": {"body": word("echo")}}  # fmt: skip
    bodies.append(_change("messages", {"statuses": [status], "errors": errors}))
    bodies.append(_change("smb_message_echoes", {"message_echoes": [echo]}))
    bodies.append(_change("template_category_update", {"reason": word("news of a template"), "event": word("event")}))
    bodies.append(_change("history", {"history": [{"threads": [{"id": KUNDE, "messages": [echo]}]}]}))
    return [json.dumps(body).encode() for body in bodies]


def _change(name: str, value: dict[str, Any]) -> dict[str, Any]:
    head = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": NUMBER, "display_phone_number": "49711"}}
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "1", "changes": [{"field": name, "value": head | value}]}],
    }
