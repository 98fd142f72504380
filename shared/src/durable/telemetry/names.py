"""The names of attributes that spans and log lines carry: what queries, workbooks and pages go by.

Those of messaging, HTTP and databases are OpenTelemetry's semantic conventions; `az.namespace` is what makes
Application Insights draw queues on its map. All others begin with `durable.`.
"""

from __future__ import annotations

PREFIX = "durable."
INSTANCE_ID = "durable.instance_id"
RUN = "durable.run"
EXECUTION = "durable.execution"
SAGA = "durable.saga"
STATUS = "durable.status"
STEP = "durable.step"
TASK_ID = "durable.task_id"
ATTEMPT = "durable.attempt"
LABEL = "durable.label"
TURN = "durable.turn"
EVENT_TYPE = "durable.event_type"
DELIVERY = "durable.delivery"
PARTITION = "durable.partition"
RESENT = "durable.resent"
COMPENSATES = "durable.compensates"
WORKER = "durable.worker"
COST_RU = "durable.cost.ru"
COST_MESSAGES = "durable.cost.messages"
COST_BYTES = "durable.cost.bytes"
COST_WORKER_SECONDS = "durable.cost.worker_seconds"

AZ_NAMESPACE = "az.namespace"
SERVICE_BUS = "Microsoft.ServiceBus"
MESSAGING_SYSTEM = "messaging.system"
MESSAGING_OPERATION = "messaging.operation.type"
MESSAGING_DESTINATION = "messaging.destination.name"
MESSAGING_MESSAGE_ID = "messaging.message.id"
SERVER_ADDRESS = "server.address"
SERVER_PORT = "server.port"

CALLER = "enduser.id"
HTTP_METHOD = "http.request.method"
HTTP_ROUTE = "http.route"
HTTP_STATUS = "http.response.status_code"
URL_SCHEME = "url.scheme"

COSMOS = "azure.cosmosdb"
DB_SYSTEM = "db.system.name"
DB_SYSTEM_OLD = "db.system"
DB_NAMESPACE = "db.namespace"
DB_OPERATION = "db.operation.name"
DB_CHARGE = "azure.cosmosdb.operation.request_charge"

SCOPE = "durable-orchestrator"
NAMESPACE = "durable"
