"""Queues and topics: get, list, create, update, delete.

A queue or topic that is not there is answered with an empty feed and status 200, as the service does; the SDKs know.
"""

from typing import NamedTuple

from emulators.servicebus.admin.atom import Entry, feed_markup
from emulators.servicebus.admin.calls import Answer, Call, entry_answer, page_answer
from emulators.servicebus.admin.checks import (
    ENTITIES_MAX,
    check_change,
    check_count,
    check_entity_name,
    check_settings,
)
from emulators.servicebus.admin.complaints import existing_entity, missing_entity
from emulators.servicebus.admin.descriptions import description_markup, settings_in
from emulators.servicebus.admin.detaching import detach_from_changed, detach_from_gone
from emulators.servicebus.admin.properties import QUEUE, TOPIC, Property
from emulators.servicebus.broker.entities import Entity
from emulators.servicebus.broker.plan import QueuePlan, TopicPlan
from emulators.servicebus.broker.queue import Queue
from emulators.servicebus.broker.topic import Topic


class _Shape(NamedTuple):
    """How entities of one kind are described."""

    word: str
    tag: str
    table: tuple[Property, ...]


_QUEUE = _Shape("Queue", "QueueDescription", QUEUE)
_TOPIC = _Shape("Topic", "TopicDescription", TOPIC)
_SHAPES = {shape.tag: shape for shape in (_QUEUE, _TOPIC)}


def get_entity(call: Call) -> Answer:
    """A queue or topic."""
    entity = _found(call)
    if entity is None:
        return Answer(200, feed_markup("Publicly Listed Services", call.names[0], (), call.place))
    return entry_answer(call, _entry(call, entity))


def put_entity(call: Call) -> Answer:
    """Create a queue or topic or, with `If-Match`, change it."""
    return _update(call) if call.replaces else _create(call)


def delete_entity(call: Call) -> Answer:
    """Delete a queue or topic with everything in it."""
    entity = _found(call)
    if entity is None:
        raise missing_entity()
    detach_from_gone(call.hub, entity.name, call.broker.entities.remove(entity))
    return Answer(200)


def list_queues(call: Call) -> Answer:
    """A page of all queues by name."""
    queues = [each for each in call.broker.entities if isinstance(each, Queue) and _is_own(each)]
    return _page(call, "Queues", "$Resources/queues", queues)


def list_topics(call: Call) -> Answer:
    """A page of all topics by name."""
    return _page(
        call, "Topics", "$Resources/topics", [each for each in call.broker.entities if isinstance(each, Topic)]
    )


def _page(call: Call, title: str, path: str, entities: "list[Queue] | list[Topic]") -> Answer:
    found: list[Entity] = [*entities]
    found.sort(key=lambda each: each.name.lower())
    return page_answer(call, title, path, found, lambda each: _entry(call, each))


def _found(call: Call) -> Entity | None:
    entity = call.broker.entities.get(call.names[0])
    return entity if isinstance(entity, Topic) or (entity is not None and _is_own(entity)) else None


def _is_own(queue: Queue) -> bool:
    return queue.dead_letters is not None and not queue.is_subscription


def _create(call: Call) -> Answer:
    (name,) = call.names
    entities = call.broker.entities
    check_entity_name(name, call.place.url(name))
    if entities.get(name) is not None:
        raise existing_entity()
    tag, node = call.description(*_SHAPES)
    settings = settings_in(node, _SHAPES[tag].table, None, call.now, call.scope)
    check_settings(name, settings, entities)
    call.check_destinations(settings)
    check_count(sum(isinstance(each, Topic) or _is_own(each) for each in entities), ENTITIES_MAX, "queues and topics")
    entity = entities.create((TopicPlan if tag == _TOPIC.tag else QueuePlan)(name, settings), call.now)
    return entry_answer(call, _entry(call, entity), 201)


def _update(call: Call) -> Answer:
    entity = _found(call)
    if entity is None:
        raise missing_entity()
    shape = _shape_of(entity)
    tag, node = call.description(*_SHAPES)
    if tag != shape.tag:
        raise existing_entity()
    call.check_unchanged(entity.dates.updated_at)
    before = entity.settings
    settings = settings_in(node, shape.table, before, call.now, call.scope)
    check_change(shape.word, before, settings)
    check_settings(entity.name, settings, call.broker.entities)
    call.check_destinations(settings)
    call.broker.entities.change(entity, settings, call.now)
    detach_from_changed(call.hub, entity, before)
    return entry_answer(call, _entry(call, entity))


def _shape_of(entity: Entity) -> _Shape:
    return _TOPIC if isinstance(entity, Topic) else _QUEUE


def _entry(call: Call, entity: Entity) -> Entry:
    shape = _shape_of(entity)
    content = description_markup(shape.tag, shape.table, entity, call.scope)
    return Entry(entity.name, entity.name, entity.dates.created_at, entity.dates.updated_at, content)
