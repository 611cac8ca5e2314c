"""The demo estate: believable, deterministic from a seed, never real people."""

DEMO_ROLES: tuple[tuple[str, str], ...] = (
    ("resident@demo.example", "resident"),
    ("neighbour@demo.example", "neighbour"),
    ("chair@demo.example", "chair"),
    ("caretaker@demo.example", "caretaker"),
    ("office@demo.example", "office"),
    ("editor@demo.example", "editor"),
    ("partner@demo.example", "partner"),
    ("organisation@demo.example", "organisation"),
    ("auditor@demo.example", "auditor"),
)
