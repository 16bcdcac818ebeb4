curl -X DELETE "https://restpoint.example/api/v1/snapshots/1/?dry_run=true" \
  -H "Authorization: Bearer $RESTPOINT_TOKEN"
