"""The root of every error that is raised on purpose.

    PostlotseError
    ├─ ConnectorError   (connectors/errors.py)
    ├─ ClassifierError  (classifier/errors.py)
    └─ ServiceError     (service/errors.py)

Anything that is not in this tree is a bug: it is logged with its trace and answered with 500.
"""


class PostlotseError(Exception):
    """An error that the house expects; `code` is what a person reads out to support (S4.118), explained in docs."""

    code = "PL-0000"
