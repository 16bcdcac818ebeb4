import json
import os
import time
import urllib.request

API = "https://restpoint.example/api/v1"


def call(method, path):
    headers = {"Authorization": "Bearer " + os.environ["RESTPOINT_TOKEN"]}
    request = urllib.request.Request(API + path, method=method, headers=headers)
    return urllib.request.urlopen(request)


with call("POST", "/snapshots/1/restore/") as response:
    operation_id = response.headers["Operation-Id"]
while True:
    with call("GET", f"/operations/{operation_id}/") as response:
        operation = json.load(response)
    print(operation["status"], operation["step"], f"{operation['progress']:.0%}")
    if operation["status"] in ("completed", "failed", "cancelled"):
        break
    time.sleep(1)
if operation["error"]:
    raise SystemExit(operation["error"]["detail"] + " " + operation["error"]["remedy"])
