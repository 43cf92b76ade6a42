"""Settings: default below file below environment below flags, and a complaint that says which one."""

from pathlib import Path

import pytest

from solvent.money import Ratio, parse_moment
from solvent.runtime import SettingRefused, Settings, read_settings, setting_text, settings_table


def written(folder: Path, text: str) -> Path:
    file = folder / "solvent.toml"
    file.write_text(text, "utf-8")
    return file


def test_without_any_source_every_value_is_the_default() -> None:
    found = read_settings()
    assert found.settings == Settings()
    assert set(found.sources.values()) == {"default"}
    assert set(found.sources) == {row.name for row in settings_table()}


def test_a_later_source_stands_over_an_earlier_one_and_each_value_knows_its_own(tmp_path: Path) -> None:
    file = written(
        tmp_path, 'data_folder = "file"\nbatch_commands_max = 10\nwaiting_commands_max = 20\npath_seed = 1\n'
    )
    found = read_settings(
        file=file,
        environment={"SOLVENT_BATCH_COMMANDS_MAX": "11", "SOLVENT_DATA_FOLDER": "environment", "HOME": "/"},
        flags={"data_folder": "flag"},
    )
    assert found.settings.data_folder == "flag"
    assert found.settings.batch_commands_max == 11
    assert found.settings.waiting_commands_max == 20
    assert found.settings.heartbeat_ms == 5_000
    assert [
        found.sources[name]
        for name in ("data_folder", "batch_commands_max", "waiting_commands_max", "heartbeat_ms")
    ] == ["--set data_folder", "SOLVENT_BATCH_COMMANDS_MAX", f"waiting_commands_max in {file}", "default"]


def test_the_environment_names_the_file_unless_a_flag_does(tmp_path: Path) -> None:
    file = written(tmp_path, "path_seed = 9")
    assert read_settings(environment={"SOLVENT_CONFIG": str(file)}).settings.path_seed == 9
    other = tmp_path / "other.toml"
    other.write_text("path_seed = 10", "utf-8")
    assert read_settings(file=other, environment={"SOLVENT_CONFIG": str(file)}).settings.path_seed == 10


def test_numbers_moments_and_choices_are_read_from_text_and_from_toml(tmp_path: Path) -> None:
    text = {"recording_speed": "0.5", "recording_from": "2024-01-23T08:00Z", "clock": "virtual"}
    told = 'recording_speed = 0.5\nrecording_from = 2024-01-23T08:00:00Z\nclock = "virtual"\n'
    for found in (read_settings(flags=text), read_settings(file=written(tmp_path, told))):
        assert found.settings.recording_speed == Ratio(1, 2)
        assert found.settings.recording_from == parse_moment("2024-01-23T08:00Z")
        assert found.settings.clock == "virtual"
    assert read_settings(file=written(tmp_path, "recording_speed = 3600")).settings.recording_speed == Ratio(
        3_600, 1
    )


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"key_retention_days": "6"}, "--set key_retention_days is '6'; give a whole number from 7 to 36500"),
        ({"batch_commands_max": "many"}, "is 'many'; give a whole number from 1 to 10000"),
        ({"heartbeat_ms": "5001"}, "give a whole number from 1 to 5000"),
        ({"clock": "sundial"}, "--set clock is 'sundial'; give real or virtual"),
        ({"recording_speed": "0"}, "give a number above 0 up to 1000000, of at most 6 decimals"),
        ({"recording_speed": "1000001"}, "give a number above 0"),
        ({"warning_levels": "5%,10%"}, "give none, or up to 8 parts of a price, each below the one before"),
        ({"warning_levels": "51%"}, "above 0 and at most 50%, as 10%,5%,2%"),
        ({"warning_levels": "1/3"}, "give none, or up to 8 parts"),
        ({"warning_levels": "0.0000001"}, "give none, or up to 8 parts"),
        ({"warning_levels": "9%,8%,7%,6%,5%,4%,3%,2%,1%"}, "give none, or up to 8 parts"),
        ({"recording_speed": "0.0000001"}, "give a number above 0"),
        (
            {"recording_from": "2023-01-01T00:00Z"},
            "moment from 2024-01-14T02:00Z to 2024-02-24T17:00Z",
        ),
        ({"recording_from": "yesterday"}, "--set recording_from is 'yesterday'; give a moment"),
        ({"data_folder": ""}, "--set data_folder is ''; give text that is not empty"),
        ({"data_foldre": "x"}, "data_foldre is no setting; the nearest one is data_folder"),
        (
            {"store": "pg://h/d"},
            "--set store is neither; give folder or an address, postgresql://USER@",
        ),
        (
            {"data_folder": "postgresql:/u:secret@h/d"},
            "is 'postgresql:///u@h/d'; give a folder, and an address as the setting store",
        ),
    ],
)
def test_a_bad_flag_is_refused_with_what_would_do(flags: dict[str, str], words: str) -> None:
    with pytest.raises(SettingRefused) as refused:
        read_settings(flags=flags)
    assert words in str(refused.value)


