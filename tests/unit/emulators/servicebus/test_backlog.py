from random import Random

from emulators.servicebus.broker.backlog import Backlog
from emulators.servicebus.broker.content import Content, Message, State


def test_messages_are_taken_by_number_whatever_is_put_back_and_whatever_has_gone() -> None:
    random, backlog, waiting, taken, number = Random(1), Backlog(), {}, [], 0
    for _ in range(5000):
        chance = random.random()
        if chance < 0.4:
            number += 1
            waiting[number] = Message(number, number, Content(b""), 0, 0)
            backlog.put(waiting[number])
        elif chance < 0.8:
            message = backlog.take()
            assert (message and message.sequence) == (min(waiting) if waiting else None)
            if message is not None:
                taken.append(waiting.pop(message.sequence))
        elif chance < 0.9 and taken:
            message = taken.pop(random.randrange(len(taken)))
            waiting[message.sequence] = message
            backlog.put(message)
        elif waiting:
            waiting.pop(random.choice(list(waiting))).state = State.GONE
        assert bool(backlog) == bool(waiting)


def test_what_was_taken_is_not_kept() -> None:
    backlog = Backlog()
    for number in range(1, 10_001):
        backlog.put(Message(number, number, Content(b""), 0, 0))
    for _ in range(9_990):
        backlog.take()

    assert len(backlog) == 10
    assert len(backlog._arrived) < 100
