operation=$(curl -X POST https://restpoint.example/api/v1/snapshots/1/restore/ \
  -H "Authorization: Bearer $RESTPOINT_TOKEN" \
  --silent --show-error --output /dev/null --write-out '%header{operation-id}')
until curl --silent --show-error "https://restpoint.example/api/v1/operations/$operation/" \
  -H "Authorization: Bearer $RESTPOINT_TOKEN" |
  grep -E '"status":"(completed|failed|cancelled)"'; do
  sleep 1
done
