key=$(cat /proc/sys/kernel/random/uuid)
curl -X POST https://restpoint.example/api/v1/snapshots/ --retry 5 --retry-connrefused \
  -H "Authorization: Bearer $RESTPOINT_TOKEN" \
  -H "Content-Type: application/json" \
  -H "Idempotency-Key: $key" \
  -d '{"server_id": 1, "name": "before-upgrade"}'
