"""What the server is asked to keep to in each of our sessions. A statement that waits is ended by the server."""

STATEMENT_TIMEOUT = 30
"""Seconds after which the server ends a statement."""
ANSWER_WITHIN = STATEMENT_TIMEOUT + 5.0
"""Seconds after which a server that has not even done that counts as gone."""
SETTINGS = {
    "statement_timeout": f"{STATEMENT_TIMEOUT}s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "60s",
    # Each look is at a few rows of many, and disks have no arm to move: by index, without compiling.
    "random_page_cost": "1.1",
    "jit": "off",
}
AT_START_UP = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
PER_TRANSACTION = "SELECT " + ", ".join(f"set_config('{name}', '{value}', TRUE)" for name, value in SETTINGS.items())
