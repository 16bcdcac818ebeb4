curl --silent --show-error "https://restpoint.example/api/v1/snapshots/?server_id=1" \
  -H "Authorization: Bearer $RESTPOINT_TOKEN" |
  python3 -c '
import json, sys
nightly = [s["id"] for s in json.load(sys.stdin)["results"] if s["name"].startswith("nightly-")]
print(*nightly[3:], sep="\n")' |
  while read -r id; do
    [ -n "$id" ] && curl -X DELETE "https://restpoint.example/api/v1/snapshots/$id/" \
      -H "Authorization: Bearer $RESTPOINT_TOKEN"
  done
