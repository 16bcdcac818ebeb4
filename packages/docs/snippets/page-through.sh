curl "https://restpoint.example/api/v1/operations/?limit=50&offset=0" \
  -H "Authorization: Bearer $RESTPOINT_TOKEN"
