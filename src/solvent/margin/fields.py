"""Text fields of books and actions, checked against the ones that a model knows."""

from collections.abc import Mapping

from solvent.margin.seam import InputField, InputRefused


def with_defaults(fields: Mapping[str, str], known: tuple[InputField, ...]) -> dict[str, str]:
    """Return the fields with defaults filled in.

    Errors: `InputRefused` for an unknown field and for a required one that is missing.
    """
    names = {field.name for field in known}
    for name in fields:
        if name not in names:
            raise InputRefused(name="field", found=name, accepted="one of " + ", ".join(sorted(names)))
    for field in known:
        if field.default is None and not fields.get(field.name):
            raise InputRefused(name=field.name, found="", accepted=field.help)
    return {field.name: fields.get(field.name) or field.default or "" for field in known}
