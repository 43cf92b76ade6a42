"""Examples of bodies, by operation; a test sends each of them."""

from collections.abc import Mapping
from typing import Any

EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "post-api-v1-markets-market-limits": {"tolerance": "0.005"},
    "post-api-v1-markets-market-preview": {"verb": "take", "fields": {"amount": "0.1"}},
    "post-api-v1-markets-market-solve": {"verb": "take", "target": {"survives": "-25%"}},
    "post-api-v1-quotes": {
        "market": "wETH/SOL",
        "verb": "take",
        "fields": {"amount": "0.1"},
        "tolerance": "0.005",
    },
}
