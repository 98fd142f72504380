from emulators.page.shown import body, text


def test_json_is_laid_out() -> None:
    assert body(b'{"a":[1]}') == {"format": "json", "text": '{\n  "a": [\n    1\n  ]\n}', "size": 9, "cut": False}


def test_what_only_begins_like_json_is_text() -> None:
    assert body(b"{oops")["format"] == "text"


def test_bytes_that_are_no_text_are_shown_as_numbers() -> None:
    assert body(b"\xff\x00") == {"format": "hex", "text": "ff 00", "size": 2, "cut": False}


def test_a_long_text_is_cut_between_characters() -> None:
    assert body("é".encode() * 5, bytes_max=5) == {"format": "text", "text": "éé", "size": 10, "cut": True}


def test_half_of_a_surrogate_pair_can_be_sent_on() -> None:
    assert str(body(b'["\\ud800"]')["text"]).encode()
    assert text("\ud800").encode()


def test_deep_nesting_is_shown_as_text() -> None:
    assert body(b"[" * 100_000, bytes_max=200_000)["format"] == "text"


def test_a_long_value_is_cut_with_an_ellipsis() -> None:
    assert text("abcdef", 3) == "abc…"
