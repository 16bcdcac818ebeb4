import json
import os
import urllib.request

request = urllib.request.Request(
    "https://restpoint.example/api/v1/snapshots/1/?dry_run=true",
    method="DELETE",
    headers={"Authorization": "Bearer " + os.environ["RESTPOINT_TOKEN"]},
)
with urllib.request.urlopen(request) as response:
    plan = json.load(response)
print(plan["possible"], plan["frees"])
