import json
import os
import urllib.request

request = urllib.request.Request(
    "https://restpoint.example/api/v1/snapshots/",
    method="POST",
    headers={
        "Authorization": "Bearer " + os.environ["RESTPOINT_TOKEN"],
        "Content-Type": "application/json",
        "Prefer": "wait=30",
    },
    data=json.dumps({"server_id": 1, "name": "before-upgrade"}).encode(),
)
with urllib.request.urlopen(request) as response:
    snapshot = json.load(response)
print(snapshot["id"], snapshot["status"])