ADDRESS = "postgresql://trader:secret@db.example/venue?password=secret"  # not-a-secret: made up


def test_a_database_is_where_the_journal_is_kept_and_its_password_is_shown_nowhere(tmp_path: Path) -> None:
    assert Settings().place == Settings().data_folder == "solvent-data"
    for found in (
        read_settings(flags={"store": ADDRESS}),
        read_settings(environment={"SOLVENT_STORE": ADDRESS}),
        read_settings(file=written(tmp_path, f'store = "{ADDRESS}"')),
    ):
        assert found.settings.place == found.settings.store == ADDRESS
        assert setting_text("store", found.settings.store) == "postgresql://trader@db.example/venue"
        assert "secret" not in repr(found)
        assert "postgresql://trader@db.example/venue" in repr(found)


@pytest.mark.parametrize("flag", ["store", "data_folder", ADDRESS])
def test_what_cannot_be_used_is_refused_without_its_password(flag: str) -> None:
    value = ADDRESS.replace("postgresql", "pg") if flag == "store" else ADDRESS
    with pytest.raises(SettingRefused) as refused:
        read_settings(flags={flag: value})
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("snapshot = 1", "snapshot in "),
        ("batch_comands_max = 1", "the nearest one is batch_commands_max"),
        ('path_seed = "x"', "give a whole number"),
        ("path_seed = true", "give a whole number"),
        ("path_seed = 1.5", "give a whole number"),
        ("data_folder = 5", "data_folder in "),
        ("path_seed = ", "cannot be read"),
    ],
)
def test_a_bad_file_is_refused_with_its_name(tmp_path: Path, text: str, words: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(SettingRefused) as refused:
        read_settings(file=file)
    assert words in str(refused.value)
    assert str(file) in str(refused.value)


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingRefused, match="No such file"):
        read_settings(file=tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingRefused, match="cannot be read"):
        read_settings(file=tmp_path / "binary.toml")


def test_an_unknown_variable_is_refused_by_its_name_and_its_value_is_not_shown() -> None:
    with pytest.raises(SettingRefused) as refused:
        read_settings(environment={"SOLVENT_DATA_FOLDERS": "a-secret"})
    assert "SOLVENT_DATA_FOLDERS is no setting; the nearest one is SOLVENT_DATA_FOLDER" in str(refused.value)
    assert "a-secret" not in str(refused.value)


def test_variables_of_the_projects_own_scripts_are_nobodys_mistake() -> None:
    assert read_settings(environment={"SOLVENT_PYTHON": "python3.12"}).settings == Settings()


def test_every_default_is_accepted_as_it_is_written() -> None:
    flags = {row.name: row.default for row in settings_table()}
    assert read_settings(flags=flags).settings == Settings()
    assert all(row.meaning and row.accepted for row in settings_table())


def test_warning_levels_are_read_from_text_and_written_alike() -> None:
    found = read_settings(flags={"warning_levels": "0.2,3.5%"}).settings
    assert found.warning_levels == (Ratio(1, 5), Ratio(7, 200))
    assert setting_text("warning_levels", found.warning_levels) == "20%,3.5%"
    none = read_settings(flags={"warning_levels": "none"}).settings
    assert setting_text("warning_levels", none.warning_levels) == "none"
