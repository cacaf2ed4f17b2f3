"""What the functions read from their environment."""

import pytest

from videochat.aws.settings import SettingsError, load

NEEDED = {"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s"}


def test_lists_and_numbers_are_read() -> None:
    settings = load({**NEEDED, "STUN_URLS": "stun:a, stun:b", "TURN_TTL": "600", "TURN_URLS": ""})
    assert settings.stun_urls == ("stun:a", "stun:b")
    assert settings.turn_urls == ()
    assert settings.turn_ttl == 600
    assert settings.url_suffix == "amazonaws.com"


@pytest.mark.parametrize("missing", NEEDED)
def test_what_every_function_needs_is_asked_for(missing: str) -> None:
    with pytest.raises(SettingsError):
        load({name: value for name, value in NEEDED.items() if name != missing})


def test_a_value_that_cannot_be_read_is_refused_without_being_repeated() -> None:
    with pytest.raises(SettingsError) as refused:
        load({**NEEDED, "TURN_TTL": "s3cret"})
    assert "s3cret" not in str(refused.value)


def test_what_a_function_needs_is_named_by_its_variable() -> None:
    with pytest.raises(SettingsError, match="USERS_TABLE"):
        load(NEEDED).need("users_table")
