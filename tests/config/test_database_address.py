"""Every option of DATABASE_URL is in force, or refused by name; a password stands in no message."""

import pytest

from config.database import address
from config.database.limits import ANSWER_WITHIN


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("postgres://u:p%40%2F%25+x@h:5433/db", {"user": "u", "password": "p@/%+x", "host": "h", "port": "5433"}),
        ("postgresql://u@h/db?sslmode=verify-full&sslrootcert=system", {"sslmode": "verify-full"}),
        ("postgres://u@h/db?connect_timeout=3&application_name=a%20b", {"connect_timeout": "3"}),
        ("postgres://u@h/db?options=-c%20search_path%3Dx", {"options": "-c search_path=x"}),
        (r"postgres://u@h/db?options=-ca.b%3D1%20--c%3Dd\%20e", {"options": r"-ca.b=1 --c=d\ e"}),
        ("postgres://u@%2Fvar%2Frun%2Fpostgresql/db", {"host": "/var/run/postgresql"}),
        ("postgres://u@//var/run/postgresql/db", {"host": "/var/run/postgresql", "dbname": "db"}),
        ("postgres:////var/run/postgresql/db", {"host": "/var/run/postgresql", "dbname": "db"}),
        ("postgres:///db?host=/var/run/postgresql", {"host": "/var/run/postgresql", "dbname": "db"}),
        ("postgres://u@a:1,b:2/db?target_session_attrs=read-write", {"host": "a,b", "port": "1,2"}),
        ("postgres://u@[::1]:5432/db", {"host": "::1", "port": "5432"}),
        ("postgres://u@h/db%20x", {"dbname": "db x"}),
    ],
)
def test_an_address_is_read_as_postgresql_reads_it(url: str, found: dict[str, str]) -> None:
    assert found.items() <= address.read(url).items()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://u:hidden@h/db", "must begin with postgres://"),
        ("postgres://u:hidden@h/", "names no database"),
        ("postgres://u:hidden%zz@h/db", "is no address of a database"),
        ("postgres://u:hid/hidden@h/db", "its port must be a number"),
        ("postgres://u:hidden@h:0/db", "its port must be a number"),
        ("postgres://u:hidden@h/db?ssl_mode=require", "ssl_mode is no option"),
        ("postgres://u:hidden@h/db?CONN_MAX_AGE=5", "CONN_MAX_AGE is no option"),
        ("postgres://u:hidden@h/db?sslmode=always", 'invalid sslmode value: "always"'),
        ("postgres://u:hidden@h/db?channel_binding=x", "invalid channel_binding value"),
        ("postgres://u:hidden@h/db?sslrootcert=/no/ca.pem", "sslrootcert: there is no file '/no/ca.pem'"),
        ("postgres://u:hidden@h/db?connect_timeout=0", "connect_timeout must be a whole number of at least 1"),
        ("postgres://u:hidden@h/db?keepalives_idle=soon", "keepalives_idle must be a whole number"),
        ("postgres://u:hidden@h/db?target_session_attrs=standby", "target_session_attrs must be one of"),
        ("postgres://u:hidden@h/db?client_encoding=LATIN1", "client_encoding cannot be set"),
        ("postgres://u:hidden@h/db?options=-c%20foo", "options takes -c name=value"),
        ("postgres://u:hidden@h/db?options=work_mem%3D1MB", "options takes -c name=value"),
        ("postgres://u:hidden@h/db?replication=true", "replication cannot be set"),
    ],
)
def test_what_could_not_be_in_force_is_refused_by_name(url: str, words: str) -> None:
    with pytest.raises(address.UnusableError) as refused:
        address.read(url)
    assert words in str(refused.value)
    assert "hidden" not in str(refused.value)


def settings(url: str, *, pooled: bool = False) -> dict[str, str]:
    made = address.settings(address.read(url), pooled=pooled, role="web", answer_within=ANSWER_WITHIN)
    options: dict[str, str] = made["OPTIONS"]
    return options


def test_of_several_hosts_the_one_that_takes_writes_is_used_unless_it_is_said_otherwise() -> None:
    assert settings("postgres://u@a,b/db")["target_session_attrs"] == "read-write"
    assert settings("postgres://u@a,b/db?target_session_attrs=any")["target_session_attrs"] == "any"
    assert "target_session_attrs" not in settings("postgres://u@a/db")


def test_a_pooler_is_sent_no_options_and_those_of_the_address_are_refused_there() -> None:
    assert "options" not in settings("postgres://u@h/db", pooled=True)
    with pytest.raises(address.UnusableError, match="options cannot be sent through a pooler"):
        settings("postgres://u@h/db?options=-c%20work_mem%3D1MB", pooled=True)
