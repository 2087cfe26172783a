"""Settings of each session: the server ends statements that take too long."""

STATEMENT_TIMEOUT = 30
"""Seconds after which the server ends a statement."""
ANSWER_WITHIN = STATEMENT_TIMEOUT + 5.0
"""Seconds after which a server that has not done so counts as gone."""
SETTINGS = {
    "statement_timeout": f"{STATEMENT_TIMEOUT}s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "60s",
    # Our queries read a few rows of many, from SSDs: prefer indexes, and do not compile.
    "random_page_cost": "1.1",
    "jit": "off",
}
AT_START_UP = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
PER_TRANSACTION = "SELECT " + ", ".join(f"set_config('{name}', '{value}', TRUE)" for name, value in SETTINGS.items())
