"""Says in German what is wrong with a setting that the configuration does not take."""

from pydantic_core import ErrorDetails

# What pydantic finds wrong with a setting, by its type of error, as a German sentence without its end.
_WRONG = {
    "int_parsing": "{value} ist keine ganze Zahl",
    "int_type": "{value} ist keine ganze Zahl",
    "bool_parsing": "{value} ist weder true noch false",
    "greater_than_equal": "{value} ist zu klein; mindestens {ge}",
    "less_than_equal": "{value} ist zu groß; höchstens {le}",
    "string_pattern_mismatch": "{value} ist keiner der möglichen Werte",
}


def problem(error: ErrorDetails) -> str:
    """Say in German what is wrong with one setting; the value of a secret is never named."""
    name = "_".join(str(part) for part in error["loc"])
    bounds = error.get("ctx", {})
    if error["type"] == "value_error":
        # Our own check said it, in German, about a value that is no secret.
        return f"POSTLOTSE_{name.upper()}: {bounds.get('error')}"
    text = _WRONG.get(error["type"], "der Wert passt nicht (deploy/env.example nennt seine Bedeutung)")
    shown = error["input"] if isinstance(error["input"], str | int | float) else "der Wert"
    return f"POSTLOTSE_{name.upper()}: " + text.format(value=f"„{shown}“", **bounds) + "."
