import json
import os
import urllib.request

headers = {"Authorization": "Bearer " + os.environ["RESTPOINT_TOKEN"]}
offset, count = 0, 1
while offset < count:
    request = urllib.request.Request(
        f"https://restpoint.example/api/v1/operations/?limit=50&offset={offset}",
        headers=headers,
    )
    with urllib.request.urlopen(request) as response:
        page = json.load(response)
    for operation in page["results"]:
        print(operation["id"], operation["kind"], operation["status"])
    count = page["count"]
    offset += 50
