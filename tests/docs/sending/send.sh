# Where the ingestor is: that of `make up` unless told otherwise.
INGESTOR=${INGESTOR:-http://127.0.0.1:7310}
# A deployed one wants a token: TOKEN=$(az account get-access-token --scope api://<application>/.default --query accessToken -o tsv)
set -- --silent --show-error --fail-with-body ${TOKEN:+-H "Authorization: Bearer $TOKEN"}

# One CloudEvent, structured.
curl "$@" "$INGESTOR/events" -H 'Content-Type: application/cloudevents+json' -d '{
  "specversion": "1.0", "id": "rows-1", "source": "/shop", "type": "rows.received",
  "data": {"objects": ["uploads/1/orders.jsonl"]}
}'

# The same event in binary mode: the attributes are headers, the body is the data.
curl "$@" "$INGESTOR/events" -H 'Content-Type: application/json' \
  -H 'ce-specversion: 1.0' -H 'ce-id: rows-1' -H 'ce-source: /shop' -H 'ce-type: rows.received' \
  -d '{"objects": ["uploads/1/orders.jsonl"]}'

# A batch, of which each event is taken that can be.
curl "$@" "$INGESTOR/events?batch=each" -H 'Content-Type: application/cloudevents-batch+json' -d '[
  {"specversion": "1.0", "id": "rows-2", "source": "/shop", "type": "rows.received", "data": {"objects": ["b.jsonl"]}},
  {"specversion": "1.0", "id": "rows-3", "source": "/shop", "type": "rows.received", "data": {"objects": []}}
]'

# What Event Grid delivers: a handshake, then events in its schema.
curl "$@" "$INGESTOR/events" -H 'Content-Type: application/json' \
  -H 'aeg-event-type: SubscriptionValidation' -d '[{
  "id": "1", "topic": "/topics/shop", "subject": "", "eventTime": "2026-11-27T10:00:00Z", "dataVersion": "2",
  "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent", "data": {"validationCode": "512d38b6"}
}]'
curl "$@" "$INGESTOR/events" -H 'Content-Type: application/json' \
  -H 'aeg-event-type: Notification' -d '[{
  "id": "grid-1", "topic": "/topics/shop", "subject": "orders", "eventTime": "2026-11-27T10:00:00Z", "dataVersion": "1",
  "eventType": "rows.received", "data": {"objects": ["c.jsonl"]}
}]'
