from random import Random

from emulators.servicebus.broker.content import Content, Message
from emulators.servicebus.broker.numbered import Numbered


def test_messages_are_found_from_a_number_on_whatever_the_order_in_which_they_came_and_went() -> None:
    random, numbered, numbers = Random(1), Numbered(), list(range(6000))
    for start in range(0, 6000, 30):
        random.shuffle(some := numbers[start : start + 30])
        for number in some:
            numbered.put(Message(number, number, Content(b""), 0, 0))
        for number in random.sample(sorted(numbered), min(len(numbered), random.randrange(40))):
            del numbered[number]
        first = random.randrange(6000)
        assert [message.sequence for message in numbered.since(first)] == sorted(n for n in numbered if n >= first)


def test_a_number_that_comes_back_is_found_once() -> None:
    numbered = Numbered()
    for number in (1, 2, 1):
        numbered.pop(number, None)
        numbered.put(Message(number, number, Content(b""), 0, 0))

    assert [message.sequence for message in numbered.since(0)] == [1, 2]


def test_what_is_gone_takes_no_room() -> None:
    numbered = Numbered()
    for number in range(100_000):
        numbered.put(Message(number, number, Content(b""), 0, 0))
        if number >= 10:
            del numbered[number - 10]

    assert len(numbered._numbers) < 3000
