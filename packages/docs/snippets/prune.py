import json
import os
import urllib.request

API = "https://restpoint.example/api/v1"


def call(method, path):
    headers = {"Authorization": "Bearer " + os.environ["RESTPOINT_TOKEN"]}
    request = urllib.request.Request(API + path, method=method, headers=headers)
    with urllib.request.urlopen(request) as response:
        return json.loads(response.read() or "null")


snapshots = call("GET", "/snapshots/?server_id=1")["results"]
nightly = [snapshot for snapshot in snapshots if snapshot["name"].startswith("nightly-")]
for snapshot in nightly[3:]:
    call("DELETE", f"/snapshots/{snapshot['id']}/")
    print("deleted", snapshot["name"])
