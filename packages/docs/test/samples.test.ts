import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Call, sample, sampleLanguages } from '../src/samples.ts'

const call: Call = {
  method: 'POST',
  url: 'http://127.0.0.1:8600/api/v1/things/?dry_run=true',
  body: { id: 1, on: true, none: null, name: "it's", list: [{ a: 1 }], empty: {} },
  needsToken: true,
  answers: true,
}

test('as cURL', () => {
  assert.equal(
    sample(call, 'curl'),
    `curl -X POST "http://127.0.0.1:8600/api/v1/things/?dry_run=true" \\
  -H "Authorization: Bearer $RESTPOINT_TOKEN" \\
  -H "Content-Type: application/json" \\
  -d '{
  "id": 1,
  "on": true,
  "none": null,
  "name": "it'\\''s",
  "list": [{"a": 1}],
  "empty": {}
}'
`,
  )
})

test('as Python', () => {
  assert.equal(
    sample(call, 'python'),
    `import json
import os
import urllib.request

request = urllib.request.Request(
    "http://127.0.0.1:8600/api/v1/things/?dry_run=true",
    method="POST",
    headers={
        "Authorization": "Bearer " + os.environ["RESTPOINT_TOKEN"],
        "Content-Type": "application/json",
    },
    data=json.dumps({
        "id": 1,
        "on": True,
        "none": None,
        "name": "it's",
        "list": [{"a": 1}],
        "empty": {},
    }).encode(),
)
with urllib.request.urlopen(request) as response:
    print(json.load(response))
`,
  )
})

test('as JavaScript', () => {
  assert.equal(
    sample(call, 'javascript'),
    `const response = await fetch('http://127.0.0.1:8600/api/v1/things/?dry_run=true', {
  method: 'POST',
  headers: {
    Authorization: \`Bearer \${process.env.RESTPOINT_TOKEN}\`,
    'Content-Type': 'application/json',
  },
  body: JSON.stringify({
    id: 1,
    on: true,
    none: null,
    name: "it's",
    list: [{ a: 1 }],
    empty: {},
  }),
})
if (!response.ok) throw new Error(await response.text())
console.log(await response.json())
`,
  )
})

test('what does not end is shown as it comes', () => {
  const url = 'http://127.0.0.1:8600/api/v1/events/'
  const stream: Call = { method: 'GET', url, needsToken: false, answers: true, streams: true }
  assert.equal(sample(stream, 'curl'), `curl --no-buffer ${url}\n`)
  assert.match(
    sample(stream, 'python'),
    /^import urllib\.request\n[^]* as response:\n {4}for line in response:\n {8}print\(line\.decode\(\), end="", flush=True\)\n$/,
  )
  assert.match(sample(stream, 'javascript'), /for await \(const piece of response\.body\) console\.log\([^\n]*\)\n$/)
})

test('what needs no token names none, and what answers nothing shows its status', () => {
  const open: Call = { method: 'GET', url: 'http://localhost/healthz', needsToken: false, answers: true }
  const last: Call = { method: 'DELETE', url: 'http://localhost/api/v1/things/1/', needsToken: true, answers: false }
  assert.equal(sample(open, 'curl'), 'curl http://localhost/healthz\n')
  for (const language of sampleLanguages) assert.doesNotMatch(sample(open, language), /RESTPOINT_TOKEN|POST/)
  assert.match(sample(last, 'python'), /^import os\n[^]*print\(response\.status\)\n$/)
  assert.match(sample(last, 'javascript'), /console\.log\(response\.status\)\n$/)
})
