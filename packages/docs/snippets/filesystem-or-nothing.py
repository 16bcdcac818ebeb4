import json
import os
import urllib.request

request = urllib.request.Request(
    "https://restpoint.example/api/v1/snapshots/?consistency=filesystem",
    method="POST",
    headers={
        "Authorization": "Bearer " + os.environ["RESTPOINT_TOKEN"],
        "Content-Type": "application/json",
        "Prefer": "wait=30",
    },
    data=json.dumps({"server_id": 1, "name": "before-migration"}).encode(),
)
with urllib.request.urlopen(request) as response:
    snapshot = json.load(response)
if snapshot["status"] != "completed":
    raise SystemExit(snapshot["message"])
print(snapshot["id"])
