import json
import os
import time
import urllib.error
import urllib.request
import uuid

request = urllib.request.Request(
    "https://restpoint.example/api/v1/snapshots/",
    method="POST",
    headers={
        "Authorization": "Bearer " + os.environ["RESTPOINT_TOKEN"],
        "Content-Type": "application/json",
        "Idempotency-Key": str(uuid.uuid4()),
    },
    data=json.dumps({"server_id": 1, "name": "before-upgrade"}).encode(),
)
for attempt in range(5):
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            print(json.load(response)["id"])
        break
    except urllib.error.HTTPError as error:
        if error.code < 500 or attempt == 4:
            raise SystemExit(error.read().decode())
    except OSError:
        if attempt == 4:
            raise
    time.sleep(2**attempt)
