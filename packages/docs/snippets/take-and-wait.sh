curl -X POST https://restpoint.example/api/v1/snapshots/ \
  -H "Authorization: Bearer $RESTPOINT_TOKEN" \
  -H "Content-Type: application/json" \
  -H "Prefer: wait=30" \
  -d '{"server_id": 1, "name": "before-upgrade"}'
