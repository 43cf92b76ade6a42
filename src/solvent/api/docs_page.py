"""The document as a page to read: plain HTML made here, so that it needs no network and no script."""

import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

STYLE = """\
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 0 auto; padding: 1rem; }
code, pre { font: 13px/1.45 ui-monospace, monospace; }
pre { overflow-x: auto; padding: .75rem; border: 1px solid gray; }
details { border-top: 1px solid gray; padding: .5rem 0; }
summary { cursor: pointer; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; }
.method { display: inline-block; min-width: 4rem; font-weight: 600; text-transform: uppercase; }
.scroll { overflow-x: auto; }
"""


def page(document: Mapping[str, Any]) -> str:
    """Return the whole document as one page of HTML."""
    info = document["info"]
    body = "\n".join(_parts(document))
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(info['title'])} API</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escape(info['title'])} API</h1>\n<p>{_prose(info['description'])}</p>\n"
        f'<p>The same for machines: <a href="/api/v1/openapi.json">openapi.json</a>.</p>\n'
        f"{body}\n</main>\n</body>\n</html>\n"
    )


def _parts(document: Mapping[str, Any]) -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            for tag in operation.get("tags", ["Other"]):
                groups.setdefault(tag, []).append("\n".join(_operation(path, method, operation)))
    for tag, operations in groups.items():
        yield f"<h2>{escape(tag)}</h2>"
        yield from operations
    yield "<h2>Shapes</h2>"
    for name, schema in sorted(document["components"]["schemas"].items()):
        yield (
            f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary>'
            f"<p>{_prose(schema.get('description', ''))}</p>{_pre(schema)}</details>"
        )


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f'<details id="{escape(operation["operationId"])}"><summary><span class="method">{method}</span> '
        f"<code>{escape(path)}</code> {_prose(operation['summary'])}</summary>"
    )
    yield f"<p>{_prose(operation['description'])}</p>"
    parameters = operation.get("parameters", ())
    if parameters:
        yield '<div class="scroll"><table><tr><th>parameter</th><th>in</th><th>what</th></tr>'
        for one in parameters:
            yield (
                f"<tr><td><code>{escape(one['name'])}</code></td><td>{escape(one['in'])}</td>"
                f"<td>{_prose(one.get('description', ''))} {_link(one.get('schema', {}))}</td></tr>"
            )
        yield "</table></div>"
    for content in operation.get("requestBody", {}).get("content", {}).values():
        yield f"<h3>Body</h3><p>{_link(content['schema'])}</p>"
        if "example" in content:
            yield _pre(content["example"])
    yield '<h3>Answers</h3><div class="scroll"><table><tr><th>status</th><th>what</th><th>shape</th></tr>'
    for status, response in operation["responses"].items():
        shapes = " ".join(
            _link(content.get("schema", {})) for content in response.get("content", {}).values()
        )
        yield f"<tr><td>{status}</td><td>{_prose(response.get('description', ''))}</td><td>{shapes}</td></tr>"
    yield "</table></div></details>"


def _link(schema: Mapping[str, Any]) -> str:
    """Name a schema, with a link where it has a name."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}"><code>{name}</code></a>'
    if "oneOf" in schema:
        return " or ".join(_link(one) for one in schema["oneOf"])
    return f"<code>{escape(json.dumps(schema, ensure_ascii=False))}</code>" if schema else ""


def _prose(text: str) -> str:
    """Write a sentence, with what stands between backticks as code."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text))


def _pre(value: Any) -> str:
    return f"<pre>{escape(json.dumps(value, indent=2, ensure_ascii=False))}</pre>"
