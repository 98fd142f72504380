"""The namespace itself."""

from emulators.servicebus.admin import markup, spans
from emulators.servicebus.admin.atom import Entry
from emulators.servicebus.admin.calls import Answer, Call, entry_answer
from emulators.servicebus.wire.limits import Tier


def get_namespace(call: Call) -> Answer:
    """What the namespace is; it is as old as its oldest entity."""
    made = min((each.dates.created_at for each in call.broker.entities if each.dates.created_at), default=call.now)
    name = call.place.namespace
    parts = (
        ("CreatedTime", spans.time_text(made)),
        ("MessagingSKU", call.hub.tier.value.capitalize()),
        *((("MessagingUnits", "1"),) if call.hub.tier is Tier.PREMIUM else ()),
        ("ModifiedTime", spans.time_text(made)),
        ("Name", markup.text(name)),
        ("NamespaceType", "Messaging"),
    )
    content = "".join(markup.element(tag, value) for tag, value in parts)
    info = markup.element("NamespaceInfo", content, xmlns=markup.SERVICE, xmlns__i=markup.INSTANCE)
    return entry_answer(call, Entry(name, "$namespaceinfo", made, made, info))
