"""Everything of a webhook that is no message: statuses, calls, opt-outs, groups, templates, account and number."""

from collections.abc import Callable, Iterator
from typing import Any

from connectors.whatsapp import mark
from connectors.whatsapp.decode import codes, mapping, objects, seconds, text, token
from connectors.whatsapp.messages import Where
from connectors.whatsapp.update import Update

_CALL_DIRECTION = {"BUSINESS_INITIATED": "out", "USER_INITIATED": "in"}


def _price(status: dict[str, Any]) -> dict[str, Any]:
    pricing = mapping(status.get("pricing"))
    conversation = mapping(status.get("conversation"))
    billable = pricing.get("billable")
    return {
        "pricing_category": token(pricing.get("category")),
        "pricing_type": token(pricing.get("type")),
        "pricing_model": token(pricing.get("pricing_model")),
        "billable": billable if isinstance(billable, bool) else None,
        "conversation_origin": token(mapping(conversation.get("origin")).get("type")),
        "conversation_id": text(conversation.get("id")),
    }


def statuses(value: dict[str, Any], where: Where) -> Iterator[Update]:
    """Yield what became of messages and calls that we sent."""
    for status in objects(value.get("statuses")):
        call = where.field == "calls" or status.get("type") == "call"
        yield Update(
            kind="call_status" if call else "status",
            field=where.field,
            direction="out",
            id=text(status.get("id")),
            sender=where.account or None,
            recipient=text(status.get("recipient_id")),
            timestamp=seconds(status.get("timestamp")),
            type=token(status.get("type")),
            status=token(status.get("status")),
            error_codes=codes(status.get("errors")),
            to_user_id=text(status.get("recipient_user_id")),
            participant=text(status.get("recipient_participant_id")),
            participant_user_id=text(status.get("recipient_participant_user_id")),
            recipient_type=token(status.get("recipient_type")),
            key=mark.ours(status.get("biz_opaque_callback_data")),
            account=where.account,
            waba=where.waba,
            **_price(status),
        )


def calls(value: dict[str, Any], where: Where) -> Iterator[Update]:
    """Yield calls: who, when, which event; session data, recordings and transcripts are dropped."""
    for call in objects(value.get("calls")):
        yield Update(
            kind="call",
            field=where.field,
            direction=_CALL_DIRECTION.get(token(call.get("direction")) or ""),
            id=text(call.get("id")) or text(call.get("wacid")),
            sender=text(call.get("from")),
            recipient=text(call.get("to")),
            timestamp=seconds(call.get("timestamp")),
            type=token(call.get("event")),
            status=token(call.get("status")),
            error_codes=codes(call.get("errors")),
            from_user_id=text(call.get("from_user_id")),
            to_user_id=text(call.get("to_user_id")),
            account=where.account,
            waba=where.waba,
        )


def preferences(value: dict[str, Any], where: Where) -> Iterator[Update]:
    """Yield opt-outs and opt-ins of people for marketing messages."""
    for choice in objects(value.get("user_preferences")):
        yield Update(
            kind="user_preference",
            field=where.field,
            sender=text(choice.get("wa_id")),
            from_user_id=text(choice.get("user_id")),
            timestamp=seconds(choice.get("timestamp")),
            type=token(choice.get("category")),
            status=token(choice.get("value")),
            account=where.account,
            waba=where.waba,
        )


def groups(value: dict[str, Any], where: Where) -> Iterator[Update]:
    """Yield changes of groups; their names, descriptions, pictures and members are dropped."""
    for group in objects(value.get("groups")):
        yield Update(
            kind="group_event",
            field=where.field,
            timestamp=seconds(group.get("timestamp")),
            type=token(group.get("type")),
            error_codes=codes(group.get("errors")),
            group_id=text(group.get("group_id")),
            account=where.account,
            waba=where.waba,
        )


def identities(value: dict[str, Any], where: Where) -> Iterator[Update]:
    """Yield changes of business-scoped user ids."""
    for change in objects(value.get("user_id_update")):
        ids = mapping(change.get("user_id"))
        yield Update(
            kind="identity_change",
            field=where.field,
            sender=text(change.get("wa_id")),
            timestamp=seconds(change.get("timestamp")),
            type="user_id_update",
            previous_user_id=text(ids.get("previous")),
            new_user_id=text(ids.get("current")),
            account=where.account,
            waba=where.waba,
        )


def contact_book(value: dict[str, Any], where: Where) -> Iterator[Update]:
    """Yield entries of the phone's address book, without names; they are shown by `inspect` and never stored."""
    for entry in objects(value.get("state_sync")):
        yield Update(
            kind="contact_sync",
            field=where.field,
            sender=text(mapping(entry.get("contact")).get("phone_number")),
            timestamp=seconds(mapping(entry.get("metadata")).get("timestamp")),
            type=token(entry.get("type")),
            status=token(entry.get("action")),
            account=where.account,
            waba=where.waba,
        )


def errors(value: dict[str, Any], where: Where) -> Iterator[Update]:
    """Yield the errors that concern no single message."""
    found = codes(value.get("errors"))
    if found:
        yield Update(kind="error", field=where.field, error_codes=found, account=where.account, waba=where.waba)


def handover(value: dict[str, Any], where: Where) -> Iterator[Update]:
    """Yield that Meta's agent gave a chat to staff or took it."""
    ours = text(mapping(value.get("recipient")).get("phone_number_id"))
    yield Update(
        kind="handover",
        field=where.field,
        sender=text(mapping(value.get("sender")).get("phone_number")),
        recipient=ours,
        from_user_id=text(mapping(value.get("sender")).get("user_id")),
        timestamp=seconds(value.get("timestamp")),
        type=token(value.get("type")),
        account=ours or where.account,
        waba=where.waba,
    )


def _template(kind: str, word: str | None) -> Callable[[dict[str, Any], Where], Iterator[Update]]:
    def read(value: dict[str, Any], where: Where) -> Iterator[Update]:
        yield Update(
            kind=kind,
            field=where.field,
            id=text(value.get("message_template_id")),
            timestamp=where.time,
            type=token(value.get("message_template_language")),
            status=token(value.get(word)) if word else None,
            account=where.account,
            waba=where.waba,
        )

    return read


def plain(value: dict[str, Any], where: Where) -> Iterator[Update]:
    """Yield an event of the account or number: its word alone."""
    word = next(filter(None, (token(value.get(key)) for key in ("event", "decision", "status", "alert_type"))), None)
    yield Update(
        kind=where.field or "other",
        field=where.field,
        timestamp=where.time,
        status=word,
        account=where.account,
        waba=where.waba,
    )


PLAIN = frozenset(
    {
        "account_alerts",
        "account_review_update",
        "account_settings_update",
        "account_update",
        "automatic_events",
        "business_capability_update",
        "business_status_update",
        "business_username_update",
        "business_username_updates",
        "flows",
        "partner_solutions",
        "payment_configuration_update",
        "phone_number_name_update",
        "phone_number_quality_update",
        "security",
        "tracking_events",
    }
)
TEMPLATES = {
    "message_template_status_update": _template("template_status", "event"),
    "message_template_quality_update": _template("template_quality", "new_quality_score"),
    "message_template_components_update": _template("template_components", None),
    "template_category_update": _template("template_category", "new_category"),
}
